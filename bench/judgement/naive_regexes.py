"""The baseline: twenty expressions as a first attempt would have them."""

from __future__ import annotations

import re

NAIVE = tuple(
    re.compile(expression, re.IGNORECASE)
    for expression in (
        r"ignore (?:all |the |your )?(?:previous|prior|above) (?:instructions|prompts?|rules)",
        r"disregard (?:all |the |your )?(?:previous|prior|above)",
        r"forget (?:everything|all|your) (?:previous|above|instructions)?",
        r"system prompt",
        r"you are now",
        r"new instructions?",
        r"do anything now",
        r"developer mode",
        r"jailbreak",
        r"act as (?:an?|if)",
        r"pretend (?:to be|you are)",
        r"reveal (?:your|the)",
        r"do not (?:tell|inform|mention)",
        r"important message from",
        r"\[/?inst\]|<\|im_start\|>|<<sys>>",
        r"override",
        r"<important>|<information>",
        r"(?:in|to) your (?:response|answer|reply)",
        r"send (?:it |this |them )?to \S+@\S+",
        r"(?:following|below) code (?:snippet|block|section)",
    )
)


def naive_flags(text: str) -> bool:
    """Whether any of them matches."""
    return any(expression.search(text) for expression in NAIVE)
