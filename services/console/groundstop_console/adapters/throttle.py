"""Limits on attempts to sign in. Nobody is locked out by what others do from elsewhere: a name alone is never a key."""

from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from groundstop.clock import Clock

KEYS_MAX = 10_000
HOUSE_BITS = 64
"""Of an IPv6 address: what a provider gives to one customer, who may take any address in it."""


def place_of(address: str) -> str:
    """Whose an address is: itself, or its network where one customer has very many. What is none stays as it is."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if parsed.version == 4:
        return str(parsed)
    return str(parsed.ipv4_mapped or ip_network(f"{parsed}/{HOUSE_BITS}", strict=False))


class Throttle:
    """At most ``attempts`` tries per key within ``window_s``."""

    def __init__(self, clock: Clock, attempts: int, window_s: float) -> None:
        self._clock = clock
        self._attempts = attempts
        self._window_s = window_s
        self._tries: dict[str, list[float]] = {}

    def wait_s(self, key: str) -> float:
        """Seconds until another attempt is heard; 0 when it is now."""
        recent = self._recent(key)
        return 0.0 if len(recent) < self._attempts else recent[0] + self._window_s - self._clock.monotonic()

    def tried(self, key: str) -> None:
        """Count an attempt."""
        recent = self._recent(key)
        self._tries.pop(key, None)
        if len(self._tries) >= KEYS_MAX:
            self._tries.pop(next(iter(self._tries)))
        self._tries[key] = [*recent, self._clock.monotonic()][-self._attempts :]

    def forgive(self, key: str) -> None:
        """Take the last attempt back: it was a good one."""
        if tries := self._tries.get(key):
            tries.pop()

    def _recent(self, key: str) -> list[float]:
        since = self._clock.monotonic() - self._window_s
        return [at for at in self._tries.get(key, ()) if at > since]


@dataclass(frozen=True, slots=True)
class _Failures:
    count: int
    last: float


class Backoff:
    """``free`` failures per key cost nothing; after each further one the wait is twice as long, up to ``longest_s``.

    A success forgets them, and so does ``longest_s`` without a failure after the wait.
    """

    def __init__(self, clock: Clock, free: int, first_s: float, longest_s: float) -> None:
        self._clock = clock
        self._free = free
        self._first_s = first_s
        self._longest_s = longest_s
        self._failures: dict[str, _Failures] = {}

    def wait_s(self, key: str) -> float:
        """Seconds until another attempt is heard; 0 when it is now."""
        found = self._failures.get(key)
        return 0.0 if found is None else max(0.0, found.last + self._pause(found.count) - self._clock.monotonic())

    def failed(self, key: str) -> None:
        """Count a failure."""
        found, now = self._failures.pop(key, None), self._clock.monotonic()
        old = found is None or now - found.last > self._pause(found.count) + self._longest_s
        if len(self._failures) >= KEYS_MAX:
            self._failures.pop(next(iter(self._failures)))
        self._failures[key] = _Failures(1 if old or found is None else found.count + 1, now)

    def succeeded(self, key: str) -> None:
        """Forget the failures."""
        self._failures.pop(key, None)

    def _pause(self, count: int) -> float:
        over = count - self._free
        return 0.0 if over < 0 else min(self._longest_s, self._first_s * 2.0 ** min(over, 32))
