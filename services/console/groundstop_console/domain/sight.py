"""What a person may see of things that are of no single tenant: halts, what was done with them, the policy. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

from groundstop.controls import covers
from groundstop.events import Control, Halt
from groundstop.policy import Policy

from groundstop_console.domain.intent_view import Row
from groundstop_console.domain.people import Person
from groundstop_console.domain.scopes import target_of

FOR_EVERYBODY = ("all", "risk")
"""Scopes that name nothing of anybody: who is stopped by them may know."""
CONDITIONED = ("refusals", "rules")
MATCHED = (*CONDITIONED, "approvals", "limits", "budgets")


def concerns(person: Person, rows: Sequence[Row], scope: str, tenant: str) -> bool:
    """Whether a halt is a person's to know: of their tenant, of everything, or of something that is at work there.

    ``rows`` are those the person sees. Of a halt of every tenant's agent, task or tool only the name would be told; it
    is, where a tenant of theirs has one of this name, because it is stopped as well.
    """
    if person.everywhere:
        return True
    if tenant:
        return person.sees(tenant)
    what, _, value = scope.partition("=")
    if what == "tenant":
        return person.sees(value)
    if what in FOR_EVERYBODY:
        return bool(person.tenants)
    return any(covers(scope, target_of(row)) for row in rows)


def halts_for(person: Person, rows: Iterable[Row], halts: Iterable[Halt]) -> list[Halt]:
    """The halts that are this person's to know."""
    seen = list(rows)
    return [halt for halt in halts if concerns(person, seen, halt.scope, halt.tenant)]


def controls_for(person: Person, rows: Iterable[Row], controls: Iterable[Control]) -> list[Control]:
    """What was done with such halts."""
    seen = list(rows)
    return [control for control in controls if concerns(person, seen, control.scope, control.tenant)]


def policy_for(person: Person, policy: Policy) -> Policy:
    """The policy without the entries that are for other tenants alone."""
    if person.everywhere:
        return policy
    kept: dict[str, Any] = {}
    for part in MATCHED:
        holds = _mentioned if part in CONDITIONED else _matched
        kept[part] = tuple(entry for entry in getattr(policy, part) if holds(person, entry))
    return policy.model_copy(update=kept)


def _matched(person: Person, entry: Any) -> bool:
    match = entry.match
    return not match.tenants or any(match.model_copy(update=_ANY_AGENT).caller_holds(t, "") for t in person.tenants)


_ANY_AGENT = {"agents": ()}


def _mentioned(person: Person, entry: Any) -> bool:
    """A condition that asks for the tenant is shown to those of a tenant that it names."""
    about = "tenant" in entry.when and not any(
        f"{quote}{t}{quote}" in entry.when for t in person.tenants for quote in "'\""
    )
    return not about and _matched(person, entry)
