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
    """The current fault of each system."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._current: dict[System, Fault] = {"mail": Fault(), "payments": Fault()}
        self._met: dict[System, int] = {"mail": 0, "payments": 0}

    def put(self, request: Mapping[str, Any]) -> Fault:
        """Set a fault from {system, mode, count?, for_s?, delay_s?, match?}. Raises ValueError naming what is wrong."""
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
        self._current[system], self._met[system] = fault, 0
        return fault

    def take(self, system: System, about: str) -> Fault:
        """The fault that a request about ``about`` meets now, if any: uses up one of its count."""
        fault = self._current[system]
        if fault.until is not None and self._clock.monotonic() >= fault.until:
            fault = self._current[system] = Fault()
        if fault.mode == "ok" or fault.match not in about:
            return Fault()
        self._met[system] += 1
        if fault.count is not None:
            left = fault.count - 1
            self._current[system] = replace(fault, count=left) if left > 0 else Fault()
        return fault

    def state(self) -> dict[str, dict[str, Any]]:
        """What is set, and how many requests the last fault that was set has met."""
        return {name: {"mode": fault.mode, "met": self._met[name]} for name, fault in self._current.items()}
