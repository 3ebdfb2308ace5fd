"""The guard process of an executor's host: ``python -m groundstop_executor.guard``, started by ``guard_client``.

It alone listens for the kill switch, so nothing the executor computes can delay it. Three sources:
- the broadcast: heard at once, but not yet known to be stored. It can only add halts, for as long as a store may take;
- the lease: the answer of the stream's leader to "newest control on my lane?". It alone removes halts and lets time go
  on, for 0.5 s from when the question was sent;
- the host: a signal or a file halts everything here without any bus.
"""

import argparse
import asyncio
import base64
import gc
import json
import math
import os
import signal
import sys
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import nats
import structlog
from groundstop import logs, subjects
from groundstop.clock import Clock
from groundstop.events import Control, Halt
from nats.aio.client import Client
from nats.aio.msg import Msg

from groundstop_executor.guard_memory import GuardMemory, mark_of
from groundstop_executor.worker_main import die_with_parent

LEASE_S = 0.5
HEARD_S = 2.0
_ASK_S = 0.1
_BEAT_S = 0.25
_ASKED_MAX = 64
SILENT_S_MAX = 3.0
# An executor that runs something and has not acted upon a halt for so long is stuck, in a tool that blocks its loop:
# nothing but its end stops that tool.
_STUCK_S_MAX = 1.0
_HANG_UP_S_MAX = 1.0
_NICE = -10
_NO_MESSAGE_FOUND = 10037
_GET = f"$JS.API.STREAM.MSG.GET.{subjects.STREAM}"
LOCAL = "local"
_PROOF = "w"
LEASES = "LEASES"


def lease(executor: str) -> str:
    """Where a guard writes to prove that it speaks to a majority; the newest one is kept, for seconds."""
    return f"gs.lease.{executor}"


_log = structlog.get_logger("executor.guard")


# ---- what is known, as values


@dataclass(frozen=True, slots=True)
class Known:
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


def answered(known: Known, epoch: int, halts: tuple[Halt, ...], asked_at: float) -> Known:
    """After the leader's answer to a question sent at ``asked_at``.

    An epoch below the known one is an old answer, or a log that has lost controls: neither may lift a halt or renew
    the lease.
    """
    if epoch < known.epoch:
        return known
    stored = {halt.control for halt in halts}
    heard = tuple(entry for entry in known.heard if entry[1].control not in stored)
    return replace(known, epoch=epoch, stored=halts, heard=heard, deadline=max(known.deadline, asked_at + LEASE_S))


def heard(known: Known, halts: tuple[Halt, ...], now: float) -> Known:
    """After a broadcast. The log may still refuse it, or store it later than it answers the next question."""
    stored, named = {halt.control for halt in known.stored}, {halt.control for halt in halts}
    fresh = tuple((now + HEARD_S, halt) for halt in halts if halt.control not in stored)
    return replace(known, heard=tuple(entry for entry in known.heard if entry[1].control not in named) + fresh)


def looked(known: Known, now: float, by: str, at: datetime) -> Known:
    """After a look at the clock and the host; ``by`` says what halts this host, empty for nothing."""
    local = None
    if by:
        reason = f"halted on this host by a {by}"
        local = known.local or Halt(control=LOCAL, scope="all", reason=reason, by=by, at=at)
    return replace(known, local=local, heard=tuple(entry for entry in known.heard if entry[0] > now))


def read_answer(data: bytes) -> tuple[int, tuple[Halt, ...]]:
    """The epoch and the halts in the leader's answer. Raises ValueError when it tells neither."""
    answer: dict[str, Any] = json.loads(data)
    if (error := answer.get("error")) is not None:
        if error.get("err_code") == _NO_MESSAGE_FOUND:
            return 0, ()
        raise ValueError(f"the log answers {error}")
    message = answer["message"]
    return int(message["seq"]), Control.model_validate_json(base64.b64decode(message.get("data", ""))).halts


# ---- the process


