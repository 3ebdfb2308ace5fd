"""How much of the door one identity may have: the intake is one queue, and who floods it must not cost others. Pure.

Every speaker has a bucket, and so has every tenant, whose gateway may speak as any number of agents. What is beyond a
bucket is not judged: some of it ends visibly, so that whoever is throttled learns of it, the rest is counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from groundstop.callers import ANY_TENANT, Caller

BYTES_A_MESSAGE = 2 * 1024
"""A large message weighs as many."""
IDENTITIES_MAX = 10_000
"""Buckets that are remembered; who comes when there are more shares one with the others who do."""


class Verdict(Enum):
    """What becomes of one message."""

    ADMIT = "admit"
    END = "end"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Allowance:
    """``rate_per_s`` messages a second, and ``burst`` at once. 0 a second: no limit."""

    rate_per_s: float
    burst: int


@dataclass(slots=True)
class Excess:
    """What one speaker said beyond its share in the present window."""

    ended: int = 0
    dropped: int = 0
    first_reply: str = ""
    first_subject: str = ""


@dataclass(slots=True)
class Shares:
    """The buckets, and what went beyond them. ``ended_max``: how many messages of a speaker end visibly in a window."""

    identity: Allowance
    tenant: Allowance
    ended_max: int
    _arrivals: dict[str, float] = field(default_factory=dict)
    _excess: dict[Caller, Excess] = field(default_factory=dict)

    def take(self, caller: Caller, payload_bytes: int, now: float, *, ends: bool) -> Verdict:
        """What becomes of a message at ``now`` (monotonic seconds); ``ends``: whether it can end visibly."""
        weight = 1 + payload_bytes // BYTES_A_MESSAGE
        wanted = [(f"{caller.role} {caller.tenant} {caller.name}", self.identity)]
        if caller.tenant != ANY_TENANT:
            wanted.append((caller.tenant, self.tenant))
        if caller.is_owner or self._room(wanted, weight, now):
            return Verdict.ADMIT
        excess = self._excess.setdefault(caller, Excess()) if self._remembers(caller) else self._of_the_rest()
        if not ends or excess.ended >= self.ended_max:
            return Verdict.DROP
        excess.ended += 1
        return Verdict.END

    def drop(self, caller: Caller, reply: str, subject: str) -> None:
        """Count a message that is not looked at; its subject and reply subject say which."""
        excess = self._excess.setdefault(caller, Excess()) if self._remembers(caller) else self._of_the_rest()
        if not excess.dropped:
            excess.first_reply, excess.first_subject = reply, subject
        excess.dropped += 1

    def window_ended(self, now: float) -> Iterator[tuple[Caller, Excess]]:
        """Whoever had messages dropped since the last time; counting begins anew, full buckets are forgotten."""
        past, self._excess = self._excess, {}
        self._arrivals = {name: arrival for name, arrival in self._arrivals.items() if arrival > now}
        yield from ((caller, excess) for caller, excess in past.items() if excess.dropped)

    def _remembers(self, caller: Caller) -> bool:
        return caller in self._excess or len(self._excess) < IDENTITIES_MAX

    def _of_the_rest(self) -> Excess:
        return self._excess.setdefault(_THE_REST, Excess())

    def _room(self, wanted: list[tuple[str, Allowance]], weight: int, now: float) -> bool:
        """GCRA (ITU-T I.371): room while the arrival time is less than a burst ahead; all are charged or none."""
        charged = {}
        for name, allowance in wanted:
            if not allowance.rate_per_s:
                continue
            name = name if name in self._arrivals or len(self._arrivals) < IDENTITIES_MAX else "the rest"
            arrival = max(self._arrivals.get(name, now), now)
            if arrival - now > (allowance.burst - 1) / allowance.rate_per_s:
                return False
            charged[name] = arrival + weight / allowance.rate_per_s
        self._arrivals |= charged
        return True


_THE_REST = Caller("agent", ANY_TENANT, "the-rest")
