"""The control store: every change of the table of halts goes through it, and is held against the table in force.

Whoever asks has made and signed the whole table; the store checks and writes it. Services that halt by themselves use
it in their own process, in the same way.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from groundstop import subjects
from groundstop.clock import Clock
from groundstop.controls.capacity import no_room
from groundstop.controls.chain import Standing, Table, UnknownSigner, kept_strangers, not_asked, voice_of
from groundstop.controls.rules import LIFTS, SPEAKS_FOR_ITSELF, Voice, unlawful
from groundstop.errors import GroundstopError, NotAllowed, Refused
from groundstop.events import Control, Halt
from groundstop.identity.signatures import BadSignature, Keyring
from groundstop.log.lanes import Controls, all_lanes, read_controls, write
from groundstop.log.verified_controls import Believed
from groundstop.log.wire import BATCHES_IN_FLIGHT, CHECK_IN_PROCESS
from nats.aio.client import Client

CHANGED_S_MAX = 20.0
CHANGED_JITTER_S, CHANGED_JITTER_S_MAX = 0.01, 0.5
COLLIDED_S_MAX = 20.0
COLLIDED_JITTER_S = 0.01

Change = Callable[[tuple[Halt, ...], int], Control]
"""The halts in force and the sequence of their table -> the control that replaces it."""


class ChangedMeanwhile(GroundstopError):
    """The table that was to be replaced is not the one in force, which comes with it."""

    def __init__(self, seq: int, halts: tuple[Halt, ...]) -> None:
        super().__init__(f"the controls changed meanwhile: the table in force is at {seq}")
        self.seq = seq
        self.halts = halts


class Unverified(NotAllowed):
    """What was written last is believed by nobody: only people may replace it."""


@dataclass(frozen=True, slots=True)
class InForce:
    """What the next table replaces: ``standing`` is what it is made from, ``newest`` what lies on the lanes."""

    standing: Standing
    newest: Controls = field(default_factory=lambda: Controls(0))

    @property
    def table(self) -> Table:
        return self.standing.table


class ControlStore:
    """Reads, checks and writes controls on one connection. ``ring``: None where nobody signs."""

    def __init__(self, nc: Client, clock: Clock, ring: Keyring | None) -> None:
        self._nc = nc
        self._clock = clock
        self._ring = ring
        self._believed = None if ring is None else Believed(nc, ring)
        self._turn = asyncio.Lock()

    async def in_force(self) -> InForce:
        """The table that the next one replaces. Raises NoAcknowledgement."""
        async with self._turn:
            return await self._in_force()

    async def _in_force(self, *, thorough: bool = False) -> InForce:
        """``thorough``: with a look at each lane, since one of them may have been written to alone."""
        if self._believed is None:
            return await self._at_their_word(thorough)
        standing = await self._believed.look()
        if not thorough:
            return InForce(standing, Controls(standing.seen))
        lanes = await all_lanes(self._nc)
        if lanes.newest[0] != standing.seen:  # written meanwhile: look again
            return await self._in_force()
        return InForce(_with_other_lanes(standing, lanes), lanes)

    async def _at_their_word(self, thorough: bool) -> InForce:
        """Where nobody signs, the newest table is the one in force, and what lies on other lanes alone is kept."""
        found = await read_controls(self._nc)
        standing = Standing(Table(found.epoch, found.halts, found.control), found.epoch)
        if not thorough:
            return InForce(standing, found)
        lanes = await all_lanes(self._nc)
        return InForce(replace(standing, strangers=kept_strangers(found.halts, lanes.halts)), lanes)

    async def put(self, control: Control, name: str = "", role: str = "") -> tuple[Control, int]:
        """Write what somebody signed; the control and its sequence on the last lane.

        ``name`` and ``role`` are those of who asks. Raises ChangedMeanwhile, NotAllowed with the reason, and
        NoAcknowledgement when it is not known whether it is stored: asked again it is not written twice.
        """
        voice = await self._voice(control)
        if voice is not None and not _is_theirs(voice, name, role):
            raise NotAllowed(f"{name} ({role}) asks for what {voice.name} ({voice.role}) has signed")
        return await self._put(control, voice)

    async def change(self, change: Change, sign: Callable[[Control], Control]) -> tuple[Control, int]:
        """Make, sign and write the control that ``change`` returns; made anew when somebody else was faster.

        Raises NotAllowed for what may not be, Unverified while nobody can tell what is halted.
        """
        tries, began = 0, self._clock.monotonic()
        while True:
            found = await self.in_force()
            control = sign(change(found.standing.halts, found.table.seq))
            try:
                return await self._put(control, await self._voice(control))
            except ChangedMeanwhile:
                if self._clock.monotonic() - began > CHANGED_S_MAX:
                    raise
            tries += 1
            limit_s = min(CHANGED_JITTER_S_MAX, CHANGED_JITTER_S * 2 ** min(tries, 6))
            await self._clock.sleep(self._clock.jitter(limit_s))

    async def _voice(self, control: Control) -> Voice | None:
        """Whose signature it bears, None where nobody signs. Raises NotAllowed."""
        if self._ring is None or self._believed is None:
            return None
        try:
            try:
                return voice_of(self._ring, control, self._clock())
            except UnknownSigner:  # issued a moment ago, perhaps
                await self._believed.take_keys()
                return voice_of(self._ring, control, self._clock())
        except BadSignature as error:
            raise NotAllowed(str(error)) from error

    async def _put(self, control: Control, voice: Voice | None) -> tuple[Control, int]:
        """One at a time, so that of a crowd only one writes, and the others are told of it without a race."""
        async with self._turn:
            return await self._in_turn(control, voice)

    async def _in_turn(self, control: Control, voice: Voice | None) -> tuple[Control, int]:
        began = self._clock.monotonic()
        found, thorough = await self._in_force(), False
        while True:
            if _same(found.table.control, control):
                return control, found.table.seq + subjects.LANES - 1
            self._check(found.standing, control, voice)
            try:
                seq = await write(self._nc, control, found.newest)
            except Refused as error:
                # In a replicated log a batch collides with claims that are being checked on the same lanes.
                late = self._clock.monotonic() - began > COLLIDED_S_MAX
                if late or error.code not in (CHECK_IN_PROCESS, BATCHES_IN_FLIGHT):
                    raise
                await self._clock.sleep(self._clock.jitter(COLLIDED_JITTER_S))
                continue
            if seq is not None:
                return control, seq
            if thorough:
                raise ChangedMeanwhile(found.table.seq, found.standing.halts)
            before, found = found, await self._in_force()
            if found.standing == before.standing:  # nobody was faster: one lane alone was written to
                found, thorough = await self._in_force(thorough=True), True

    def _check(self, standing: Standing, control: Control, voice: Voice | None) -> None:
        """Raise unless ``control`` may replace what is in force."""
        if standing.why and voice is not None and voice.role not in LIFTS:
            raise Unverified(f"the newest table of halts is believed by nobody ({standing.why}): a person replaces it")
        named = {halt.control for halt in control.halts}
        if control.replaces != standing.table.seq or any(one.control not in named for one in standing.strangers):
            raise ChangedMeanwhile(standing.table.seq, standing.halts)
        why = unlawful(standing.table.halts, control, voice, self._not_asked)
        if why := why or no_room(standing.table.halts, control.halts, voice.role if voice else ""):
            raise NotAllowed(why)

    def _not_asked(self, halt: Halt) -> str:
        return "" if self._ring is None else not_asked(self._ring, halt, self._clock())


def _is_theirs(voice: Voice, name: str, role: str) -> bool:
    """Whether who asks has signed it themselves; an owner asks in anybody's name."""
    return role == voice.role and (role not in SPEAKS_FOR_ITSELF or name == voice.name)


def _with_other_lanes(standing: Standing, lanes: Controls) -> Standing:
    """What lies on other lanes alone is believed by nobody, and what it halts is kept."""
    usual = all(seq == lanes.newest[0] + lane for lane, seq in enumerate(lanes.newest)) or not lanes.newest[0]
    if usual:
        return standing
    strangers = kept_strangers(standing.table.halts, (*standing.strangers, *lanes.halts))
    return replace(standing, why=standing.why or "a lane was written to alone", strangers=strangers)


def _same(stored: Control | None, control: Control) -> bool:
    """True for the control itself: what was asked twice was stored once."""
    return stored is not None and stored.model_copy(update={"lane": control.lane}) == control
