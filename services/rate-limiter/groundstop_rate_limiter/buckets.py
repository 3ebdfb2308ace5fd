"""GCRA buckets: state is one number each, the theoretical arrival time, and folds out of the log."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from groundstop.events import Charge
from groundstop.policy import Limit

from groundstop_rate_limiter.budgets import PREFIX

RESOLUTION_S = 1e-6
"""What wall clocks tell apart; each charge rounds a float of seconds since 1970 by up to 1.2e-7."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call may not pass now: the first limit without room, and when it will have some."""

    limit: Limit
    bucket: str
    retry_after_s: float


class Buckets:
    """Theoretical arrival times by bucket, seconds since 1970.

    GCRA, the virtual scheduling algorithm of ITU-T I.371 annex A: a call at ``now`` passes when the bucket's arrival
    time is at most ``tolerance_s`` ahead, and moves it by ``interval_s``.
    """

    def __init__(self) -> None:
        self._arrivals: dict[str, float] = {}

    def refusal(self, wanted: Sequence[tuple[Limit, str]], now: float) -> Refusal | None:
        """The first of ``wanted`` (limit and bucket name) without room at ``now``, None when all have some."""
        for limit, bucket in wanted:
            ahead = self._arrivals.get(bucket, now) - now
            if ahead > limit.tolerance_s + min(RESOLUTION_S * limit.burst, limit.interval_s / 2):
                return Refusal(limit, bucket, ahead - limit.tolerance_s)
        return None

    def charge(self, wanted: Sequence[tuple[Limit, str]], now: float) -> tuple[Charge, ...]:
        """Charge all of ``wanted``, which ``refusal`` found to have room."""
        charges = []
        for limit, bucket in wanted:
            arrival = max(self._arrivals.get(bucket, now), now) + limit.interval_s
            self._arrivals[bucket] = arrival
            charges.append(Charge(bucket=bucket, tat=arrival))
        return tuple(charges)

    def remember(self, charges: Iterable[Charge]) -> None:
        """Fold one recorded admission in: arrival times only ever move forward."""
        for charge in charges:
            if charge.bucket.startswith(PREFIX):
                continue
            self._arrivals[charge.bucket] = max(self._arrivals.get(charge.bucket, 0.0), charge.tat)

    def forget_before(self, now: float) -> None:
        """Drop the buckets that are full again: a missing bucket and a full one mean the same."""
        self._arrivals = {bucket: arrival for bucket, arrival in self._arrivals.items() if arrival > now}

    def __len__(self) -> int:
        return len(self._arrivals)
