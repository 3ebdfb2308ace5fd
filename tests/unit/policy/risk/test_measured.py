"""The goals on the development data, where it is at hand; the bench prints the tables behind these numbers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
sys.path.insert(0, str(ROOT))

from bench.judgement import data, risk  # noqa: E402 - the bench lies beside the packages, not inside one

pytestmark = pytest.mark.skipif(not (data.DATA / "risk_mcp.jsonl").exists(), reason="the development data is not here")


def test_the_goals_are_met_without_any_annotation() -> None:
    assert risk.score()["goals_met"] == dict.fromkeys(risk.GOALS, True)


def test_no_deleting_sending_or_paying_tool_becomes_safe_by_a_lying_hint() -> None:
    assert risk.score()["deleting, sending or paying tools made safe by the flip"] == []


def test_hints_change_nothing_when_they_lie() -> None:
    result = risk.score()
    assert (
        result["readOnlyHint flipped on every write"]["writes_called_safe"]
        == result["without annotations"]["writes_called_safe"]
    )
