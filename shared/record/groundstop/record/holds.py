"""Legal holds: what may be neither redacted nor removed. The newest fact of each hold is its state. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from groundstop.errors import GroundstopError
from groundstop.record.verify import quoted

SCOPES = ("tenant", "agent", "task", "intent")


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold in force."""

    hold: str
    scope: str
    by: str = ""
    reason: str = ""


def scope_of(text: str) -> tuple[str, str]:
    """Name and value of a scope, ("all", "") for everything. Raises GroundstopError for what is neither."""
    name, equals, value = text.partition("=")
    if text == "all":
        return "all", ""
    if name not in SCOPES or not equals or not value:
        raise GroundstopError(f"scope {text!r} is neither all nor one of {', '.join(f'{scope}=…' for scope in SCOPES)}")
    return name, value


def held_by(holds: Iterable[Hold], facts: Iterable[Mapping[str, str]]) -> Hold | None:
    """The first hold that covers any of ``facts`` (tenant, agent, task, intent by name), None when none does."""
    about = list(facts)
    for hold in holds:
        name, value = scope_of(hold.scope)
        if name == "all" or any(fact.get(name) == value for fact in about):
            return hold
    return None


def condition(hold: Hold) -> str:
    """In SQL: the rows of the ledger that a hold covers."""
    name, value = scope_of(hold.scope)
    return "1" if name == "all" else f"`{name}` = {quoted(value)}"
