"""A limit on attempts to sign in: per name and per address, so that neither guessing nor locking others out pays."""

from groundstop.clock import Clock

KEYS_MAX = 10_000


class Throttle:
    """At most ``attempts`` failures per key within ``window_s``; a success clears the key."""

    def __init__(self, clock: Clock, attempts: int, window_s: float) -> None:
        self._clock = clock
        self._attempts = attempts
        self._window_s = window_s
        self._failures: dict[str, list[float]] = {}

    def wait_s(self, key: str) -> float:
        """Seconds until another attempt is heard; 0 when it is now."""
        recent = self._recent(key)
        return 0.0 if len(recent) < self._attempts else recent[0] + self._window_s - self._clock.monotonic()

    def failed(self, key: str) -> None:
        """Count a failure."""
        if len(self._failures) >= KEYS_MAX and key not in self._failures:
            self._failures.pop(next(iter(self._failures)))
        self._failures[key] = [*self._recent(key), self._clock.monotonic()][-self._attempts :]

    def succeeded(self, key: str) -> None:
        """Forget the failures."""
        self._failures.pop(key, None)

    def _recent(self, key: str) -> list[float]:
        since = self._clock.monotonic() - self._window_s
        return [at for at in self._failures.get(key, ()) if at > since]
