"""The guard process of an executor's host: ``python -m groundstop_guard.app``, started by ``groundstop_guard.client``.

It alone listens for the kill switch, so nothing the executor computes can delay it. What it knows, and from where, is
in ``known``; how it hears, in ``contact``.
"""

import argparse
import asyncio
import gc
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import groundstop.startup  # noqa: F401 - first: the start is quicker
import orjson
import structlog
from groundstop import logs, subjects
from groundstop.clock import Clock
from groundstop.events import Halt
from groundstop.identity.connecting import connection_options
from groundstop.identity.keyfiles import ring_from
from groundstop.settings import Settings

from groundstop_guard.connection import GuardConnection
from groundstop_guard.memory import GuardMemory
from groundstop_guard.processes import die_with_parent, keep_to_oneself
from groundstop_guard.state import LOCAL, GuardState, answered, heard, looked, too_many
from groundstop_guard.verify import ControlVerifier
from groundstop_guard.watchdog import Watchdog

_ASK_S = 0.1
_BEAT_S = 0.25
_NICE = -10
_INTERRUPT_S = 0.01
"""A loop that has not acted upon a halt for so long is told in the middle of what it computes."""

_log = structlog.get_logger("executor.guard")


class Guard:
    """Keeps the shared memory true until its executor ends."""

    def __init__(self, clock: Clock, memory: GuardMemory, wake: int, wanted: argparse.Namespace) -> None:
        view = memory.read()  # What an earlier guard of this executor knew: a restart must not forget a halt.
        local = next((halt for halt in view.halts if halt.control == LOCAL), None)
        stored = tuple(halt for halt in view.halts if halt is not local)
        self._known = GuardState(view.epoch, view.deadline, stored, local=local, lapses=view.lapses)
        self._signalled = local is not None and local.by == "signal"
        self._clock, self._memory, self._wake = clock, memory, wake
        self._executor, self._lane, self._parent = wanted.executor, wanted.lane, wanted.parent
        self._halt_file: Path | None = wanted.halt_file
        self._contact = GuardConnection(
            clock,
            wanted.executor,
            wanted.lane,
            quorum=wanted.quorum,
            belief=ControlVerifier(ring_from(Settings()), wanted.lane),
            answered=self._on_answer,
            heard=self._on_heard,
            say=self._say,
        )
        self._stuck = Watchdog(clock, memory, wanted.executor, wanted.parent)
        self._said = ""
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
            self._stuck.look()
            self._contact.redial(options)
            if self._contact.up:
                await self._contact.ask()
                if now >= next_beat:
                    next_beat = now + _BEAT_S
                    await self._beat()
            await self._clock.sleep(_ASK_S)

    def _on_answer(self, epoch: int, halts: tuple[Halt, ...], asked_at: float) -> None:
        if epoch < self._known.epoch:
            self._say("lease_refused", f"the log's newest control is {epoch}, below the known {self._known.epoch}")
        self._learn(self._counted(answered(self._known, epoch, halts, asked_at)))

    def _on_heard(self, halts: tuple[Halt, ...]) -> None:
        self._learn(heard(self._known, halts, self._clock.monotonic()))

    def _counted(self, known: GuardState) -> GuardState:
        """``known``, with one lapse more when it renews a lease that had ended."""
        now, before = self._clock.monotonic(), self._known
        lapsed = before.deadline <= now < known.deadline
        return replace(known, lapses=before.lapses + 1) if lapsed else known

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

    def _learn(self, known: GuardState) -> None:
        """Publish what changed; wake the executor when it matters: other halts, or a lease again."""
        before, self._known = self._known, known
        if known == before:
            return
        try:
            self._memory.write(known.deadline, known.epoch, known.halts, known.lapses)
        except ValueError as error:  # what is too much to look through stops everything
            self._say("halts_too_many", str(error))
            self._memory.write(known.deadline, known.epoch, (too_many(self._clock()),), known.lapses)
        if known.halts != before.halts or known.deadline > before.deadline <= self._clock.monotonic():
            os.eventfd_write(self._wake, 1)
        if known.halts != before.halts:
            asyncio.get_running_loop().call_later(_INTERRUPT_S, self._stuck.interrupt)

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
        await self._contact.publish(subjects.alive(self._executor), orjson.dumps(beat))

    def _say(self, event: str, text: str) -> None:
        """Log what is wrong, once as long as it stays the same."""
        if text != self._said:
            self._said = text
            _log.warning(event, executor=self._executor, error=text)


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="groundstop_guard.app")
    parser.add_argument("--nats-url", required=True, help="one or several, separated by commas")
    parser.add_argument("--memory", type=int, required=True, help="the inherited descriptor of the shared memory")
    parser.add_argument("--wake", type=int, required=True, help="the inherited eventfd that tells of changes")
    parser.add_argument("--parent", type=int, required=True, help="the process id of the executor")
    parser.add_argument("--executor", required=True)
    parser.add_argument("--lane", type=int, required=True)
    parser.add_argument("--halt-file", type=Path, help="while this file exists, everything is halted here")
    parser.add_argument("--quorum", action="store_true", help="the log is replicated: a lease needs a majority")
    parser.add_argument("--halted", action="store_true", help="begin as if SIGUSR1 had come")
    parser.add_argument("--seed-file", type=Path, help="who the guard is on the bus")
    return parser.parse_args(argv)


def _options(wanted: argparse.Namespace) -> dict[str, Any]:
    """How to connect: where and as whom the command line says, certificates from the settings."""
    given = {"nats_url": wanted.nats_url, "nats_seed_file": wanted.seed_file}
    return connection_options(Settings().model_copy(update=given))


async def _guard(wanted: argparse.Namespace) -> None:
    await Guard(Clock(), GuardMemory(wanted.memory), wanted.wake, wanted).run(_options(wanted))


def main(argv: Sequence[str]) -> None:
    """Guard until the parent ends."""
    wanted = _arguments(argv)
    die_with_parent(signal.SIGKILL, wanted.parent)
    keep_to_oneself()
    logs.configure("guard")
    with suppress(OSError):  # Only some hosts allow it: be served before those that are to be stopped.
        os.setpriority(os.PRIO_PROCESS, 0, _NICE)
    gc.freeze()
    asyncio.run(_guard(wanted))


if __name__ == "__main__":
    main(sys.argv[1:])
