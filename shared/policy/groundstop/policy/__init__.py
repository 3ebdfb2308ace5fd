"""The policy: a file that says what may happen by itself and what needs people, and the functions that apply it."""

from typing import TYPE_CHECKING, Any

from groundstop.lazy_imports import load

if TYPE_CHECKING:
    from groundstop.policy.confusion import Confusion, Summary, assess_sequence, summarise
    from groundstop.policy.defaults import default_policy
    from groundstop.policy.diff import Difference, Recorded, compare
    from groundstop.policy.explaining import Explanation, explain
    from groundstop.policy.history import EMPTY, TaskHistory
    from groundstop.policy.judge import Decision, Judge, decide, prepare
    from groundstop.policy.loading import load_policy, preset
    from groundstop.policy.metering import Budget, Limit
    from groundstop.policy.model import Policy
    from groundstop.policy.people import Requirement
    from groundstop.policy.problems import PolicyError, Problem
    from groundstop.policy.schema import policy_schema, schema_text
    from groundstop.policy.tables import CaseResult, run_table
    from groundstop.risk import Assessment, assess_tool

__all__ = [
    "EMPTY",
    "Assessment",
    "Budget",
    "CaseResult",
    "Confusion",
    "Decision",
    "Difference",
    "Explanation",
    "Judge",
    "Limit",
    "Policy",
    "PolicyError",
    "Problem",
    "Recorded",
    "Requirement",
    "Summary",
    "TaskHistory",
    "assess_sequence",
    "assess_tool",
    "compare",
    "decide",
    "default_policy",
    "explain",
    "load_policy",
    "policy_schema",
    "prepare",
    "preset",
    "run_table",
    "schema_text",
    "summarise",
]

_HOMES = {
    "Assessment": "groundstop.risk",
    "Budget": "metering",
    "CaseResult": "tables",
    "Confusion": "confusion",
    "Decision": "judge",
    "Difference": "diff",
    "EMPTY": "history",
    "Explanation": "explaining",
    "Judge": "judge",
    "Limit": "metering",
    "Policy": "model",
    "PolicyError": "problems",
    "Problem": "problems",
    "Recorded": "diff",
    "Requirement": "people",
    "Summary": "confusion",
    "TaskHistory": "history",
    "assess_sequence": "confusion",
    "assess_tool": "groundstop.risk",
    "compare": "diff",
    "decide": "judge",
    "default_policy": "defaults",
    "explain": "explaining",
    "load_policy": "loading",
    "policy_schema": "schema",
    "prepare": "judge",
    "preset": "loading",
    "run_table": "tables",
    "schema_text": "schema",
    "summarise": "confusion",
}


def __getattr__(name: str) -> Any:
    """Who only meters need not load what judges (a parser of SQL, for one)."""
    return load(__name__, _HOMES, name)
