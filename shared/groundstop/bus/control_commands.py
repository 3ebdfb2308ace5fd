"""``control.get`` and ``control.put``: the controls as requests to a service. Guards and approval both answer them, so
that a halt waits for nobody who is busy.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pydantic import ValidationError

from groundstop.callers import Caller
from groundstop.errors import NoAcknowledgement, NotAllowed, Refused, RequestFailed
from groundstop.events import Control, Halt
from groundstop.log.control_desk import ChangedMeanwhile, Desk

GET, PUT = "control.get", "control.put"
QUEUE = "controls"
"""Everybody who answers is in this queue group: each request goes to one of them."""
AT_ONCE_MAX = 4
"""Requests of one caller that are dealt with at a time; more are told to ask again."""

Command = Callable[[Caller, dict[str, Any]], Awaitable[dict[str, Any]]]


class ControlCommands:
    """The commands of one process that has a desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._asking: Counter[str] = Counter()

    def commands(self) -> Mapping[str, Command]:
        """Verb to handler."""
        return {GET: self._get, PUT: self._put}

    async def _get(self, caller: Caller, _: dict[str, Any]) -> dict[str, Any]:
        with self._turn(caller):
            standing = (await self._desk.in_force()).standing
        return {"seq": standing.table.seq, "halts": _plain(standing.halts), "problem": standing.why}

    async def _put(self, caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
        control = _control_in(body)
        with self._turn(caller):
            try:
                written, seq = await self._desk.put(control, caller.name, caller.role)
            except ChangedMeanwhile as error:
                told = {"seq": error.seq, "halts": _plain(error.halts)}
                raise RequestFailed("changed_meanwhile", str(error), told) from error
            except NotAllowed as error:
                raise RequestFailed("not_allowed", str(error)) from error
            except (NoAcknowledgement, Refused) as error:
                raise RequestFailed("unavailable", str(error)) from error
        return {"control": written.model_dump(mode="json"), "seq": seq}

    @contextmanager
    def _turn(self, caller: Caller) -> Iterator[None]:
        """Nobody keeps the others waiting by asking for much."""
        who = str(caller)
        if self._asking[who] >= AT_ONCE_MAX:
            raise RequestFailed("busy", f"{AT_ONCE_MAX} requests of {who} are being dealt with: ask again")
        self._asking[who] += 1
        try:
            yield
        finally:
            self._asking[who] -= 1
            if not self._asking[who]:
                del self._asking[who]


def _control_in(body: dict[str, Any]) -> Control:
    try:
        control = Control.model_validate(body.get("control"))
    except ValidationError as error:
        raise RequestFailed("invalid_request", f"control: {error}"[:1000]) from error
    if body.get("expected", control.replaces) != control.replaces:
        raise RequestFailed("invalid_request", "the control says that it replaces another table than is expected")
    return control


def _plain(halts: tuple[Halt, ...]) -> list[dict[str, Any]]:
    return [halt.model_dump(mode="json") for halt in halts]
