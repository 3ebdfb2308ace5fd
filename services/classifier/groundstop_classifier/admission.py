"""The door: what agents, people and tools say in the intake becomes a fact of the log only here.

The server has checked who spoke, and nothing else. The door checks that the fact is the speaker's to say and that it
can be read, and writes it anew: no header of the message and no field that nobody knows gets any further.
"""

from typing import TypeVar

from groundstop.bus.consumer import Route
from groundstop.bus.message import Delivery
from groundstop.errors import BadInput
from groundstop.events import KINDS, AgentTurn, CostRecorded, IntentFact, IntentSubmitted, IntentUndone, UserTurn
from groundstop.events.record import TOOL_ENTRY
from groundstop.intake_rules import SAID_KINDS, check_speaker
from groundstop.vocabulary import Reason

from groundstop_classifier.tasks import Tasks

F = TypeVar("F", bound=IntentFact)

SPEAKS_FOR_OTHERS = ("owner", "console")
"""Roles whose facts name the person they speak for; everybody else's name them."""


def admitted(fact: F, delivery: Delivery) -> F:
    """The fact as the log shall have it. Raises BadInput for one that is not the speaker's to say."""
    caller = delivery.said_by
    if caller is None:
        raise BadInput(Reason.IDENTITY_MISMATCH, f"nobody is known to have said {delivery.subject[:200]!r}")
    check_speaker(caller, delivery.subject)
    if caller.role in SPEAKS_FOR_OTHERS:
        return fact
    if isinstance(fact, CostRecorded) and fact.entry == TOOL_ENTRY:
        raise BadInput(Reason.IDENTITY_MISMATCH, f"what a tool has cost is for executors to say, not for {caller}")
    if isinstance(fact, IntentUndone) and fact.by != caller.name:
        raise BadInput(Reason.IDENTITY_MISMATCH, f"{caller} speaks in the name of {fact.by!r}")
    return fact if fact.actor == caller.name else fact.model_copy(update={"actor": caller.name})


def make_door(tasks: Tasks) -> dict[str, Route]:
    """What happens to everything that is said, submissions apart: these are judged (handlers)."""

    def on_said(fact: IntentFact, delivery: Delivery) -> IntentFact:
        said = admitted(fact, delivery)
        if isinstance(said, UserTurn | AgentTurn):
            tasks.hear(said)
        return said

    return {kind: Route(KINDS[kind], on_said) for kind in SAID_KINDS if kind != IntentSubmitted.kind}
