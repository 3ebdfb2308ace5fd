"""What people have to do, and how long they have: approval requirements and the expiry of cases."""

from collections.abc import Iterable
from typing import Annotated, Self

from groundstop.policy.basics import ANYTHING, Identifier, Match, Section, as_tuple
from groundstop.vocabulary import CaseKind, Risk
from pydantic import BeforeValidator, Field


class Requirement(Section):
    """Who has to agree: ``quorum`` different people, each in one of ``groups`` (none named: any approver).

    ``two_person`` asks for two different people whatever the quorum says.
    """

    quorum: int = Field(strict=True, default=1, ge=1, le=20)
    groups: Annotated[
        tuple[Identifier, ...], BeforeValidator(as_tuple, json_schema_input_type=Identifier | tuple[Identifier, ...])
    ] = ()
    two_person: bool = False

    @property
    def people(self) -> int:
        """How many different people have to say yes."""
        return max(self.quorum, 2 if self.two_person else 1)

    @classmethod
    def all_of(cls, needs: Iterable["Requirement"]) -> Self:
        """The requirement that satisfies every one of ``needs``; groups narrow to those that all of them name."""
        quorum, two_person, groups = 1, False, None
        for need in needs:
            quorum = max(quorum, need.quorum)
            two_person = two_person or need.two_person
            if need.groups:
                shared = need.groups if groups is None else tuple(g for g in groups if g in need.groups)
                # Two entries that share no group would leave nobody to ask: the later, narrower one then counts.
                groups = shared or need.groups
        return cls(quorum=quorum, groups=groups or (), two_person=two_person)


class Approval(Section):
    """An approval requirement for what ``match`` describes."""

    match: Match = ANYTHING
    need: Requirement


class Expiry(Section):
    """Seconds until an undecided case is a no, per kind; ``risk`` shortens it for some risks."""

    approval: float = Field(strict=True, default=3_600.0, gt=0, le=31_536_000)
    confirmation: float = Field(strict=True, default=900.0, gt=0, le=31_536_000)
    clarification: float = Field(strict=True, default=3_600.0, gt=0, le=31_536_000)
    handoff: float = Field(strict=True, default=86_400.0, gt=0, le=31_536_000)
    manual: float = Field(strict=True, default=86_400.0, gt=0, le=31_536_000)
    reconciliation: float = Field(strict=True, default=604_800.0, gt=0, le=31_536_000)
    risk: dict[Risk, float] = Field(default_factory=dict)

    def seconds(self, kind: CaseKind, risk: Risk) -> float:
        """The shorter of what the kind and the risk allow. The risk shortens decisions only, never repair work."""
        by_kind: float = getattr(self, kind.value)
        if kind in (CaseKind.MANUAL, CaseKind.RECONCILIATION):
            return by_kind
        return min(by_kind, self.risk.get(risk, by_kind))
