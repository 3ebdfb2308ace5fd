"""Who knocks, and how often: the limits of everything that can be asked without a session."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from groundstop.clock import Clock
from groundstop.errors import RequestFailed

from groundstop_console.adapters.throttle import Backoff, Throttle

FREE = 5
FIRST_S = 60.0
LONGEST_S = 900.0
ADDRESS_TRIES = 30
ADDRESS_WINDOW_S = 60.0
AT_ONCE = 2
"""Passwords are hashed two at a time: each takes 64 MB and tens of milliseconds."""
WAITING_MAX = 50
T = TypeVar("T")


class Busy(RequestFailed):
    """More people knock at this moment than can be looked at."""

    def __init__(self) -> None:
        super().__init__("unavailable", "Too many people are signing in at this moment. Try again in a few seconds.")


class SignInLimits:
    """Failures lock a name as it is tried from one address, ever longer; an address is heard so often a minute."""

    def __init__(self, clock: Clock) -> None:
        self._names = Backoff(clock, FREE, FIRST_S, LONGEST_S)
        self._addresses = Throttle(clock, ADDRESS_TRIES, ADDRESS_WINDOW_S)
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    def wait_s(self, name: str, place: str) -> float:
        """Seconds until ``name`` is heard from ``place`` again; 0 when it is now."""
        return max(self._names.wait_s(f"{name} {place}"), self._addresses.wait_s(place))

    def knocked(self, name: str, place: str) -> None:
        """An attempt, counted before it is looked at: attempts at the same moment count, too."""
        self._names.failed(f"{name} {place}")
        self._addresses.tried(place)

    def opened(self, name: str, place: str) -> None:
        """It was a good one."""
        self._names.succeeded(f"{name} {place}")
        self._addresses.forgive(place)

    def passing(self, place: str) -> bool:
        """Count somebody who goes on to a provider. False: too often from there."""
        if self._addresses.wait_s(place) > 0:
            return False
        self._addresses.tried(place)
        return True

    async def hashing(self, work: Callable[..., T], *arguments: str) -> T:
        """The result of slow work with a password, done beside the loop. Raises Busy."""
        if self._waiting >= WAITING_MAX:
            raise Busy
        self._waiting += 1
        try:
            async with self._at_once:
                return await asyncio.to_thread(work, *arguments)
        finally:
            self._waiting -= 1
