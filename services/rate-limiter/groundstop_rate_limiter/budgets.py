"""Budgets: how much of something was used up in the current window. State is two totals each, folded from the log.

What calls draw when they are admitted, and what they are reported to have cost afterwards. They are kept apart: the
first is written into each admission as a total, so that folding it twice changes nothing; the second is a sum of facts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from groundstop.events import Charge
from groundstop.policy import Budget

PREFIX = "budget|"


@dataclass(frozen=True, slots=True)
class Exhausted:
    """A budget that the call would overdraw, and when its next window begins."""

    limit: Budget
    bucket: str
    retry_after_s: float


@dataclass(frozen=True, slots=True)
class Draw:
    """What one call wants of one budget. ``owner`` tells whose budget it is."""

    budget: Budget
    owner: str
    amount: float


class Budgets:
    """Totals by budget, owner and window. Windows are aligned: they begin at multiples of their length since 1970."""

    def __init__(self) -> None:
        self._totals: dict[str, float] = {}
        self._reported: dict[str, float] = {}

    def charge(self, draws: Sequence[Draw], now: float) -> tuple[Charge, ...] | Exhausted:
        """Draw on all of them or on none. A call is never split: it fits what is left, or has to wait."""
        for draw in draws:
            bucket = _bucket(draw, now)
            used = self._totals.get(bucket, 0.0) + self._reported.get(bucket, 0.0)
            if _overdraws(draw, used):
                return Exhausted(draw.budget, bucket, draw.budget.window_s - now % draw.budget.window_s)
        charges = []
        for draw in draws:
            bucket = _bucket(draw, now)
            total = self._totals[bucket] = self._totals.get(bucket, 0.0) + draw.amount
            charges.append(Charge(bucket=bucket, tat=total))
        return tuple(charges)

    def report(self, draws: Iterable[Draw], at: float) -> None:
        """Add what a call has cost, as it was reported at the time ``at``; each report once."""
        for draw in draws:
            bucket = _bucket(draw, at)
            self._reported[bucket] = self._reported.get(bucket, 0.0) + draw.amount

    def remember(self, charges: Iterable[Charge]) -> None:
        """Fold one recorded admission in: totals only grow within a window."""
        for charge in charges:
            if charge.bucket.startswith(PREFIX):
                self._totals[charge.bucket] = max(self._totals.get(charge.bucket, 0.0), charge.tat)

    def forget_before(self, now: float) -> None:
        """Drop the windows that are over."""
        self._totals = {bucket: total for bucket, total in self._totals.items() if _end_of(bucket) > now}
        self._reported = {bucket: total for bucket, total in self._reported.items() if _end_of(bucket) > now}


def _overdraws(draw: Draw, used: float) -> bool:
    """What is only known afterwards may be overdrawn by what runs; it is refused once everything is spent."""
    if draw.budget.afterwards:
        return used >= draw.budget.amount
    return used + draw.amount > draw.budget.amount + 1e-9


def _bucket(draw: Draw, now: float) -> str:
    window_s = draw.budget.window_s
    return f"{PREFIX}{draw.budget.name}|{draw.owner}|{int(now // window_s)}|{window_s:g}"


def _end_of(bucket: str) -> float:
    number, window_s = bucket.rsplit("|", 2)[1:]
    return (int(number) + 1) * float(window_s)
