"""``control.get`` and ``control.put``: the controls as requests to a service. Guards and approval both answer them, so
that a halt waits for nobody who is busy.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import nats.errors
from groundstop.callers import Caller
from groundstop.commands import Handled
from groundstop.commands.controls import ControlTable, ControlWritten, GetControls, PutControl
from groundstop.errors import BadInput, GroundstopError, NotAllowed, RequestFailed
from groundstop.events import Halt
from groundstop.log.control_store import ChangedMeanwhile, ControlStore
from groundstop.vocabulary import ErrorCode

QUEUE = "controls"
"""Everybody who answers is in this queue group: each request goes to one of them."""
AT_ONCE_MAX = 4
"""Requests of one caller that are dealt with at a time; more are told to ask again."""


class ControlCommands:
    """The commands of one process that has a control store."""

    def __init__(self, control_store: ControlStore) -> None:
        self._control_store = control_store
        self._asking: Counter[str] = Counter()

    def commands(self) -> Sequence[Handled[Caller]]:
        """The commands and their handlers."""
        return GetControls.handled_by(self._get), PutControl.handled_by(self._put)

    async def _get(self, caller: Caller, _: GetControls) -> ControlTable:
        with self._turn(caller):
            standing = (await self._control_store.in_force()).standing
        return ControlTable(seq=standing.table.seq, halts=standing.halts, problem=standing.why)

    async def _put(self, caller: Caller, asked: PutControl) -> ControlWritten:
        if asked.expected is not None and asked.expected != asked.control.replaces:
            text = "the control says that it replaces another table than is expected"
            raise RequestFailed(ErrorCode.INVALID_REQUEST, text)
        with self._turn(caller):
            try:
                written, seq = await self._control_store.put(asked.control, caller.name, caller.role)
            except ChangedMeanwhile as error:
                table: dict[str, Any] = {"seq": error.seq, "halts": _plain(error.halts)}
                raise RequestFailed(ErrorCode.CHANGED_MEANWHILE, str(error), table) from error
            except NotAllowed as error:
                raise RequestFailed(ErrorCode.NOT_ALLOWED, str(error)) from error
        return ControlWritten(control=written, seq=seq)

    @contextmanager
    def _turn(self, caller: Caller) -> Iterator[None]:
        """Nobody keeps the others waiting by asking for much; what the log does not answer is told as unavailable."""
        who = str(caller)
        if self._asking[who] >= AT_ONCE_MAX:
            raise RequestFailed(ErrorCode.BUSY, f"{AT_ONCE_MAX} requests of {who} are being dealt with: ask again")
        self._asking[who] += 1
        try:
            yield
        except (RequestFailed, BadInput):
            raise
        except (GroundstopError, nats.errors.Error, OSError) as error:
            raise RequestFailed(ErrorCode.UNAVAILABLE, str(error) or type(error).__name__) from error
        finally:
            self._asking[who] -= 1
            if not self._asking[who]:
                del self._asking[who]


def _plain(halts: tuple[Halt, ...]) -> list[dict[str, Any]]:
    return [halt.model_dump(mode="json") for halt in halts]