class Guard:
    """Keeps the shared memory true until its executor ends."""

    def __init__(self, clock: Clock, memory: GuardMemory, wake: int, wanted: argparse.Namespace) -> None:
        view = memory.read()  # What an earlier guard of this executor knew: a restart must not forget a halt.
        local = next((halt for halt in view.halts if halt.control == LOCAL), None)
        stored = tuple(halt for halt in view.halts if halt is not local)
        self._known = Known(view.epoch, view.deadline, stored, local=local, lapses=view.lapses)
        self._signalled = local is not None and local.by == "signal"
        self._clock, self._memory, self._wake = clock, memory, wake
        self._executor, self._lane, self._parent = wanted.executor, wanted.lane, wanted.parent
        self._halt_file: Path | None = wanted.halt_file
        self._connection = Client()
        self._inbox = ""
        self._news_at = -math.inf
        self._tasks: set[asyncio.Task[None]] = set()
        self._questions = count()
        self._asked: dict[str, float] = {}
        self._said = ""
        self._quorum: bool = wanted.quorum
        self._read_at = -math.inf
        self._proved_at = -math.inf if wanted.quorum else math.inf
        self._unobeyed_since = math.inf
        if wanted.halted:
            self._halt_host()

    async def run(self, options: dict[str, Any]) -> None:
        """Until the executor has ended."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, self._halt_host)
        loop.add_signal_handler(signal.SIGUSR2, self._free_host)
        next_beat = 0.0
        while os.getppid() == self._parent:
            now = self._clock.monotonic()
            self._memory.tick(now)
            self._look()
            self._end_what_is_stuck(now)
            if now - self._news_at > SILENT_S_MAX:
                self._dial(options)
            if self._inbox and self._connection.is_connected:
                await self._ask()
                if now >= next_beat:
                    next_beat = now + _BEAT_S
                    await self._beat()
            await self._clock.sleep(_ASK_S)

    def _end_what_is_stuck(self, now: float) -> None:
        """Kill an executor that goes on although it was told to stop."""
        view = self._memory.read()
        told = any(not halt.drill for halt in view.halts) or not view.live(now)
        if not told or self._memory.in_flight == 0 or self._memory.obeyed == mark_of(view, now):
            self._unobeyed_since = math.inf
            return
        self._unobeyed_since = min(self._unobeyed_since, now)
        if now - self._unobeyed_since > _STUCK_S_MAX:
            _log.error("executor_stuck", executor=self._executor, pid=self._parent, in_flight=self._memory.in_flight)
            with suppress(ProcessLookupError):
                os.kill(self._parent, signal.SIGKILL)

    def _dial(self, options: dict[str, Any]) -> None:
        """Begin with a fresh connection: a reconnecting client can get stuck, as nats-py 2.16 did on a thawed bus."""
        self._news_at = self._clock.monotonic()
        self._inbox = ""
        old, self._connection = self._connection, Client()
        self._begin(self._connect(self._connection, options))
        self._begin(_hang_up(old))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._say("guard_connection", f"{type(error).__name__}: {error}")

    async def _connect(self, connection: Client, options: dict[str, Any]) -> None:
        """Until it is there, and whenever it is cut off, the lease ends on its own."""
        await connection.connect(
            **options,
            name=f"guard of {self._executor}",
            connect_timeout=1,
            allow_reconnect=True,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.1,  # type: ignore[arg-type]  # seconds; fractions work
            # A frozen server or a black hole is noticed by these pings alone, after 0.7 s.
            ping_interval=0.25,  # type: ignore[arg-type]
            max_outstanding_pings=2,
            error_cb=self._on_error,
            reconnected_cb=self._ask,
        )
        if connection is not self._connection:
            return
        inbox = connection.new_inbox()
        await connection.subscribe(f"{inbox}.*", cb=self._on_answer)
        await connection.subscribe(subjects.control(self._lane), cb=self._on_control)
        self._inbox = inbox
        await self._ask()

    async def _ask(self) -> None:
        """Ask the leader for the newest control. Does not wait: a late answer counts from when it was asked for."""
        now = self._clock.monotonic()
        while len(self._asked) >= _ASKED_MAX:
            del self._asked[next(iter(self._asked))]
        question = str(next(self._questions))
        self._asked[question] = now
        if self._quorum:
            # A leader that was cut off from the others answers questions for some ten seconds more (measured); it
            # cannot acknowledge a write. What is read counts from when a write was sent that has been acknowledged.
            await self._publish(lease(self._executor), b"", reply=f"{self._inbox}.{_PROOF}{question}")
        body = json.dumps({"last_by_subj": subjects.control(self._lane)}).encode()
        await self._publish(_GET, body, reply=f"{self._inbox}.{question}")

    async def _publish(self, subject: str, body: bytes, reply: str = "") -> None:
        with suppress(nats.errors.Error, OSError):
            await self._connection.publish(subject, body, reply=reply)

    async def _on_answer(self, message: Msg) -> None:
        question = message.subject.rpartition(".")[2]
        if question.startswith(_PROOF):
            self._on_proof(question.removeprefix(_PROOF), message.data)
            return
        asked_at = self._asked.get(question)
        if asked_at is None:
            return
        if not self._quorum:
            del self._asked[question]
        self._news_at = self._clock.monotonic()
        try:
            epoch, halts = read_answer(message.data)
        except (ValueError, KeyError, TypeError) as error:
            self._say("lease_refused", str(error))
            return
        if epoch < self._known.epoch:
            self._say("lease_refused", f"the log's newest control is {epoch}, below the known {self._known.epoch}")
        if epoch >= self._known.epoch:
            self._read_at = max(self._read_at, asked_at)
        asked_at = min(asked_at, self._proved_at)
        known = answered(self._known, epoch, halts, asked_at)
        self._learn(self._counted(known))

    def _on_proof(self, question: str, data: bytes) -> None:
        """A write was acknowledged: by most of the replicas, then, and so no older than when it was sent."""
        sent_at = self._asked.get(question)
        if sent_at is None or not data or b'"error"' in data:
            return
        self._proved_at = max(self._proved_at, sent_at)
        renewed = min(self._read_at, self._proved_at) + LEASE_S
        self._learn(self._counted(replace(self._known, deadline=max(self._known.deadline, renewed))))

    def _counted(self, known: Known) -> Known:
        """``known``, with one lapse more when it renews a lease that had ended."""
        now, before = self._clock.monotonic(), self._known
        lapsed = before.deadline <= now < known.deadline
        return replace(known, lapses=before.lapses + 1) if lapsed else known

    async def _on_control(self, message: Msg) -> None:
        with suppress(ValueError):  # What cannot be read is asked for again, and then it is the answer that counts.
            control = Control.model_validate_json(message.data)
            halts = control.halts if control.drill is None else (*control.halts, control.drill)
            self._learn(heard(self._known, halts, self._clock.monotonic()))
        await self._ask()

    def _look(self) -> None:
        by = "signal" if self._signalled else "file" if self._halt_file and self._halt_file.exists() else ""
        self._learn(looked(self._known, self._clock.monotonic(), by, self._clock()))

    def _halt_host(self) -> None:
        """SIGUSR1. Kept as the file where there is one, so that it outlives this process."""
        try:
            if self._halt_file is None:
                raise FileNotFoundError
            self._halt_file.touch()
        except OSError:
            self._signalled = True
        self._look()

    def _free_host(self) -> None:
        """SIGUSR2."""
        self._signalled = False
        if self._halt_file is not None:
            self._halt_file.unlink(missing_ok=True)
        self._look()

    def _learn(self, known: Known) -> None:
        """Publish what changed; wake the executor when it matters: other halts, or a lease again."""
        before, self._known = self._known, known
        if known == before:
            return
        self._memory.write(known.deadline, known.epoch, known.halts, known.lapses)
        if known.halts != before.halts or known.deadline > before.deadline <= self._clock.monotonic():
            os.eventfd_write(self._wake, 1)

    async def _beat(self) -> None:
        known, now = self._known, self._clock.monotonic()
        beat = {
            "executor": self._executor,
            "lane": self._lane,
            "epoch": known.epoch,
            "deadline_in_ms": round((known.deadline - now) * 1e3, 1) if known.deadline else None,
            "halted_scopes_count": len(known.halts),
            "pid": self._parent,
            "guard_pid": os.getpid(),
            "in_flight": self._memory.in_flight,
        }
        await self._publish(subjects.alive(self._executor), json.dumps(beat).encode())

    async def _on_error(self, error: Exception) -> None:
        self._say("guard_connection", f"{type(error).__name__}: {error}")

    def _say(self, event: str, text: str) -> None:
        """Log what is wrong, once as long as it stays the same."""
        if text != self._said:
            self._said = text
            _log.warning(event, executor=self._executor, error=text)


async def _hang_up(connection: Client) -> None:
    with suppress(Exception):
        async with asyncio.timeout(_HANG_UP_S_MAX):
            await connection.close()


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="groundstop_executor.guard")
    parser.add_argument("--nats-url", required=True, help="one or several, separated by commas")
    parser.add_argument("--memory", type=int, required=True, help="the inherited descriptor of the shared memory")
    parser.add_argument("--wake", type=int, required=True, help="the inherited eventfd that tells of changes")
    parser.add_argument("--parent", type=int, required=True, help="the process id of the executor")
    parser.add_argument("--executor", required=True)
    parser.add_argument("--lane", type=int, required=True)
    parser.add_argument("--halt-file", type=Path, help="while this file exists, everything is halted here")
    parser.add_argument("--quorum", action="store_true", help="the log is replicated: a lease needs a majority")
    parser.add_argument("--halted", action="store_true", help="begin as if SIGUSR1 had come")
    parser.add_argument("--creds", help="a credentials file of the bus")
    parser.add_argument("--nkey", help="a file with an nkey seed")
    parser.add_argument("--inbox-prefix", default="_INBOX")
    return parser.parse_args(argv)


def _options(wanted: argparse.Namespace) -> dict[str, Any]:
    """The connection's options that the command line names."""
    named = {"user_credentials": wanted.creds, "nkeys_seed": wanted.nkey, "inbox_prefix": wanted.inbox_prefix}
    return {"servers": wanted.nats_url.split(",")} | {name: value for name, value in named.items() if value}


def main(argv: Sequence[str]) -> None:
    """Guard until the parent ends."""
    wanted = _arguments(argv)
    die_with_parent(signal.SIGKILL, wanted.parent)
    logs.configure("guard")
    with suppress(OSError):  # Only some hosts allow it: be served before those that are to be stopped.
        os.setpriority(os.PRIO_PROCESS, 0, _NICE)
    gc.freeze()
    guard = Guard(Clock(), GuardMemory(wanted.memory), wanted.wake, wanted)
    asyncio.run(guard.run(_options(wanted)))


if __name__ == "__main__":
    main(sys.argv[1:])
