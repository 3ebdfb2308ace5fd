"""Halts in words, and what they stop of what is running."""

from collections.abc import Iterable, Mapping, Sequence

from groundstop.controls import Target, covers
from groundstop.vocabulary import Risk

from groundstop_console.domain.intent_view import Row

FORMS: Mapping[str, str] = {
    "all": "Everything",
    "tenant": "One tenant",
    "agent": "One agent",
    "task": "One task",
    "action": "One type of action",
    "tool": "One tool",
    "risk": "A risk and above",
}


def scope_of(what: str, value: str) -> str:
    """The scope a form asks for, not checked yet."""
    return "all" if what == "all" else f"{what}={value.strip()}"


def in_words(scope: str, tenant: str = "") -> str:
    """``agent=support`` as people say it, and of which tenant where it is of one."""
    words = _in_words(scope)
    return f"{words} of {tenant}" if tenant else words


def _in_words(scope: str) -> str:
    what, _, value = scope.partition("=")
    match what:
        case "all":
            return "everything"
        case "action":
            return f"all {value} actions"
        case "risk":
            return f"everything {value}" + ("" if value == "dangerous" else " or worse")
    return f"{what} {value}"


def of_a_task(scope: str) -> bool:
    """True for the pause of a single task: everything else is a halt that operators look for first."""
    return scope.startswith("task=")


def target_of(row: Row) -> Target:
    """What a halt may name about a row. What was not judged yet counts as dangerous."""
    risk = Risk(row.risk) if row.risk in tuple(Risk) else Risk.DANGEROUS
    return Target(row.tenant, row.agent, row.task, row.action_type, row.tool, risk)


def stopped(rows: Iterable[Row], scope: str) -> Sequence[Row]:
    """The rows a halt of ``scope`` would stop."""
    return [row for row in rows if covers(scope, target_of(row))]
