"""One process at a time: which of several pullers of a durable the server hands messages to.

The server pins the first one that asks and names the pin in each message; who orders with that name keeps it. When the
pinned process has not ordered for ``PIN_S`` the next one that waits is pinned. A process that was stopped meanwhile
learns of it only when it runs again: silence for longer than ``SILENCE_S`` therefore counts as a pin lost, and what it
finds in its socket then is handed back unread.
"""

from collections.abc import Callable
from typing import Any

from groundstop.log.inbound import header

PIN_S = 1.5
EXPIRES_S = 1.0
HEARTBEAT_S = 0.4
SILENCE_S = 1.0
WRONG_PIN = "423"

_GROUP = "active"
_HEADER = "Nats-Pin-Id"
CONSUMER: dict[str, Any] = {
    "priority_policy": "pinned_client",
    "priority_groups": [_GROUP],
    "priority_timeout": int(PIN_S * 1e9),
}
"""What a durable's configuration says when only one process at a time may have it."""


class ExclusiveConsumer:
    """This process's pin. ``changed`` is called with True before the first message under it, with False after it."""

    def __init__(self, changed: Callable[[bool], None]) -> None:
        self._changed = changed
        self._id = ""
        self._spent: str | None = None

    def order(self) -> dict[str, str]:
        """What an order says of it."""
        return {"group": _GROUP, "id": self._id} if self._id else {"group": _GROUP}

    def takes(self, headers: bytes) -> bool:
        """Whether a message is ours to handle: it came under the pin that we have, or under a new one."""
        if self._id and self._id.encode() in headers:
            return True
        named = header(headers, _HEADER)
        if named == self._spent:
            return False
        self._id = named
        self._changed(True)
        return True

    def lost(self) -> None:
        """Somebody else may have it by now: what still comes under it is not ours."""
        if self._id:
            self._spent, self._id = self._id, ""
            self._changed(False)
