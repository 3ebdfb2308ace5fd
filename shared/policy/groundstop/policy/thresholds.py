"""Numbers that turn confidence into a band, risk and band into a route, and a history into confusion."""

from enum import StrEnum
from typing import Self

from groundstop.policy.basics import Glob, Section
from groundstop.policy.globs import matches
from groundstop.vocabulary import Band, Risk, Route
from pydantic import Field, field_validator, model_validator


class Thresholds(Section):
    """The lowest confidence of each band; below ``low`` is very low."""

    high: float = Field(strict=True, default=0.8, ge=0, le=1)
    medium: float = Field(strict=True, default=0.5, ge=0, le=1)
    low: float = Field(strict=True, default=0.2, ge=0, le=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.high >= self.medium >= self.low:
            raise ValueError(f"thresholds must fall: high {self.high} >= medium {self.medium} >= low {self.low}")
        return self

    def band(self, confidence: float) -> Band:
        """The band that ``confidence`` in [0, 1] falls into. A value that is no number is very low."""
        if confidence >= self.high:
            return Band.HIGH
        if confidence >= self.medium:
            return Band.MEDIUM
        return Band.LOW if confidence >= self.low else Band.VERY_LOW


class Confidence(Section):
    """How confidence is read. The first action type glob that matches gives the thresholds."""

    unstated: Band = Band.HIGH
    thresholds: Thresholds = Thresholds()
    action_types: dict[Glob, Thresholds] = Field(default_factory=dict, max_length=500)

    def thresholds_for(self, action_type: str) -> Thresholds:
        """The thresholds for tools of this action type."""
        return next((t for glob, t in self.action_types.items() if matches(action_type, (glob,))), self.thresholds)


class ByBand(Section):
    """The route for each band of confidence."""

    high: Route
    medium: Route
    low: Route
    very_low: Route


class Routes(Section):
    """The table risk x band -> route.

    A dangerous action goes to a person whatever the confidence: the file may choose which way, never ``proceed``.
    """

    safe: ByBand = ByBand(high=Route.PROCEED, medium=Route.CONFIRM, low=Route.CLARIFY, very_low=Route.ESCALATE)
    risky: ByBand = ByBand(high=Route.PROCEED, medium=Route.CONFIRM, low=Route.CLARIFY, very_low=Route.ESCALATE)
    dangerous: ByBand = ByBand(high=Route.APPROVE, medium=Route.APPROVE, low=Route.APPROVE, very_low=Route.ESCALATE)

    @field_validator("dangerous")
    @classmethod
    def _danger_needs_a_person(cls, dangerous: ByBand) -> ByBand:
        for band, route in dangerous:
            if route in (Route.PROCEED, Route.CONFIRM, Route.CLARIFY):
                raise ValueError(f"{band}: {route} lets a dangerous action run without an approval")
        return dangerous

    def route(self, risk: Risk, band: Band) -> Route:
        """One cell of the table."""
        by_band: ByBand = getattr(self, risk.value)
        route: Route = getattr(by_band, band.value)
        return route


class Answer(StrEnum):
    """What is done about confusion, mildest first."""

    NONE = "none"
    WARN = "warn"
    RESET = "context_reset"
    CLARIFY = "clarify"
    HANDOFF = "handoff"


class ConfusionLimits(Section):
    """When a task counts as confused, in steps. The defaults are measured on recorded runs: docs/reference/policy.md.

    ``same_call`` identical calls that brought nothing new; ``same_failure`` failures of one tool in a row;
    ``cycles`` rounds of a repeated pattern of up to ``cycle_length`` calls; ``contradictions`` on one target;
    ``no_progress`` steps in a row without a new result; ``restated`` times that one request was put into other words;
    ``ignored`` times that a "no" was not heeded. ``answers`` is the ladder: one rung per step beyond a threshold.
    ``fleet_failures``, ``agent_tasks`` and ``agent_window_s`` have no effect: published policies may have them, and
    are still read. Across tasks, automatic halts and circuit breakers act.
    """

    same_call: int = Field(strict=True, default=4, ge=2, le=100)
    same_failure: int = Field(strict=True, default=5, ge=2, le=100)
    cycles: int = Field(strict=True, default=3, ge=2, le=100)
    cycle_length: int = Field(strict=True, default=4, ge=2, le=8)
    contradictions: int = Field(strict=True, default=2, ge=1, le=100)
    no_progress: int = Field(strict=True, default=8, ge=2, le=1_000)
    restated: int = Field(strict=True, default=6, ge=2, le=100)
    ignored: int = Field(strict=True, default=2, ge=1, le=100)
    fleet_failures: int = Field(strict=True, default=10, ge=2, le=10_000)
    agent_tasks: int = Field(strict=True, default=3, ge=1, le=10_000)
    agent_window_s: float = Field(strict=True, default=3_600.0, gt=0, le=31_536_000)
    answers: tuple[Answer, ...] = (Answer.WARN, Answer.RESET, Answer.CLARIFY, Answer.HANDOFF)
