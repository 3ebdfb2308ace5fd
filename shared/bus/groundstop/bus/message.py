"""One message in the hands of a service, and how its bytes become a fact."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import orjson
from groundstop import subjects
from groundstop.callers import Caller, spoken
from groundstop.errors import BadInput
from groundstop.events import Fact, IntentFact, IntentSubmitted
from groundstop.log.frames import Frames
from groundstop.log.wire import place_of
from groundstop.vocabulary import Reason
from pydantic import ValidationError

F = TypeVar("F", bound=Fact)
PROBLEMS_SHOWN = 5
_INTAKE = "gs.intake."
DEPTH_MAX = 64
"""Levels of nesting in a submission. Facts that carry it must be written again, and the serializer stops at 255."""


class Wait(Exception):
    """Raised by a handler: nothing is wrong, its time has not come. It returns after ``seconds``, uncounted."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"wait {seconds:g} s")
        self.seconds = seconds


@dataclass(slots=True)
class Delivery:
    """A message on loan from the log: acknowledge it, ask for it again, or say that it is still being worked on."""

    subject: str
    seq: int
    tries: int
    """How often the server has delivered it, this time included."""
    time_ns: int
    payload: bytes
    renewed: float
    """Monotonic seconds when it came or the server was last told that it is being worked on."""
    frames: Frames
    reply: str
    said_by: Caller | None = None
    """Who said it, of what the intake holds; ``subject`` is then the fact's own. None for what is in the log."""

    @property
    def in_intake(self) -> bool:
        """True for what only the intake holds: once it is dealt with it is gone."""
        return self.said_by is not None or self.subject.startswith(_INTAKE)

    def ack(self) -> None:
        """Dealt with."""
        self._answer(b"+ACK")

    def retry(self, seconds: float) -> None:
        """Deliver again after ``seconds``."""
        self._answer(b"-NAK " + orjson.dumps({"delay": int(seconds * 1e9)}))

    def alive(self) -> None:
        """Still working on it: start the redelivery clock anew."""
        self._answer(b"+WPI")

    def _answer(self, verb: bytes) -> None:
        self.frames.publish(self.reply, verb)


def delivery_of(subject: str, reply: str, payload: bytes, frames: Frames, now: float) -> Delivery:
    """The delivery in a JetStream message."""
    place = place_of(reply)
    said_by, subject = _speaker(subject)
    return Delivery(
        said_by=said_by,
        subject=subject,
        seq=place.stream_seq,
        tries=place.delivered,
        time_ns=place.time_ns,
        payload=payload,
        renewed=now,
        frames=frames,
        reply=reply,
    )


def _speaker(subject: str) -> tuple[Caller | None, str]:
    """Who said it and the fact's own subject; what is on no subject that anybody may speak on is left as it is."""
    if not subject.startswith(_INTAKE):
        return None, subject
    try:
        return spoken(subject)
    except BadInput:
        return None, subject


def decode(model: type[F], delivery: Delivery, payload_bytes_max: int) -> F:
    """The fact in a delivery. Raises BadInput naming what is wrong, in the sender's terms."""
    at_the_door = issubclass(model, IntentSubmitted)
    if at_the_door:
        _check_bounds(delivery.payload, payload_bytes_max)
    fact = _validate(model, delivery)
    if at_the_door:
        _check_times(fact)
    if isinstance(fact, IntentFact) and fact.subject() != delivery.subject:
        raise BadInput(
            Reason.IDENTITY_MISMATCH, f"the message says {fact.subject()[:200]!r}, it came on {delivery.subject!r}"
        )
    return fact


def _check_bounds(payload: bytes, bytes_max: int) -> None:
    """Only for submissions: what follows from one carries its call twice and is bounded by the stream."""
    if len(payload) > bytes_max:
        raise BadInput(Reason.PAYLOAD_TOO_LARGE, f"{len(payload)} bytes, at most {bytes_max} are judged")
    if payload.count(b"[") + payload.count(b"{") > DEPTH_MAX and _depth(payload) > DEPTH_MAX:
        raise BadInput(Reason.INVALID_FIELDS, f"nested deeper than {DEPTH_MAX} levels")


def _depth(payload: bytes) -> int:
    """Levels of nesting; 0 for what is no JSON, which is somebody else's complaint."""
    try:
        level = [orjson.loads(payload)]
    except orjson.JSONDecodeError:
        return 0
    depth = -1
    while level:
        depth += 1
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
    return depth


def _check_times(fact: Fact) -> None:
    for name in ("at", "deadline"):
        time = getattr(fact, name, None)
        if time is not None and time.tzinfo is None:
            raise BadInput(Reason.INVALID_FIELDS, f"{name}: a time needs its zone, got {time.isoformat()!r}")


def _validate(model: type[F], delivery: Delivery) -> F:
    try:
        return model.model_validate_json(delivery.payload)
    except ValidationError as error:
        if not issubclass(model, IntentSubmitted):
            raise _bad(error) from error
    try:
        return model.model_validate(_completed(delivery))
    except ValidationError as error:
        raise _bad(error) from error


def _completed(delivery: Delivery) -> dict[str, Any]:
    """A submission by hand may leave out what its subject and the server's clock say anyway."""
    try:
        body = orjson.loads(delivery.payload)
    except orjson.JSONDecodeError as error:
        raise BadInput(Reason.INVALID_JSON, f"not JSON: {error}") from error
    if not isinstance(body, dict):
        raise BadInput(Reason.INVALID_FIELDS, f"expected a JSON object, got {type(body).__name__}")
    address = subjects.parse(delivery.subject)
    known = {
        "tenant": address.tenant,
        "agent": address.agent,
        "intent": address.intent,
        "task": address.intent,
        "id": address.intent,
        "at": datetime.fromtimestamp(delivery.time_ns / 1e9, UTC).isoformat(),
    }
    return known | body


def _bad(error: ValidationError) -> BadInput:
    problems = error.errors(include_url=False, include_context=False)
    if problems[0]["type"] == "json_invalid":
        return BadInput(Reason.INVALID_JSON, f"not JSON: {problems[0]['msg']}")
    shown = "; ".join(
        f"{'.'.join(map(str, problem['loc']))}: {problem['msg']} (got {str(problem['input'])[:80]!r})"
        for problem in problems[:PROBLEMS_SHOWN]
    )
    more = f"; and {len(problems) - PROBLEMS_SHOWN} more" if len(problems) > PROBLEMS_SHOWN else ""
    return BadInput(Reason.INVALID_FIELDS, shown + more)
