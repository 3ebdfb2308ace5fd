"""The command that puts a policy in force: only services write the log, so an operator asks for it."""

from groundstop.commands.controls import PolicyInForce, PublishPolicy
from groundstop.errors import BadInput, RequestFailed
from groundstop.events import PolicyPublished
from groundstop.policy_holder import PolicyError, store_policy
from groundstop.vocabulary import ErrorCode

from groundstop_approval.commands.context import Acts, Context
from groundstop_approval.domain.people import Person

PUBLISHERS = ("operator", "owner")
"""Roles of those who put policies in force."""


def make_publishing(context: Context) -> Acts:
    """The commands of this room."""

    async def publish(person: Person, asked: PublishPolicy) -> PolicyInForce:
        if person.caller.role not in PUBLISHERS:
            raise RequestFailed(ErrorCode.NOT_ALLOWED, f"{person.caller} does not put policies in force")
        fact = asked.fact
        if fact.by != person.name or fact.actor != person.name:
            raise RequestFailed(ErrorCode.NOT_ALLOWED, f"{person.caller} publishes in the name of {fact.by!r}")
        _check_signed(context, fact)
        try:
            await store_policy(context.log, fact)
        except PolicyError as error:
            raise RequestFailed(ErrorCode.INVALID_REQUEST, str(error)) from error
        return PolicyInForce(version=fact.policy_version, by=fact.by, at=fact.at)

    return (PublishPolicy.handled_by(publish),)


def _check_signed(context: Context, fact: PolicyPublished) -> None:
    """Raises RequestFailed for what no service would put in force."""
    if context.log.belief is None:
        return
    try:
        context.log.belief.believe(fact, int(context.clock().timestamp() * 1e9))
    except BadInput as error:
        raise RequestFailed(ErrorCode.NOT_ALLOWED, str(error)) from error
