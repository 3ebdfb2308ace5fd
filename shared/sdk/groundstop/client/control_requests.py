"""Asking a service to change the controls: whoever answers, and again when nobody does or somebody was faster."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import nats.errors
import orjson
from groundstop.callers import Caller, command
from groundstop.clock import Clock
from groundstop.commands import Command
from groundstop.commands.base import A
from groundstop.commands.controls import ControlTable, GetControls, PutControl
from groundstop.errors import GroundstopError, NoAcknowledgement, NotAllowed, RequestFailed
from groundstop.events import Control, Halt
from groundstop.log.control_store import CHANGED_S_MAX, Change
from groundstop.log.denials import Asking
from groundstop.log.lanes import Controls, read_controls
from groundstop.vocabulary import ErrorCode
from nats.aio.client import Client as Connection
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

ASK_AGAIN_S, ASK_AGAIN_S_MAX = 0.25, 1.0
"""One that hangs must not lose the press: after this long the same is asked again, most likely of somebody else, and
the first answer counts. What is asked twice is stored once."""
AGAIN_S, AGAIN_S_MAX = 0.01, 0.5
LOOK_S = 3.0
NOBODY = (
    "nobody took the control in {within_s:.1f} s, neither a guard nor approval ({last}). A host stops without them: "
    "create its halt file (GROUNDSTOP_HALT_FILE), or send SIGUSR1 to its guard"
)
NO_ANSWERS = frozenset({ErrorCode.BUSY, ErrorCode.UNAVAILABLE, ErrorCode.FAILED})
"""Answers of one who cannot at the moment: another one may."""

Table = tuple[tuple[Halt, ...], int]
"""The halts in force and the sequence of their table."""


class ControlRequests:
    """Changes of the controls in the name of ``caller``, each signed by ``sign``."""

    def __init__(self, nc: Connection, clock: Clock, caller: Caller, sign: Callable[[Any], Any]) -> None:
        self._nc = nc
        self._clock = clock
        self._caller = caller
        self._sign = sign

    async def controls(self) -> Controls:
        """The halts in force: as a service believes them, or as the log has them when none answers."""
        try:
            answer = await self._ask(GetControls(), LOOK_S)
        except GroundstopError:
            return await read_controls(self._nc)
        return Controls(answer.seq, answer.halts, problem=answer.problem)

    async def change(self, change: Change, within_s: float) -> tuple[Control, int]:
        """Have the control written that ``change`` makes of the halts in force; it and its sequence on the last lane.

        Raises NotAllowed with the reason, NoAcknowledgement when nobody answers, and what ``change`` raises.
        """
        began = self._clock.monotonic()
        table, sent = _table(await self._ask(GetControls(), within_s)), None
        for again_s in _growing(AGAIN_S, AGAIN_S_MAX):
            try:
                control: Control = self._sign(change(*table))
            except GroundstopError:
                if sent is None:
                    raise
                return sent, table[1]  # it was stored, though its answer was not heard: it cannot be made once more
            try:
                sent = control
                return await self._put(control, within_s)
            except _Changed as error:
                if self._clock.monotonic() - began > max(within_s, CHANGED_S_MAX):
                    raise NoAcknowledgement(f"others changed the controls for {CHANGED_S_MAX:g} s: try again") from None
                table = error.table
            await self._clock.sleep(self._clock.jitter(again_s))
        raise AssertionError("unreachable: there is no last time")

    async def _put(self, control: Control, within_s: float) -> tuple[Control, int]:
        answer = await self._ask(PutControl(control=control, expected=control.replaces), within_s)
        return answer.control, answer.seq

    async def _ask(self, asked: Command[A], within_s: float) -> A:
        answer = await self._answer(command(self._caller, asked.verb), orjson.dumps(asked.body()), within_s)
        try:
            return asked.read(answer)
        except RequestFailed as error:
            if error.code == ErrorCode.CHANGED_MEANWHILE:
                raise _Changed(_table(ControlTable.model_validate(error.answer))) from error
            if error.code == ErrorCode.NOT_ALLOWED:
                raise NotAllowed(str(error)) from error
            raise

    async def _answer(self, subject: str, body: bytes, within_s: float) -> dict[str, Any]:
        """The first answer that is one, of whomever. Raises NoAcknowledgement, PermissionDenied."""
        until, last = self._clock.monotonic() + within_s, "no answer"
        inbox = self._nc.new_inbox()
        answers = await self._nc.subscribe(inbox)
        try:
            with Asking(self._nc, subject) as asking:
                for again_s in _growing(ASK_AGAIN_S, ASK_AGAIN_S_MAX):
                    await self._nc.publish(subject, body, reply=inbox)
                    again_at = min(until, self._clock.monotonic() + again_s)
                    async for message in self._heard(answers, asking, again_at):
                        answer, last = _read(message, last)
                        if answer is not None:
                            return answer
                    if self._clock.monotonic() >= until:
                        break
        finally:
            await answers.unsubscribe()
        raise NoAcknowledgement(NOBODY.format(within_s=within_s, last=last))

    async def _heard(self, answers: Subscription, asking: Asking, until: float) -> AsyncIterator[Msg]:
        while (left_s := until - self._clock.monotonic()) > 0:
            try:
                yield await asking.answer(answers.next_msg(left_s))
            except (TimeoutError, nats.errors.Error):
                return


def _read(message: Msg, last: str) -> tuple[dict[str, Any] | None, str]:
    """An answer, or what one who cannot at the moment has said instead."""
    if not message.data:
        return None, "nobody is there"
    answer: dict[str, Any] = orjson.loads(message.data)
    problem = answer.get("error") or {}
    return (None, str(problem.get("message"))) if problem.get("code") in NO_ANSWERS else (answer, last)


class _Changed(GroundstopError):
    def __init__(self, table: Table) -> None:
        super().__init__(f"the controls changed: {table[1]}")
        self.table = table


def _table(answer: ControlTable) -> Table:
    return answer.halts, answer.seq


def _growing(seconds: float, most: float) -> Iterator[float]:
    while True:
        yield seconds
        seconds = min(most, 1.5 * seconds)
