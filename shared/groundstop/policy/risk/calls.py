"""What the arguments of one call add."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundstop.policy.risk.evidence import Evidence, Limits
from groundstop.policy.risk.heuristics import Verdict
from groundstop.policy.risk.schema import SchemaReading
from groundstop.words import Risk


def judge_call(
    schema: SchemaReading, verdict: Verdict, declared: bool, arguments: Mapping[str, Any] | None, limits: Limits
) -> tuple[Evidence, ...]:
    """Evidence of one call: the heuristics as far as they count, and what the arguments say."""
    if not declared:
        return verdict.evidence
    if verdict.plain and verdict.risk is not Risk.SAFE:
        return (Evidence("name", Risk.RISKY, "Declared safe, but it plainly changes something.", 0.9),)
    return ()
