"""What was certainly never metered: told by the order of the log, since the server's count forgets with the server."""

from groundstop.bus.message import Delivery
from groundstop.log import Log, stream


class Metered:
    """How far into the log intents were metered. First deliveries come in the order of the log.

    Real world: after kill -9 the server counts the deliveries of the last moments from one again. Metered a second
    time, an intent that found its bucket empty then would be cleared and throttled at once.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._newest = 0

    async def start(self) -> None:
        """What is in the log already may have been metered by a process before this one."""
        self._newest = int((await stream.state(self._log.nc))["last_seq"])

    async def stop(self) -> None:
        """Nothing to end."""

    def is_new(self, delivery: Delivery) -> bool:
        """True when the log need not be asked. Ask once per delivery: the answer is noted."""
        new = delivery.tries == 1 and delivery.seq > self._newest
        self._newest = max(self._newest, delivery.seq)
        return new
