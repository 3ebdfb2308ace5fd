"""The policy: a file that says what may happen by itself and what needs people, and the functions that apply it."""

from groundstop.policy.confusion import Confusion, Summary, assess_sequence, summarise
from groundstop.policy.defaults import default_policy
from groundstop.policy.explain import Explanation, explain
from groundstop.policy.history import EMPTY, TaskHistory
from groundstop.policy.judge import Decision, Judge, decide, prepare
from groundstop.policy.loading import PolicyError, load_policy
from groundstop.policy.metering import Budget, Limit
from groundstop.policy.model import Policy
from groundstop.policy.people import Requirement
from groundstop.policy.risk import Assessment, assess_tool

__all__ = [
    "EMPTY",
    "Assessment",
    "Budget",
    "Confusion",
    "Decision",
    "Explanation",
    "Judge",
    "Limit",
    "Policy",
    "PolicyError",
    "Requirement",
    "Summary",
    "TaskHistory",
    "assess_sequence",
    "assess_tool",
    "decide",
    "default_policy",
    "explain",
    "load_policy",
    "prepare",
    "summarise",
]
