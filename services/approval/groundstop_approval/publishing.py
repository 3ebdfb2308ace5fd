"""The command that puts a policy in force: only services write the log, so an operator asks for it."""

from typing import Any

from groundstop.bus.policies import PolicyError, store_policy
from groundstop.errors import BadInput, RequestFailed
from groundstop.events import PolicyPublished
from pydantic import ValidationError

from groundstop_approval.context import Act, Context
from groundstop_approval.people import Person

PUBLISHERS = ("operator", "owner")
"""Roles of those who put policies in force."""


def make_publishing(context: Context) -> dict[str, Act]:
    """The commands of this room."""

    async def publish(person: Person, body: dict[str, Any]) -> dict[str, Any]:
        if person.caller.role not in PUBLISHERS:
            raise RequestFailed("not_allowed", f"{person.caller} does not put policies in force")
        fact = _fact(body)
        if fact.by != person.name or fact.actor != person.name:
            raise RequestFailed("not_allowed", f"{person.caller} publishes in the name of {fact.by!r}")
        _check_signed(context, fact)
        try:
            await store_policy(context.log, fact)
        except PolicyError as error:
            raise RequestFailed("invalid_request", str(error)) from error
        return {"version": fact.policy_version, "by": fact.by, "at": fact.at.isoformat()}

    return {"policy.publish": publish}


def _check_signed(context: Context, fact: PolicyPublished) -> None:
    """Raises RequestFailed for what no service would put in force."""
    if context.log.belief is None:
        return
    try:
        context.log.belief.believe(fact, int(context.clock().timestamp() * 1e9))
    except BadInput as error:
        raise RequestFailed("not_allowed", str(error)) from error


def _fact(body: dict[str, Any]) -> PolicyPublished:
    try:
        return PolicyPublished.model_validate(body.get("fact"))
    except ValidationError as error:
        raise RequestFailed("invalid_request", f"fact: no publication of a policy: {error}"[:1000]) from error
