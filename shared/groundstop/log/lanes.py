"""Writing the controls: one message on each lane, all or none, replacing exactly the table that was read."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from nats.aio.client import Client
from nats.errors import Error as NatsError

from groundstop import subjects
from groundstop.clock import Clock
from groundstop.controls import unlawful
from groundstop.errors import GroundstopError, NoAcknowledgement, NotAllowed, Refused
from groundstop.events import Control, Halt
from groundstop.ids import new_id
from groundstop.log import lookup
from groundstop.log.denials import request as ask
from groundstop.log.reader import Reader
from groundstop.log.wire import (
    BATCH_COMMIT,
    BATCH_ID,
    BATCH_SEQUENCE,
    BATCHES_IN_FLIGHT,
    CHECK_IN_PROCESS,
    EXPECTED_SEQ,
    TTL,
    WRONG_LAST_SEQUENCE,
    PubAck,
    Stored,
    headers_of,
    parse_ack,
)

CHANGED_S_MAX = 20.0
CHANGED_JITTER_S, CHANGED_JITTER_S_MAX = 0.01, 0.5
COLLIDED_S_MAX = 20.0
COLLIDED_JITTER_S = 0.01


@dataclass(frozen=True, slots=True)
class Controls:
    """The newest table on one lane: ``epoch`` is its sequence there, 0 before the first control.

    ``newest`` are the newest sequences of all lanes where they are not the usual ones: lanes are only ever written
    together, so lane k's is that of lane 0 plus k, unless somebody wrote to one alone.
    """

    epoch: int
    halts: tuple[Halt, ...] = ()
    newest: tuple[int, ...] = ()

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
    halts = _table_in(stored)
    return Controls(stored.seq, halts) if halts is not None else replace(await _all_lanes(nc), epoch=stored.seq)


def _table_in(stored: Stored) -> tuple[Halt, ...] | None:
    """The halts in a control message; None for one that cannot be read."""
    try:
        return Control.model_validate_json(stored.payload).halts
    except ValueError:
        return None


async def _all_lanes(nc: Client) -> Controls:
    """The halts on any lane, and the newest sequence of each. Where no lane can be read: what stood there before."""
    found = await asyncio.gather(*(lookup.last(nc, subjects.control(lane)) for lane in range(subjects.LANES)))
    tables = [_table_in(stored) for stored in found if stored is not None]
    if tables and all(table is None for table in tables):
        tables = [await _table_before(nc)]
    halts = {halt.control: halt for table in tables for halt in table or ()}
    newest = tuple(0 if stored is None else stored.seq for stored in found)
    return Controls(newest[0], tuple(halts.values()), newest)


async def _table_before(nc: Client) -> tuple[Halt, ...]:
    """What was in force before somebody wrote nonsense over all of it: controls are kept for ever."""
    table: tuple[Halt, ...] = ()
    async with Reader(nc, Clock(), 1, (subjects.CONTROLS,)) as reader:
        async for stored in reader.until_now():
            table = table if (found := _table_in(stored)) is None else found
    return table


async def change_controls(
    nc: Client,
    change: Callable[[tuple[Halt, ...]], Control],
    clock: Clock | None = None,
    *,
    sign: Callable[[Control], Control] = lambda control: control,
) -> tuple[Control, int]:
    """Apply ``change`` to the table in force and write the result to all lanes in one atomic batch.

    ``change`` gets the active halts and returns the control to write. When somebody else wrote meanwhile it is asked
    again with what they wrote, so no halt is ever lost. Returns the control and the sequence of its last lane.
    In a replicated log a batch collides with claims that are being checked on the same lanes: it is sent again until
    it gets through. ``sign`` is the writer's signature (Log.signed). Raises NotAllowed for what groundstop.controls
    calls unlawful: the table that is checked is exactly the one that is replaced, so two people are two people.
    """
    clock = clock or Clock()
    tries, began = 0, clock.monotonic()
    while clock.monotonic() - began < CHANGED_S_MAX or not tries:
        # Refused by somebody else's change, most of the time, which one lane tells soonest; or by a message on one
        # lane alone, which only a look at each of them finds: every other time.
        before = await (_all_lanes(nc) if tries % 2 else read_controls(nc))
        control = change(before.halts)
        if why := unlawful(before.halts, control):
            raise NotAllowed(why)
        control = sign(control)
        try:
            ack_seq = await _write(nc, control, before)
        except Refused as error:
            if error.code not in (CHECK_IN_PROCESS, BATCHES_IN_FLIGHT) or clock.monotonic() - began > COLLIDED_S_MAX:
                raise
            await clock.sleep(clock.jitter(COLLIDED_JITTER_S))
            continue
        if ack_seq is not None:
            return control, ack_seq
        tries += 1
        await clock.sleep(clock.jitter(min(CHANGED_JITTER_S_MAX, CHANGED_JITTER_S * 2 ** min(tries, 6))))
    raise GroundstopError(f"the controls changed {tries} times while this one was being written")


async def _write(nc: Client, control: Control, before: Controls) -> int | None:
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
        payload = message.model_dump_json().encode()
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
