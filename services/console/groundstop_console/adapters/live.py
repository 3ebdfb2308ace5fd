"""What pages need at once: the newest intents, the controls, who is alive. A fold over the log in bounded memory."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import nats.errors
import orjson
from groundstop import subjects
from groundstop.beats import beat_of
from groundstop.clock import Clock
from groundstop.errors import GroundstopError
from groundstop.events import Control, ExecutorHalted, Halt
from groundstop.log import Stored
from groundstop.log.lookup import api
from groundstop.loops import supervised_task
from nats.aio.msg import Msg
from structlog.typing import FilteringBoundLogger

from groundstop_console.adapters.bus import Bus
from groundstop_console.adapters.fanout import Fanout
from groundstop_console.domain.aside import WHO, Aside, agrees
from groundstop_console.domain.intent_view import Row, folded

INTENTS_MAX = 5_000
ARGUMENTS_BYTES_MAX = 8_192
"""Of a fact that is larger no arguments are kept: 5,000 intents must not fill the memory."""
LOOK_BACK = 40_000
"""How many messages of the log are read at start: eight facts for each of INTENTS_MAX intents."""
CONTROLS_MAX = 100
BEATS_MAX = 1_000
NAME_CHARS_MAX = 100
FRESH_S = 2.0
BATCH = 512
STOP_TRIES = 5
STOP_WAIT_S = 0.3
FOLLOWED = (
    "gs.intent.>",
    "gs.case.>",
    "gs.execution.>",
    "gs.outcome.>",
    subjects.control(0),
    "gs.executor.halted.>",
)
TOPIC_OF = {"case": "cases", "intent": "intents", "execution": "intents", "outcome": "intents"}


Key = tuple[str, str]
"""Tenant and intent: two tenants' agents may choose one id."""


