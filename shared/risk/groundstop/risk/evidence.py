"""What the judgement of a tool is made of: pieces of evidence, and the risk they add up to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from groundstop.vocabulary import Risk


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for a risk.

    ``kind`` names the witness (``pattern``, ``declaration``, ``hint``, ``name``, ``description``, ``schema``,
    ``argument``, ``unknown``), ``says`` the risk it argues for, ``detail`` is a sentence for people, and ``weight``
    how far it is trusted: 1.0 settles the matter, below 0.5 it speaks only where nothing better does. ``verb`` is the
    word for an action that a name or a description was read as, empty for other witnesses.
    """

    kind: str
    says: Risk
    detail: str
    weight: float = 1.0
    verb: str = ""


@dataclass(frozen=True, slots=True)
class Assessment:
    """The risk of a tool, or of one call of it, and every piece of evidence that spoke, the decisive first."""

    risk: Risk
    evidence: tuple[Evidence, ...]

    @property
    def writes(self) -> bool:
        """True when the call may change something: everything but ``safe``."""
        return self.risk is not Risk.SAFE

    @property
    def sentence(self) -> str:
        """The decisive reason in one sentence."""
        return self.evidence[0].detail if self.evidence else ""


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers and names that differ between organisations; a policy sets them.

    ``money_max`` is compared with the amount as written, whatever the currency or unit, so set it for the smallest.
    ``recipients_max`` is how many people or things one change may reach.
    """

    money_max: float = 1_000.0
    recipients_max: int = 50
    production_names: frozenset[str] = frozenset({"prod", "production", "prd", "live"})


def raised(risk: Risk, says: Risk) -> Risk:
    """The higher of the two: evidence may raise, never lower."""
    return says if says.rank > risk.rank else risk


def highest(evidence: Iterable[Evidence], floor: Risk = Risk.SAFE) -> Risk:
    """The highest risk that any of the evidence argues for, and at least ``floor``."""
    found = floor
    for item in evidence:
        found = raised(found, item.says)
    return found


def decisive_first(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Highest risk first, then the most trusted; equal ones keep their order."""
    return tuple(sorted(evidence, key=lambda item: (-item.says.rank, -item.weight)))
