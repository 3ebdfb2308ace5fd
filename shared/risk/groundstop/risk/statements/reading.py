"""What a statement would do: the risk of running it, why, and how far it reaches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from groundstop.vocabulary import Risk

RAISING = frozenset({"all", "privileged", "scheduled"})
"""Reaches that make a change dangerous: everything there is, somebody's rights, code that runs later."""


@dataclass(frozen=True, slots=True)
class Reading:
    """``safe`` reads, ``risky`` changes, ``dangerous`` destroys, runs unknown code or cannot be read.

    ``reach`` holds words of: one, all, recursive, privileged, scheduled, remote.
    """

    risk: Risk
    detail: str
    reach: frozenset[str] = frozenset()

    @property
    def changes(self) -> bool:
        """True unless it only reads."""
        return self.risk is not Risk.SAFE


READS = Reading(Risk.SAFE, "It only reads.")


def reads(detail: str = "It only reads.") -> Reading:
    """A statement that changes nothing."""
    return Reading(Risk.SAFE, detail)


def changes(detail: str, *reach: str) -> Reading:
    """A statement that changes something; some reaches make that dangerous."""
    far = frozenset(reach)
    return Reading(Risk.DANGEROUS if far & RAISING else Risk.RISKY, _with_reach(detail, far), far)


def destroys(detail: str, *reach: str) -> Reading:
    """A statement that removes, overwrites, stops for good, or runs what nobody can read."""
    far = frozenset(reach)
    return Reading(Risk.DANGEROUS, _with_reach(detail, far), far)


def of_risk(risk: Risk, detail: str, *reach: str) -> Reading:
    """A reading of a given risk; a read reaches nothing."""
    if risk is Risk.SAFE:
        return reads(detail)
    return changes(detail, *reach) if risk is Risk.RISKY else destroys(detail, *reach)


def worst(readings: Iterable[Reading], otherwise: Reading = READS) -> Reading:
    """The most dangerous of several, with the reach of all."""
    found = list(readings)
    if not found:
        return otherwise
    most = max(found, key=lambda reading: reading.risk.rank)
    return replace(most, reach=frozenset().union(*(reading.reach for reading in found)))


def _with_reach(detail: str, reach: frozenset[str]) -> str:
    return f"{detail.rstrip('.')} ({', '.join(sorted(reach))})." if reach else detail
