"""MCP annotations: written by the server, so they may raise a risk and never lower it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundstop.risk.evidence import Evidence
from groundstop.vocabulary import Risk

_NO = (False, "false", "False", "no", 0)
_YES = (True, "true", "True", "yes", 1)


def read_hints(annotations: Any) -> tuple[Evidence, ...]:
    """Evidence from ``readOnlyHint`` and ``destructiveHint``; a reassuring hint is no evidence at all.

    Meaning of the hints: Model Context Protocol, schema of ToolAnnotations. The protocol lets a missing
    ``destructiveHint`` default to true; we do not follow it, because then every write would need a human.
    """
    if not isinstance(annotations, Mapping):
        return ()
    read_only, destructive = annotations.get("readOnlyHint"), annotations.get("destructiveHint")
    if _is(destructive, _YES) and not _is(read_only, _YES):
        return (Evidence("hint", Risk.DANGEROUS, "The server itself marks the tool as destructive.", 0.9),)
    if _is(destructive, _YES):
        return (Evidence("hint", Risk.DANGEROUS, "The server marks the tool as read-only and as destructive.", 0.7),)
    if _is(read_only, _NO):
        return (Evidence("hint", Risk.RISKY, "The server itself says that the tool is not read-only.", 0.9),)
    if destructive is not None and not _is(read_only, _YES):
        return (Evidence("hint", Risk.RISKY, "The server speaks of how destructive the tool is: it writes.", 0.6),)
    return ()


def _is(value: Any, accepted: tuple[Any, ...]) -> bool:
    return isinstance(value, (bool, str, int)) and value in accepted
