"""Bytes and headers: how a fact looks on the wire and what the server answers."""

from dataclasses import dataclass
from typing import Any

import orjson
from groundstop.events import Fact, IntentFact
from groundstop.stored import Stored as Stored  # asked of this module, too: what the wire carries

EXPECTED_SEQ = "Nats-Expected-Last-Subject-Sequence"
EXPECTED_SUBJECT = "Nats-Expected-Last-Subject-Sequence-Subject"
MSG_ID = "Nats-Msg-Id"
SCHEDULE = "Nats-Schedule"
SCHEDULE_TARGET = "Nats-Schedule-Target"
SCHEDULE_NEXT = "Nats-Schedule-Next"
SCHEDULER = "Nats-Scheduler"
BATCH_ID = "Nats-Batch-Id"
BATCH_SEQUENCE = "Nats-Batch-Sequence"
BATCH_COMMIT = "Nats-Batch-Commit"
TTL = "Nats-TTL"

UNAVAILABLE = 503
"""The class of errors of a server that will take it later: while another leader is being elected, above all."""
WRONG_LAST_SEQUENCE = 10071
CHECK_IN_PROCESS = 10164
"""Only in a replicated stream: another publish under the same check is on its way through the servers: ask again within
milliseconds."""
BATCHES_IN_FLIGHT = 10210
"""More atomic batches have begun and not ended than the server takes at a time (50 of a stream): ask again, too."""
ID_IN_PROCESS = 10158
"""The same for a message id. After a change of leaders it may last as long as the window of duplicates."""


@dataclass(frozen=True, slots=True)
class PubAck:
    """The stream's answer to one publish.

    ``stored`` is False when the expected-sequence check failed; ``seq`` is then the newest sequence on the checked
    subject. ``code`` is the server's error code, 0 for none.
    """

    seq: int
    stored: bool = True
    duplicate: bool = False
    code: int = 0
    error: str = ""
    away: bool = False
    """True when the servers cannot take anything at the moment, whoever sends it: there is no leader, or no room."""


def parse_ack(data: bytes) -> PubAck:
    """The answer in ``data``. Raises ValueError when it is not one."""
    answer = orjson.loads(data)
    problem = answer.get("error")
    if problem is None:
        return PubAck(seq=answer["seq"], duplicate=answer.get("duplicate", False))
    text = problem.get("description", "")
    newest = text.rpartition(": ")[2]
    return PubAck(
        seq=int(newest) if newest.isdigit() else 0,
        stored=False,
        code=problem.get("err_code", 0),
        error=text,
        away=problem.get("code") == UNAVAILABLE,
    )


def encoded(fact: Fact) -> bytes:
    """A fact as the log stores it."""
    return fact.model_dump_json().encode()


def headers_of(fact: Fact) -> dict[str, str]:
    """CloudEvents 1.0 attributes (binary mode) and the W3C trace context of a fact."""
    headers = {
        "ce-specversion": "1.0",
        "ce-id": fact.id,
        "ce-source": f"groundstop/{fact.actor}",
        "ce-type": f"groundstop.{fact.kind}.v{fact.version}",
        "ce-time": fact.at.isoformat(),
    }
    if isinstance(fact, IntentFact):
        call = getattr(fact, "call", None)
        headers["ce-subject"] = call.digest if call is not None else fact.intent
        if fact.trace:
            headers["traceparent"] = fact.trace
    return headers


def once_check(fact: Fact) -> dict[str, str]:
    """Headers with which the server refuses a second such fact."""
    check = {EXPECTED_SEQ: "0"}
    pattern = fact.once()
    if pattern != fact.subject():
        check[EXPECTED_SUBJECT] = pattern
    return check


@dataclass(frozen=True, slots=True)
class Place:
    """What a JetStream reply subject says: where the message is and how often it was delivered."""

    delivered: int
    stream_seq: int
    consumer_seq: int
    time_ns: int
    pending: int


def place_of(reply: str) -> Place:
    """Parse ``$JS.ACK.[domain.account.]stream.consumer.delivered.sseq.cseq.time.pending[.random]``."""
    parts = reply.split(".")
    at = 4 if len(parts) == 9 else 6
    delivered, stream_seq, consumer_seq, time_ns, pending = parts[at : at + 5]
    return Place(int(delivered), int(stream_seq), int(consumer_seq), int(time_ns), int(pending))


def as_json(value: Any) -> bytes:
    """Compact JSON for requests to the JetStream API."""
    return orjson.dumps(value)
