"""The end of a message that cannot be handled: a stored fact, and the end of its intent where a route knows how."""

import base64
from datetime import datetime

from groundstop.bus.message import Delivery
from groundstop.errors import BadInput
from groundstop.events import MessageDead
from groundstop.ids import derived_id
from groundstop.words import Reason

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
