"""What a guard believes of the controls: tables that follow lawfully on one another, signed by who may.

Anything else halts everything, whatever it says: it could only lift halts, and nobody can tell any more who wanted
what. The halts of the table before it stay in force beside that.
"""

import base64
import json
from datetime import datetime

from groundstop.controls.chain import Standing
from groundstop.controls.pauses import PauseBook
from groundstop.events import Halt, KeysPublished
from groundstop.identity.signatures import Keyring
from groundstop.log.pausing import catch_up
from groundstop.log.verified_controls import Believed
from nats.aio.client import Client

from groundstop_guard.state import Newest

DISTRUST = "not-signed"


class ControlVerifier:
    """The controls of one lane and the pauses of tasks, as ``ring`` lets them be believed. Without a ring nobody signs
    in this deployment, and every control is."""

    def __init__(self, ring: Keyring | None, lane: int) -> None:
        self.ring = ring
        self.pauses = PauseBook(ring)
        self._believed = None if ring is None else Believed(None, ring, lane)

    @property
    def wants_keys(self) -> bool:
        """True while a key was met that no list has named: ask for the newest list."""
        return self._believed is not None and (self._believed.doubts or self._believed.keyless)

    def take(self, answer: bytes) -> None:
        """Read the leader's answer to "newest list of keys?". Raises ValueError, KeyError for none."""
        message = json.loads(answer)["message"]
        stored_at = datetime.fromisoformat(message["time"])
        self.take_list(base64.b64decode(message.get("data", "")), stored_at)

    def take_list(self, payload: bytes, stored_at: datetime | None = None) -> None:
        """Take a list of keys over, if the root has signed it. Raises ValueError."""
        if self.ring is None or self._believed is None:
            return
        if self.ring.take(KeysPublished.model_validate_json(payload), stored_at):
            self._believed.doubt_no_more()

    def halts(self, newest: Newest | None) -> tuple[Halt, ...] | None:
        """What is halted after the newest message of the lane; None when more of the log has to be read for that.

        Raises ValueError where nobody signs and it is no control.
        """
        if self._believed is None:
            return () if newest is None else newest.control().halts
        known = self._believed.standing
        if known is not None and (newest is None or newest.seq <= known.seen):
            return halted(known)
        return None

    async def look(self, connection: Client) -> None:
        """Read what is missing of the controls. Raises NoAcknowledgement."""
        if self._believed is not None:
            self._believed.ask_on(connection)
            await self._believed.look()

    async def look_for_pauses(self, connection: Client) -> None:
        """Read what is missing of the pauses. Raises NoAcknowledgement."""
        if self._believed is not None and self._believed.keyless:
            self._believed.ask_on(connection)
            await self._believed.take_keys()
        await catch_up(connection, self.pauses)


def halted(standing: Standing) -> tuple[Halt, ...]:
    """What is halted as things stand."""
    if not standing.why:
        return standing.table.halts
    return (_distrust(standing.why, standing.at), *standing.table.halts)


def _distrust(why: str, at: datetime) -> Halt:
    said = f"the newest control counts for nothing ({why}): halt or resume again to replace it"
    return Halt(control=DISTRUST, scope="all", reason=said[:500], by="guard", at=at)
