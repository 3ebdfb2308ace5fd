"""What a guard knows of the controls, as values. Pure.

Three sources:
- the broadcast: heard at once, but not yet known to be stored. It can only add halts, for as long as a store may take;
- the lease: the answer of the stream's leader to "newest control on my lane?". It alone removes halts and lets time go
  on, for ``LEASE_S`` from when the question was sent;
- the host: a signal or a file halts everything here without any bus.
"""

import base64
import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from groundstop.events import Control, Halt
from groundstop.log.leases import LEASE_S

HEARD_S = 2.0
LOCAL = "local"
TOO_MANY = "too-many"
_NO_MESSAGE_FOUND = 10037


@dataclass(frozen=True, slots=True)
class GuardState:
    """What a guard knows. ``heard`` are halts that were broadcast but not yet read from the log, with their end."""

    epoch: int = 0
    deadline: float = 0.0
    stored: tuple[Halt, ...] = ()
    heard: tuple[tuple[float, Halt], ...] = ()
    local: Halt | None = None
    lapses: int = 0

    @property
    def halts(self) -> tuple[Halt, ...]:
        """Everything that is halted here, each control once."""
        all_of_them = (self.local,) if self.local else ()
        return (*all_of_them, *self.stored, *(halt for _, halt in self.heard))


def answered(known: GuardState, epoch: int, halts: tuple[Halt, ...], asked_at: float) -> GuardState:
    """After the leader's answer to a question sent at ``asked_at``.

    An epoch below the known one is an old answer, or a log that has lost controls: neither may lift a halt or renew
    the lease.
    """
    if epoch < known.epoch:
        return known
    stored = {halt.control for halt in halts}
    heard = tuple(entry for entry in known.heard if entry[1].control not in stored)
    return replace(known, epoch=epoch, stored=halts, heard=heard, deadline=max(known.deadline, asked_at + LEASE_S))


def heard(known: GuardState, halts: tuple[Halt, ...], now: float) -> GuardState:
    """After a broadcast. The log may still refuse it, or store it later than it answers the next question."""
    stored = {halt.control for halt in known.stored}
    fresh = tuple((now + HEARD_S, halt) for halt in halts if halt.control not in stored)
    # One that says something else under the name of another does not take its place: both are obeyed.
    return replace(known, heard=tuple(entry for entry in known.heard if entry[1] not in halts) + fresh)


def looked(known: GuardState, now: float, by: str, at: datetime) -> GuardState:
    """After a look at the clock and the host; ``by`` says what halts this host, empty for nothing."""
    local = None
    if by:
        reason = f"halted on this host by a {by}"
        local = known.local or Halt(control=LOCAL, scope="all", reason=reason, by=by, at=at)
    return replace(known, local=local, heard=tuple(entry for entry in known.heard if entry[0] > now))


def too_many(at: datetime) -> Halt:
    """In the place of more halts than a guard can hand on."""
    reason = "there are more halts than a guard can hand on: lift some of them, or halt all"
    return Halt(control=TOO_MANY, scope="all", reason=reason, by="guard", at=at)


@dataclass(frozen=True, slots=True)
class Newest:
    """The leader's answer to "newest message?"."""

    seq: int
    data: str
    """Base64."""

    def control(self) -> Control:
        """The control in it. Raises ValueError."""
        return Control.model_validate_json(base64.b64decode(self.data))


def newest_in(data: bytes) -> Newest | None:
    """The newest message in the leader's answer, None for none. Raises ValueError when it tells neither."""
    answer: dict[str, Any] = json.loads(data)
    if (error := answer.get("error")) is not None:
        if error.get("err_code") == _NO_MESSAGE_FOUND:
            return None
        raise ValueError(f"the log answers {error}")
    message = answer["message"]
    return Newest(int(message["seq"]), message.get("data", ""))
