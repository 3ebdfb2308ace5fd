"""The end of a message that cannot be handled: a stored fact, and the end of its intent where a route knows how."""

import base64
from collections.abc import Awaitable, Callable
from datetime import datetime

from groundstop import subjects
from groundstop.bus.message import Delivery
from groundstop.clock import Clock
from groundstop.errors import BadInput
from groundstop.events import MessageDead, Outcome
from groundstop.ids import derived_id, trace_of
from groundstop.log import Log
from groundstop.vocabulary import Reason, Status

HEAD_BYTES = 200
KEPT_BYTES_MAX = 64 * 1024
"""Of a message that nothing else holds."""


def handling_failed(error: Exception) -> BadInput:
    """What a route is told when it shall end the intent of a message that it failed to handle."""
    return BadInput(Reason.HANDLER_FAILED, f"could not be handled: {type(error).__name__}: {error}"[:2000])


def dead(delivery: Delivery, service: str, error: Exception, tries: int, at: datetime) -> MessageDead:
    """The fact that ``service`` gave the message up after ``tries``."""
    return MessageDead(
        id=derived_id(str(delivery.seq), f"dead:{service}"),
        at=at,
        actor=service,
        service=service,
        seq=delivery.seq,
        original_subject=delivery.subject[:1000],
        reason_code=error.reason if isinstance(error, BadInput) else Reason.HANDLER_FAILED,
        reason=f"{type(error).__name__}: {error}"[:2000],
        tries=tries,
        head=delivery.payload[:HEAD_BYTES].decode("utf-8", "replace"),
        payload=base64.b64encode(delivery.payload[:KEPT_BYTES_MAX]).decode() if delivery.in_intake else "",
    )


def ending(
    log: Log, actor: str, clock: Clock, status: Status = Status.FAILED
) -> Callable[[Delivery, BadInput], Awaitable[Outcome | None]]:
    """``end_of_refused`` in the name of one service, for its routes."""

    async def end(delivery: Delivery, error: BadInput) -> Outcome | None:
        return await end_of_refused(log, delivery, error, actor, clock(), status)

    return end


async def end_of_refused(
    log: Log, delivery: Delivery, error: BadInput, actor: str, at: datetime, status: Status = Status.FAILED
) -> Outcome | None:
    """The end of the intent that a refused message is about, where that would hang: the message stands in the place of
    the genuine one, which the log takes once. None where another one was there before it.

    Who it is about is what the subject says; nothing in the body is believed.
    """
    try:
        about = subjects.parse(delivery.subject)
    except BadInput:
        return None
    first = await log.first(subjects.any_detail(about.kind, about.tenant, about.agent, about.intent))
    if first is not None and first.seq < delivery.seq:
        return None
    return Outcome(
        id=derived_id(f"{delivery.seq}", f"outcome:refused:{actor}"),
        at=at,
        trace=trace_of(about.intent),
        actor=actor,
        tenant=about.tenant,
        agent=about.agent,
        intent=about.intent,
        task=about.intent,
        status=status,
        reason_code=error.reason,
        reason=f"{about.kind} was refused: {error}"[:2000],
    )
