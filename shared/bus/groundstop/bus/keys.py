"""Whose signature counts: the published list of keys, followed by everybody who verifies."""

from collections.abc import Callable
from datetime import UTC, datetime

from groundstop import subjects
from groundstop.bus.message import Wait
from groundstop.events import Fact, KeysPublished
from groundstop.identity.signatures import BadSignature, Keyring, signed_by
from groundstop.identity.statements import must_be_signed
from groundstop.log import Log, Stored
from groundstop.log.follow import Follower
from groundstop.vocabulary import Reason
from structlog.typing import FilteringBoundLogger

UNKNOWN_WAIT_S = 0.05
UNKNOWN_TRIES = 40


class Keys:
    """A keyring that follows the log. A list that the root has not signed is passed over with a log line.

    ``ring`` None: nobody signs in this deployment, and everything is believed. What ``log`` reads as facts from here on
    (Log.fact, Log.last_fact) is what this believes.
    """

    def __init__(self, log: Log, ring: Keyring | None, logger: FilteringBoundLogger) -> None:
        self._ring = ring
        self._logger = logger
        self._follower = Follower(log, (subjects.KEYS,), self._take, logger)
        self._told: list[Callable[[], None]] = []
        log.belief = self

    @property
    def problem(self) -> str:
        """Why facts are accepted that nobody has signed, for ``groundstop status``."""
        if self._ring is None or self._ring.since is not None:
            return ""
        return "no list of keys names a classifier: what it and others say is accepted unsigned until one is published"

    async def start(self) -> None:
        """Take what was published so far, then follow."""
        if self._ring is not None:
            await self._follower.start()

    async def stop(self) -> None:
        """Stop following."""
        await self._follower.stop()

    def _take(self, stored: Stored) -> None:
        if self._ring is None:
            return
        listed = KeysPublished.model_validate_json(stored.payload)
        if self._ring.take(listed, _time(stored.time_ns)):
            self._logger.info("keys_in_force", number=listed.number, keys=len(listed.keys))
            for told in self._told:
                told()
        elif listed.number > self._ring.number:
            raise BadSignature(Reason.BAD_SIGNATURE, "the root has not signed this list of keys")

    def listen(self, told: Callable[[], None]) -> None:
        """Have ``told`` called after every list that is taken."""
        self._told.append(told)

    def ended(self, name: str, now: datetime) -> bool:
        """True for somebody who signed once and whose keys have all ended."""
        return self._ring is not None and self._ring.ended(name, now)

    def believe(self, fact: Fact, stored_ns: int) -> None:
        """Raise BadSignature for a fact that is acted upon and that nobody who may has said."""
        if self._ring is not None and must_be_signed(fact):
            self._ring.check(fact, _time(stored_ns))

    def check(self, fact: Fact, stored_ns: int, tries: int) -> None:
        """The same for a message that comes again, which was delivered ``tries`` times.

        A key that nobody has heard of may have been issued a moment ago: it is waited for (Wait), but not for ever.
        """
        if self._ring is not None and tries < UNKNOWN_TRIES and must_be_signed(fact):
            key = signed_by(fact)
            if key and not self._ring.knows(key):
                raise Wait(UNKNOWN_WAIT_S)
        self.believe(fact, stored_ns)


def _time(stored_ns: int) -> datetime:
    return datetime.fromtimestamp(stored_ns / 1e9, UTC)
