"""PII of structured kinds: shape first, then check digits, then the words beside it.

A kind whose shape is weak (nine digits, a word of eight letters) needs either a check digit that holds or a word that
names it; with neither it is reported as a hint below the bar. A value that is the whole text counts as half a context.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from groundstop.screening.findings import PII, Finding, contains_any, masked
from groundstop.screening.pii_rules import RULES, PiiRule

CONTEXT_CHARS = 64  # before and after a candidate, where its name is looked for
CANDIDATES_MAX = 200  # per kind and text
HINT_MIN = 0.25  # less is not worth a reader's time

_SHAPE = str.maketrans("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "0" * 10 + "a" * 52)
_HEX_SHAPE = str.maketrans("0123456789abcdefABCDEF", "h" * 22)


def find_pii(text: str, name_hint: str = "") -> list[Finding]:
    """PII in a text of bounded length; `name_hint` is the key or parameter the text is the value of.

    Of overlapping candidates the most confident survives.
    """
    shape = text.translate(_SHAPE)
    if "0" not in shape and "@" not in text and ":" not in text:
        return []
    shapes = (shape, text.translate(_HEX_SHAPE), text.lower() + "\n" + _words(name_hint).lower())
    candidates: list[Finding] = []
    for rule in RULES:
        if _possible(rule, shapes):
            candidates.extend(_candidates(rule, text, name_hint))
    return _without_overlaps(candidates)


def _possible(rule: PiiRule, shapes: tuple[str, str, str]) -> bool:
    shape, hex_shape, low = shapes
    if rule.gates:
        return contains_any(hex_shape if rule.hexadecimal else shape, rule.gates)
    return rule.context is None or rule.alone > 0.0 or contains_any(low, rule.context_needles)


def _candidates(rule: PiiRule, text: str, name_hint: str) -> Iterator[Finding]:
    if (
        rule.alone == 0.0
        and rule.context is not None
        and not (rule.context.search(text) or rule.context.search(_words(name_hint)))
    ):
        return
    for number, hit in enumerate(rule.pattern.finditer(text)):
        if number >= CANDIDATES_MAX:
            return
        value = hit.group()
        if rule.valid is not None and not _safely(rule.valid, value):
            continue
        confidence = _confidence(rule, text, hit.start(), hit.end(), name_hint)
        if confidence > HINT_MIN:
            yield Finding(PII, hit.start(), hit.end(), rule.severity, confidence, rule.name, masked(value))


def _safely(valid: Callable[[str], bool], value: str) -> bool:
    try:
        return valid(value)
    except (ValueError, IndexError):  # a shape that its check cannot read is not of that kind
        return False


def _confidence(rule: PiiRule, text: str, start: int, end: int, name_hint: str) -> float:
    if rule.context is not None:
        near = text[max(0, start - CONTEXT_CHARS) : start] + "\n" + text[end : end + CONTEXT_CHARS // 2]
        if rule.context.search(near) or (name_hint and rule.context.search(_words(name_hint))):
            return rule.named
    if len(text.strip()) == end - start and not name_hint:
        return rule.whole
    return rule.alone


def _words(name: str) -> str:
    """A key as words: customerSSN and customer_ssn read `customer ssn`."""
    return re.sub(r"[_.\-\[\]]+|(?<=[a-z])(?=[A-Z])", " ", name)


def _without_overlaps(candidates: list[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    for one in sorted(candidates, key=lambda f: (-f.confidence, f.start - f.end)):
        if not any(one.start < other.end and other.start < one.end for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda f: f.start)
