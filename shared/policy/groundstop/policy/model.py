"""The policy: what the file says, as one frozen value. Every section has defaults that are safe to run with."""

from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any

import rfc8785
from groundstop.policy.basics import CallSubject, Glob, Identifier, Mode, Section, Sentence
from groundstop.policy.metering import Budget, Limit, default_limits
from groundstop.policy.people import Approval, Expiry, Requirement
from groundstop.policy.rules import Refusal, Rule, Scope, ToolSettings
from groundstop.policy.screens import Screens
from groundstop.policy.thresholds import Confidence, ConfusionLimits, Routes
from groundstop.vocabulary import CaseKind, Risk
from pydantic import Field, StringConstraints, model_validator

VERSION_CHARS = 12


class Hazards(Section):
    """What the hard-coded dangerous patterns compare with: money in the smallest currency used, how many people or
    things one change may reach, names of production."""

    money_max: float = Field(strict=True, default=1_000.0, ge=0)
    recipients_max: int = Field(strict=True, default=50, ge=0, le=1_000_000)
    production_names: tuple[Identifier, ...] = ("prod", "production", "prd", "live")


class Policy(Section):
    """Everything that decides a route, in the order in which it is asked; see docs/reference/policy.md."""

    name: Annotated[str, StringConstraints(max_length=100)] = "default"
    description: Sentence = ""
    mode: Mode = Mode.ENFORCE
    scope: Scope = Scope()
    refusals: tuple[Refusal, ...] = Field(default=(), max_length=500)
    tools: dict[Glob, ToolSettings] = Field(default_factory=dict, max_length=5_000)
    hazards: Hazards = Hazards()
    rules: tuple[Rule, ...] = Field(default=(), max_length=1_000)
    confidence: Confidence = Confidence()
    routes: Routes = Routes()
    approvals: tuple[Approval, ...] = Field(default=(), max_length=500)
    screens: Screens = Screens()
    confusion: ConfusionLimits = ConfusionLimits()
    limits: tuple[Limit, ...] = Field(default_factory=default_limits, max_length=500)
    budgets: tuple[Budget, ...] = Field(default=(), max_length=200)
    expiry: Expiry = Expiry()
    clearance_ttl_s: float = Field(strict=True, default=300.0, gt=0, le=86_400)

    @model_validator(mode="after")
    def _names_are_unique(self) -> "Policy":
        seen: set[str] = set()
        for name in [*(f"refusal {r.id}" for r in self.refusals), *(f"rule {r.id}" for r in self.rules)]:
            if name in seen:
                raise ValueError(f"{name} is defined twice; ids name one rule each")
            seen.add(name)
        for what, names in (("limit", [x.name for x in self.limits]), ("budget", [x.name for x in self.budgets])):
            double = next((name for name in names if names.count(name) > 1), None)
            if double is not None:
                raise ValueError(f"{what} {double} is defined twice; names name one bucket each")
        return self

    @cached_property
    def content(self) -> dict[str, Any]:
        """The whole policy with every default spelled out, as plain JSON values: what two policies are compared by."""
        return self.model_dump(mode="json")

    @cached_property
    def version(self) -> str:
        """The first 12 hex digits of the SHA-256 over the RFC 8785 canonical JSON of ``content``.

        Two files that mean the same have one version, whatever their order of keys, comments or spelled-out defaults.
        """
        return sha256(rfc8785.dumps(self.content)).hexdigest()[:VERSION_CHARS]

    def expiry_s(self, case_kind: CaseKind, risk: Risk) -> float:
        """Seconds until a case of this kind expires; an expired case is denied."""
        return self.expiry.seconds(case_kind, risk)

    def limits_for(self, subject: CallSubject) -> tuple[Limit, ...]:
        """The limits that meter this call, in the order of the file."""
        return tuple(limit for limit in self.limits if limit.match.holds(subject))

    def budgets_for(self, subject: CallSubject) -> tuple[Budget, ...]:
        """The budgets that this call draws on, in the order of the file."""
        return tuple(budget for budget in self.budgets if budget.match.holds(subject))

    def approval_for(self, subject: CallSubject) -> Requirement:
        """Who has to agree: every matching requirement at once, the strictest number of each."""
        return Requirement.all_of(entry.need for entry in self.approvals if entry.match.holds(subject))
