"""The table of halts that is believed, kept up to date: what a lane holds, in order, held against what was before it.

A process that starts looks back at the newest few tables, and believes the oldest of those by its signature alone: what
was written before tables named the ones they replace is taken so, and nothing of an upgrade has to be done by hand.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime

from groundstop import subjects
from groundstop.controls.chain import Message, Standing, UnknownSigner, known, taken, voice_of
from groundstop.events import Control, KeysPublished
from groundstop.identity.signatures import BadSignature, Keyring
from groundstop.log import lookup
from groundstop.log.wire import Stored
from nats.aio.client import Client

SIGNED_BACK = 16
"""So many signed tables a process that starts looks back."""
BACK_MAX = 256
"""So many messages of any kind it goes through for them."""


def message_of(stored: Stored) -> Message:
    """What was stored on a lane, decoded."""
    control = None
    with suppress(ValueError):
        control = Control.model_validate_json(stored.payload)
    return Message(stored.seq, datetime.fromtimestamp(stored.time_ns / 1e9, UTC), control)


class Believed:
    """One lane, as far as it is believed by ``ring``."""

    def __init__(self, nc: Client | None, ring: Keyring, lane: int = 0) -> None:
        self._connection = nc
        self._ring = ring
        self._lane = lane
        self._standing: Standing | None = None
        self._doubted: Standing | None = None

    def ask_on(self, nc: Client) -> None:
        """Ask on this connection from now on."""
        self._connection = nc

    @property
    def _nc(self) -> Client:
        assert self._connection is not None, "there is a connection before anything is asked"
        return self._connection

    @property
    def keyless(self) -> bool:
        """True as long as no list of keys was met."""
        return self._ring.number == 0

    @property
    def doubts(self) -> bool:
        """True while the newest message is signed with a key that no list has named so far."""
        return self._doubted is not None

    def doubt_no_more(self) -> None:
        """There is a new list of keys: look again at what was doubted."""
        self._doubted = None

    @property
    def standing(self) -> Standing | None:
        """What was known at the last look; None before the first one."""
        return self._doubted or self._standing

    async def look(self) -> Standing:
        """What is known of the newest message, from the log's leader. Raises NoAcknowledgement."""
        if self.keyless:
            await self.take_keys()
        newest = await lookup.last(self._nc, subjects.control(self._lane))
        if newest is None:
            self._standing = self._standing or Standing()
            return self._standing
        if self._standing is None:
            await self._begin(newest)
        else:
            await self._catch_up(newest.seq)
        standing = self.standing
        assert standing is not None
        return standing

    async def take_keys(self) -> None:
        """Take the newest list of keys over."""
        stored = await lookup.last(self._nc, subjects.KEYS)
        if stored is not None:
            with suppress(ValueError):
                at = datetime.fromtimestamp(stored.time_ns / 1e9, UTC)
                self._ring.take(KeysPublished.model_validate_json(stored.payload), at)

    async def _catch_up(self, until: int) -> None:
        """Everything that was stored on the lane since the last look, in order: a table that was lawful once, put there
        again, is only known by what came between."""
        assert self._standing is not None
        while self._standing.seen < until:
            stored = await lookup.following(self._nc, subjects.control(self._lane), self._standing.seen)
            if stored is None:
                return
            if not await self._take(message_of(stored), stored.seq >= until):
                return

    async def _begin(self, newest: Stored) -> None:
        back = [message_of(newest)]
        while len(back) < BACK_MAX and sum(1 for _ in self._signed(back)) < SIGNED_BACK:
            stored = await lookup.preceding(self._nc, subjects.control(self._lane), back[-1].seq)
            if stored is None:
                self._standing = Standing()
                break
            back.append(message_of(stored))
        if self._standing is None:
            oldest = next(iter(self._signed(reversed(back))), None)
            self._standing = Standing() if oldest is None else known(Standing(), oldest, self._lane, "")
        for message in reversed(back):
            if message.seq > self._standing.seen:
                await self._take(message, message is back[0])

    def _signed(self, messages: Iterable[Message]) -> Iterator[Message]:
        """Those that somebody who may has signed."""
        for message in messages:
            if message.control is not None:
                with suppress(BadSignature):
                    voice_of(self._ring, message.control, message.at)
                    yield message

    async def _take(self, message: Message, newest: bool) -> bool:
        """Take one message in; False when its signer may only have been issued a moment ago: it is looked at again."""
        assert self._standing is not None
        self._doubted = None
        try:
            self._standing = taken(self._ring, self._standing, message, self._lane)
        except UnknownSigner as error:
            await self.take_keys()
            try:
                self._standing = taken(self._ring, self._standing, message, self._lane)
            except UnknownSigner:
                doubted = known(self._standing, message, self._lane, str(error))
                if newest:
                    self._doubted = doubted
                    return False
                self._standing = doubted
        return True