class Live:
    """Follows the log; tells the fan-out which topics have changed."""

    def __init__(self, bus: Bus, fanout: Fanout, clock: Clock, logger: FilteringBoundLogger) -> None:
        self._bus = bus
        self._fanout = fanout
        self._clock = clock
        self._logger = logger
        self._rows: OrderedDict[Key, Row] = OrderedDict()
        self._running: dict[Key, None] = {}
        self._beats: dict[str, tuple[float, dict[str, int]]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._control_seq = 0
        self.halts: tuple[Halt, ...] = ()
        self.controls: deque[Control] = deque(maxlen=CONTROLS_MAX)
        self.reports: OrderedDict[str, list[ExecutorHalted]] = OrderedDict()
        self.caught_up = False
        self.aside = Aside()

    async def start(self) -> None:
        """Begin to follow, in the background: pages can be seen before there is a bus."""
        self._bus.changed = lambda: self._fanout.tell("bus")
        self._tasks = [
            supervised_task(self._follow(), "follow", self._logger),
            supervised_task(self._watch_roster(), "roster", self._logger),
        ]

    async def stop(self) -> None:
        """Stop following."""
        for _ in range(STOP_TRIES):
            for task in self._tasks:
                task.cancel()  # a client that is just connecting may swallow one
            if self._tasks and (await asyncio.wait(self._tasks, timeout=STOP_WAIT_S))[1]:
                continue
            return

    async def _follow(self) -> None:
        await self._bus.start()
        await self._bus.nc.subscribe(subjects.BEATS, cb=self._beat)
        while True:
            try:
                await self._read()
            except (GroundstopError, nats.errors.Error, OSError) as error:
                self._logger.warning("follow_again", error=repr(error))
                await self._clock.sleep(0.5)

    async def _read(self) -> None:
        info = await api(self._bus.nc, f"STREAM.INFO.{subjects.STREAM}")
        begin = max(1, int(info["state"]["last_seq"]) - LOOK_BACK)
        if newest := await self._bus.log.last(subjects.control(0)):
            self.take(newest)
        async with self._bus.log.read(begin, FOLLOWED) as reader:
            while True:
                batch = await reader.batch(BATCH, 0.1)
                for stored in batch:
                    self.take(stored)
                if not self.caught_up and not reader.pending and len(batch) < BATCH:
                    self.caught_up = True
                    self._logger.info("caught_up", intents=len(self._rows))
                    self._fanout.tell("cases", "intents", "controls")

    def take(self, stored: Stored) -> None:
        """Fold one message in; what cannot be read is logged, counted and left out."""
        try:
            self.apply(stored)
        except Exception as error:  # a fold that ended by one message would end by it again at every start
            self.aside.put(stored)
            self._logger.error("fact_set_aside", seq=stored.seq, subject=stored.subject[:200], error=repr(error)[:500])

    def apply(self, stored: Stored) -> None:
        """Fold one fact in. Raises what its decoding raises."""
        family, _, rest = stored.subject.removeprefix("gs.").partition(".")
        if family == "control":
            self._control(Control.model_validate_json(stored.payload), stored.seq)
        elif family == "executor":
            self._report(ExecutorHalted.model_validate_json(stored.payload))
        else:
            kind = "outcome" if family == "outcome" else f"{family}.{rest.partition('.')[0]}"
            tenant = self._intent(kind, stored)
            self._fanout.tell(TOPIC_OF.get(family, "intents"), tenant=tenant)

    def _intent(self, kind: str, stored: Stored) -> str:
        """Fold a fact about an intent in; returns its tenant."""
        fact = orjson.loads(stored.payload)
        address = agrees(stored.subject, fact)
        key = (address.tenant, address.intent)
        at = datetime.fromtimestamp(stored.time_ns / 1e9, UTC)
        row = folded(self._rows.get(key), kind, fact | {name: getattr(address, name) for name in WHO}, at)
        if row is None:
            return address.tenant
        if len(stored.payload) > ARGUMENTS_BYTES_MAX:
            row = replace(row, arguments={})
        self._rows[key] = row
        self._flight(key, kind)
        if len(self._rows) > INTENTS_MAX:
            gone, _ = self._rows.popitem(last=False)
            self._running.pop(gone, None)
        return address.tenant

    def _flight(self, key: Key, kind: str) -> None:
        if kind == "execution.started":
            self._running[key] = None
        elif kind in ("execution.failed", "outcome"):
            self._running.pop(key, None)
        else:
            return
        self._fanout.tell("flights", tenant=key[0])

    def _control(self, control: Control, seq: int) -> None:
        """The newest one is read first, and again in its place: it says what holds, older ones only what was."""
        known = [one for one in self.controls if one.id != control.id]
        self.controls = deque([control, *known], CONTROLS_MAX)
        if seq >= self._control_seq:
            self._control_seq, self.halts = seq, control.halts
        self._fanout.tell("controls")

    def _report(self, report: ExecutorHalted) -> None:
        reports = self.reports.setdefault(report.control, [])
        if all(known.executor != report.executor for known in reports):
            reports.append(report)
        while len(self.reports) > CONTROLS_MAX:
            self.reports.popitem(last=False)
        self._fanout.tell("controls")

    async def _beat(self, message: Msg) -> None:
        beat = beat_of(message.subject, message.data)
        if beat is None:
            return
        executor = beat["executor"][:NAME_CHARS_MAX]
        counts = {name: beat[name] for name in ("in_flight", "halted_scopes_count")}
        if executor not in self._beats:
            self._fanout.tell("roster")
        self._beats[executor] = (self._clock.monotonic(), counts)
        while len(self._beats) > BEATS_MAX:
            del self._beats[next(iter(self._beats))]

    async def _watch_roster(self) -> None:
        """Tell when an executor falls silent; forget it after a while."""
        alive: set[str] = set()
        while True:
            await self._clock.sleep(1.0)
            now = self._clock.monotonic()
            for executor in [name for name, (heard, _) in self._beats.items() if now - heard > 60 * FRESH_S]:
                del self._beats[executor]
            fresh = {name for name, (heard, _) in self._beats.items() if now - heard < FRESH_S}
            if fresh != alive:
                alive = fresh
                self._fanout.tell("roster")

    def roster(self) -> list[dict[str, Any]]:
        """Executors by name: seconds since the last beat, whether it is fresh, calls in flight, halts not heard of."""
        now = self._clock.monotonic()
        return [
            {
                "executor": name,
                "age_s": now - heard,
                "fresh": now - heard < FRESH_S,
                "in_flight": beat["in_flight"],
                "behind": max(0, len(self.halts) - beat["halted_scopes_count"]),
            }
            for name, (heard, beat) in sorted(self._beats.items())
        ]

    def newest(self) -> Iterator[Row]:
        """The intents that are remembered, the newest first."""
        return iter(list(reversed(self._rows.values())))

    def in_flight(self) -> list[Row]:
        """What executors are running now, the oldest first."""
        return [self._rows[key] for key in self._running if key in self._rows]
