"""The lanes of the controls: one message on each, written all or none, replacing exactly what was read.

What may be written is decided in ``control_desk``; nobody else writes.
"""

import asyncio
from dataclasses import dataclass, replace

from groundstop import subjects
from groundstop.clock import Clock
from groundstop.errors import GroundstopError, NoAcknowledgement, Refused
from groundstop.events import Control, Halt
from groundstop.ids import new_id
from groundstop.log import lookup
from groundstop.log.denials import request as ask
from groundstop.log.reader import Reader
from groundstop.log.wire import (
    BATCH_COMMIT,
    BATCH_ID,
    BATCH_SEQUENCE,
    EXPECTED_SEQ,
    TTL,
    WRONG_LAST_SEQUENCE,
    PubAck,
    Stored,
    encoded,
    headers_of,
    parse_ack,
)
from nats.aio.client import Client
from nats.errors import Error as NatsError


@dataclass(frozen=True, slots=True)
class Controls:
    """The newest table on one lane: ``epoch`` is its sequence there, 0 before the first control.

    ``newest`` are the newest sequences of all lanes where they are not the usual ones: lanes are only ever written
    together, so lane k's is that of lane 0 plus k, unless somebody wrote to one alone.
    """

    epoch: int
    halts: tuple[Halt, ...] = ()
    newest: tuple[int, ...] = ()
    control: Control | None = None
    problem: str = ""
    """Why what was written last is believed by nobody; empty when it is."""

    def expected(self, lane: int) -> int:
        """The sequence that a change replaces on ``lane``."""
        if self.newest:
            return self.newest[lane]
        return self.epoch + lane if self.epoch else 0


async def read_controls(nc: Client, lane: int = 0) -> Controls:
    """The controls in force, from the stream's leader.

    A message that is no control, from whoever may write there, hides nothing: then every lane is asked, and every halt
    that is in force on one of them is in force.
    """
    stored = await lookup.last(nc, subjects.control(lane))
    if stored is None:
        return Controls(0)
    control = control_in(stored)
    if control is not None:
        return Controls(stored.seq, control.halts, control=control)
    found = await all_lanes(nc)
    halts = found.halts if found.control is not None else await _table_before(nc)
    return replace(found, epoch=stored.seq, halts=halts, control=None)


def control_in(stored: Stored) -> Control | None:
    """The control in a message; None for one that cannot be read."""
    try:
        return Control.model_validate_json(stored.payload)
    except ValueError:
        return None


async def all_lanes(nc: Client) -> Controls:
    """The halts on any lane, and the newest sequence of each; ``control`` is one of those that could be read."""
    found = await asyncio.gather(*(lookup.last(nc, subjects.control(lane)) for lane in range(subjects.LANES)))
    tables = [control for stored in found if stored is not None and (control := control_in(stored)) is not None]
    halts = {halt.control: halt for table in tables for halt in table.halts}
    newest = tuple(0 if stored is None else stored.seq for stored in found)
    return Controls(newest[0], tuple(halts.values()), newest, tables[0] if tables else None)


async def _table_before(nc: Client) -> tuple[Halt, ...]:
    """What was in force before somebody wrote nonsense over all of it: controls are kept for ever."""
    table: tuple[Halt, ...] = ()
    async with Reader(nc, Clock(), 1, (subjects.CONTROLS,)) as reader:
        async for stored in reader.until_now():
            table = table if (found := control_in(stored)) is None else found.halts
    return table


async def write(nc: Client, control: Control, before: Controls) -> int | None:
    """One batch that replaces exactly what was read; None when something else is there by now."""
    batch = new_id()
    for lane in range(subjects.LANES):
        message = control.model_copy(update={"lane": lane})
        headers = headers_of(message) | {
            BATCH_ID: batch,
            BATCH_SEQUENCE: str(lane + 1),
            EXPECTED_SEQ: str(before.expected(lane)),
            TTL: "never",
        }
        payload = encoded(message)
        if lane == subjects.LANES - 1:
            reply = await _request(nc, message.subject(), payload, headers | {BATCH_COMMIT: "1"})
            ack = parse_ack(reply)
            if ack.stored:
                return ack.seq
            if ack.code == WRONG_LAST_SEQUENCE:
                return None
            raise _refusal(ack)
        if lane == 0:
            opened = await _request(nc, message.subject(), payload, headers)
            if b'"error"' in opened:
                raise _refusal(parse_ack(opened))
        else:
            await nc.publish(message.subject(), payload, headers=headers)
    raise AssertionError("unreachable: the last lane returns")


def _refusal(ack: PubAck) -> GroundstopError:
    """Without a leader nothing is stored, and whoever presses asks again."""
    return NoAcknowledgement(f"control: {ack.error}") if ack.away else Refused(ack.code, f"control: {ack.error}")


async def _request(nc: Client, subject: str, payload: bytes, headers: dict[str, str]) -> bytes:
    try:
        reply = await ask(nc, subject, payload, headers=headers, timeout_s=5)
    except (TimeoutError, NatsError) as error:
        raise NoAcknowledgement("the log did not answer: whether the control is stored is not known") from error
    return reply.data
