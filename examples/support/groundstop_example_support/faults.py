"""Faults on request: what the admin endpoint can make the mail server and the payment service do for a while."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from groundstop.clock import Clock

System = Literal["mail", "payments"]
MODES: dict[System, tuple[str, ...]] = {
    # refuse: no connection; busy: "451 try later"; reject: "550"; drop: stored, then the line goes dead before "250".
    "mail": ("ok", "refuse", "busy", "reject", "drop", "slow"),
    # unavailable: 503 and nothing done; lost: refunded, then the line goes dead before the answer.
    "payments": ("ok", "unavailable", "lost", "slow"),
}


@dataclass(frozen=True)
class Fault:
    """``count`` requests, or until ``until`` (monotonic seconds), or for ever when both are None."""

    mode: str = "ok"
    count: int | None = None
    until: float | None = None
    delay_s: float = 0.0
    match: str = ""
    """Only requests about something that contains this text (a recipient, an order)."""


class Faults:
    """The current faults of each system, at most one per ``match``; a narrower one does not end a wider one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._current: dict[System, dict[str, Fault]] = {"mail": {}, "payments": {}}
        self._met: dict[System, int] = {"mail": 0, "payments": 0}

    def put(self, request: Mapping[str, Any]) -> Fault:
        """Set a fault from {system, mode, count?, for_s?, delay_s?, match?}; "ok" ends the one with the same match.

        Raises ValueError naming what is wrong.
        """
        system, mode = request.get("system"), request.get("mode")
        if system not in MODES or mode not in MODES[system]:
            raise ValueError(f"no fault {mode!r} for {system!r}; there are {MODES}")
        for_s = request.get("for_s")
        fault = Fault(
            mode=str(mode),
            count=None if request.get("count") is None else int(request["count"]),
            until=None if for_s is None else self._clock.monotonic() + float(for_s),
            delay_s=float(request.get("delay_s", 0.0)),
            match=str(request.get("match", "")),
        )
        self._current[system].pop(fault.match, None)
        if fault.mode != "ok":
            self._current[system][fault.match] = fault
        self._met[system] = 0
        return fault

    def take(self, system: System, about: str) -> Fault:
        """The fault that a request about ``about`` meets now, if any: uses up one of its count."""
        now = self._clock.monotonic()
        faults = self._current[system]
        for fault in [fault for fault in faults.values() if fault.until is not None and fault.until <= now]:
            del faults[fault.match]
        met = next((fault for match, fault in faults.items() if match in about), None)
        if met is None:
            return Fault()
        self._met[system] += 1
        if met.count is not None:
            faults[met.match] = replace(met, count=met.count - 1)
            if met.count <= 1:
                del faults[met.match]
        return met

    def state(self) -> dict[str, dict[str, Any]]:
        """What is set, and how many requests have met a fault since the last one was set."""
        return {
            system: {"faults": {match: fault.mode for match, fault in faults.items()}, "met": self._met[system]}
            for system, faults in self._current.items()
        }
