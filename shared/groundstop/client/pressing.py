"""Asking a service to change the controls: whoever answers, and again when nobody does or somebody was faster."""

from collections.abc import Callable, Iterator
from typing import Any

import nats.errors
import orjson
from nats.aio.client import Client as Connection

from groundstop.bus.control_commands import GET, PUT
from groundstop.callers import Caller, command
from groundstop.clock import Clock
from groundstop.errors import GroundstopError, NoAcknowledgement, NotAllowed, RequestFailed
from groundstop.events import Control, Halt
from groundstop.log.control_desk import CHANGED_S_MAX, Change
from groundstop.log.denials import request
from groundstop.log.lanes import Controls, read_controls

ANSWER_S, ANSWER_S_MAX = 0.5, 4.0
"""One that hangs must not lose the press: it is asked again, and then most likely somebody else is."""
AGAIN_S, AGAIN_S_MAX = 0.02, 0.2
LOOK_S = 1.0
NOBODY = (
    "nobody took the control in {within_s:.1f} s, neither a guard nor approval ({last}). A host stops without them: "
    "create its halt file (GROUNDSTOP_HALT_FILE), or send SIGUSR1 to its guard"
)
ASKED_AGAIN = frozenset({"busy", "unavailable", "failed"})


Table = tuple[tuple[Halt, ...], int]
"""The halts in force and the sequence of their table."""


class Pressing:
    """Changes of the controls in the name of ``caller``, each signed by ``sign``."""

    def __init__(self, nc: Connection, clock: Clock, caller: Caller, sign: Callable[[Any], Any]) -> None:
        self._nc = nc
        self._clock = clock
        self._caller = caller
        self._sign = sign

    async def controls(self) -> Controls:
        """The halts in force: as a service believes them, or as the log has them when none answers."""
        try:
            answer = await self._ask(GET, {}, LOOK_S)
        except GroundstopError:
            return await read_controls(self._nc)
        halts, seq = _table_in(answer)
        return Controls(seq, halts, problem=str(answer.get("problem", "")))

    async def change(self, change: Change, within_s: float) -> tuple[Control, int]:
        """Have the control written that ``change`` makes of the halts in force; it and its sequence on the last lane.

        Raises NotAllowed with the reason, NoAcknowledgement when nobody answers, and what ``change`` raises.
        """
        began, answer_s, limit_s = self._clock.monotonic(), ANSWER_S, within_s
        table: Table | None = None
        sent: Control | None = None
        doubtful: Control | None = None
        last: Exception | None = None
        for again_s in _growing(AGAIN_S, AGAIN_S_MAX):
            try:
                table = table or await self._look(answer_s)
                sent = sent or self._made(change, table, must=doubtful is None)
                if sent is None and doubtful is not None:  # the one that had no answer was stored: it is done
                    return doubtful, table[1]
                assert sent is not None
                return await self._put(sent, answer_s)
            except _Changed as error:
                last, limit_s = error, max(within_s, CHANGED_S_MAX)
                table, sent = error.table, None
            except NoAcknowledgement as error:
                last, doubtful, answer_s = error, sent or doubtful, min(ANSWER_S_MAX, 2 * answer_s)
            if self._clock.monotonic() - began > limit_s:
                raise NoAcknowledgement(NOBODY.format(within_s=limit_s, last=last))
            await self._clock.sleep(self._clock.jitter(again_s))
        raise AssertionError("unreachable: there is no last time")

    def _made(self, change: Change, table: Table, *, must: bool) -> Control | None:
        """The control to send, or None for one that cannot be made and need not."""
        try:
            made: Control = self._sign(change(*table))
            return made
        except GroundstopError:
            if must:
                raise
            return None

    async def _look(self, answer_s: float) -> Table:
        return _table_in(await self._ask(GET, {}, answer_s))

    async def _put(self, control: Control, answer_s: float) -> tuple[Control, int]:
        answer = await self._ask(
            PUT, {"control": control.model_dump(mode="json"), "expected": control.replaces}, answer_s
        )
        return Control.model_validate(answer["control"]), int(answer["seq"])

    async def _ask(self, verb: str, body: dict[str, Any], answer_s: float) -> dict[str, Any]:
        try:
            reply = await request(self._nc, command(self._caller, verb), orjson.dumps(body), timeout_s=answer_s)
        except (TimeoutError, nats.errors.Error) as error:
            raise NoAcknowledgement(f"{verb}: {type(error).__name__}") from error
        answer: dict[str, Any] = orjson.loads(reply.data)
        problem = answer.get("error")
        if problem is None:
            return answer
        code, text = str(problem.get("code")), str(problem.get("message"))
        if code == "changed_meanwhile":
            raise _Changed(_table_in(problem))
        if code in ASKED_AGAIN:
            raise NoAcknowledgement(text)
        raise NotAllowed(text) if code == "not_allowed" else RequestFailed(code, text, problem)


class _Changed(GroundstopError):
    def __init__(self, table: Table) -> None:
        super().__init__(f"the controls changed: {table[1]}")
        self.table = table


def _table_in(answer: dict[str, Any]) -> Table:
    return tuple(Halt.model_validate(halt) for halt in answer["halts"]), int(answer["seq"])


def _growing(seconds: float, most: float) -> Iterator[float]:
    while True:
        yield seconds
        seconds = min(most, 2 * seconds)
