"""The policy: a file that says what may happen by itself and what needs people, and the functions that apply it."""

from groundstop.policy.confusion import Confusion, Summary, assess_sequence, summarise
from groundstop.policy.defaults import default_policy
from groundstop.policy.diff import Difference, Recorded, compare
from groundstop.policy.explain import Explanation, explain
from groundstop.policy.history import EMPTY, TaskHistory
from groundstop.policy.judge import Decision, Judge, decide, prepare
from groundstop.policy.loading import load_policy, preset
from groundstop.policy.metering import Budget, Limit
from groundstop.policy.model import Policy
from groundstop.policy.people import Requirement
from groundstop.policy.problems import PolicyError, Problem
from groundstop.policy.risk import Assessment, assess_tool
from groundstop.policy.schema import policy_schema, schema_text
from groundstop.policy.tables import CaseResult, run_table

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
