"""Whose signature counts: the published list of keys, followed by everybody who verifies."""

from datetime import UTC, datetime

from structlog.typing import FilteringBoundLogger

from groundstop import subjects
from groundstop.bus.message import Wait
from groundstop.events import Fact, KeysPublished, SignerKey
from groundstop.identity.signatures import Keyring, signed_by
from groundstop.log import Log, Stored
from groundstop.log.follow import Follower

UNKNOWN_WAIT_S = 0.05
UNKNOWN_TRIES = 40


class Keys:
    """A keyring that follows the log. A list that the root has not signed is passed over with a log line."""

    def __init__(self, log: Log, ring: Keyring, logger: FilteringBoundLogger) -> None:
        self._ring = ring
        self._logger = logger
        self._follower = Follower(log, (subjects.KEYS,), self._take, logger)

    async def start(self) -> None:
        """Take what was published so far, then follow."""
        await self._follower.start()

    async def stop(self) -> None:
        """Stop following."""
        await self._follower.stop()

    def _take(self, stored: Stored) -> None:
        try:
            listed = KeysPublished.model_validate_json(stored.payload)
        except ValueError as error:
            self._logger.error("keys_refused", seq=stored.seq, error=str(error)[:500])
            return
        if self._ring.take(listed):
            self._logger.info("keys_in_force", number=listed.number, keys=len(listed.keys))
        elif listed.number > self._ring.number:
            self._logger.error("keys_refused", seq=stored.seq, error="the root has not signed this list")

    def check(self, fact: Fact, stored_ns: int, tries: int) -> SignerKey:
        """Who signed a fact that was stored at ``stored_ns``; see Keyring.check.

        A key that nobody has heard of may have been issued a moment ago: it is waited for (Wait), but not for ever.
        """
        key = signed_by(fact)
        if key and not self._ring.knows(key) and tries < UNKNOWN_TRIES:
            raise Wait(UNKNOWN_WAIT_S)
        return self._ring.check(fact, datetime.fromtimestamp(stored_ns / 1e9, UTC))
