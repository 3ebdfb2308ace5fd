"""Which controls a guard believes: a table that nobody who may has signed halts everything, whatever it says.

Forged, it could only lift halts; and nobody can tell any more what was halted before it.
"""

import base64
import json
from datetime import datetime

from groundstop.events import Control, Halt, KeysPublished
from groundstop.identity.signatures import BadSignature, Keyring
from groundstop.words import Reason

DISTRUST = "not-signed"


class Belief:
    """The keyring of a guard. Without a root nobody signs in this deployment, and every control is believed."""

    def __init__(self, ring: Keyring | None) -> None:
        self._ring = ring
        self.wants_keys = ring is not None
        """True while a key was met that no list has named: ask for the newest list."""

    def take(self, answer: bytes) -> None:
        """Read the leader's answer to "newest list of keys?". Raises ValueError, KeyError for none."""
        self.take_list(base64.b64decode(json.loads(answer)["message"].get("data", "")))

    def take_list(self, payload: bytes) -> None:
        """Take a list of keys over, if the root has signed it. Raises ValueError."""
        if self._ring is not None:
            self._ring.take(KeysPublished.model_validate_json(payload))
            self.wants_keys = self._ring.number == 0

    def halts(self, control: Control, stored_at: datetime) -> tuple[Halt, ...]:
        """What is halted after a control that the log holds."""
        if self._ring is None:
            return control.halts
        try:
            self._ring.check(control, stored_at)
        except BadSignature as error:
            self.wants_keys = self.wants_keys or error.reason is Reason.UNKNOWN_SIGNER
            return (_distrust(control, str(error)), *control.halts)
        return control.halts


def _distrust(control: Control, why: str) -> Halt:
    said = f"the newest control counts for nothing ({why}): halt or resume again to replace it"
    return Halt(control=DISTRUST, scope="all", reason=said[:500], by="guard", at=control.at)
