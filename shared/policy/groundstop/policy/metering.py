"""Limits and budgets: what the policy lets through per unit of time. The rate-limiter does the counting."""

from enum import StrEnum
from typing import Any, Literal

from groundstop.policy.basics import ANYTHING, Identifier, Match, Section
from groundstop.vocabulary import Risk
from pydantic import Field

Dimension = Literal["tenant", "agent", "action_type", "tool", "risk", "task", "user"]


class OnLimit(StrEnum):
    """At an empty bucket: refuse at once and say when to come back, or wait for a token."""

    REJECT = "reject"
    WAIT = "wait"


class Limit(Section):
    """A GCRA bucket for every combination of ``per``: ``count`` calls in ``period_s`` seconds, ``burst`` at once."""

    name: Identifier
    per: tuple[Dimension, ...] = ("tenant", "agent", "action_type")
    match: Match = ANYTHING
    count: float = Field(strict=True, gt=0, le=1_000_000)
    period_s: float = Field(strict=True, default=1.0, gt=0, le=31_536_000)
    burst: int = Field(strict=True, default=1, ge=1, le=1_000_000)
    on_limit: OnLimit = OnLimit.REJECT
    wait_max_s: float = Field(strict=True, default=30.0, ge=0, le=86_400)

    @property
    def interval_s(self) -> float:
        """Seconds between two calls at the steady rate: the emission interval of GCRA."""
        return self.period_s / self.count

    @property
    def tolerance_s(self) -> float:
        """How far ahead of the steady rate a caller may be: the burst tolerance of GCRA."""
        return self.interval_s * (self.burst - 1)


class Unit(StrEnum):
    """What a budget counts."""

    COUNT = "count"
    MONEY = "money"
    TOKENS = "tokens"


class Budget(Section):
    """At most ``amount`` of ``unit`` in each window of ``window_s`` seconds, per combination of ``per``.

    Money is taken from the argument named ``argument`` (a dotted path) and from reported costs, in whatever currency
    the amount is meant; tokens from reported costs.
    """

    name: Identifier
    per: tuple[Dimension, ...] = ("tenant", "agent")
    match: Match = ANYTHING
    unit: Unit = Unit.COUNT
    amount: float = Field(strict=True, gt=0, le=1e15)
    window_s: float = Field(strict=True, default=86_400.0, gt=0, le=31_536_000)
    argument: str = Field(default="", max_length=200)
    on_limit: OnLimit = OnLimit.REJECT
    wait_max_s: float = Field(strict=True, default=30.0, ge=0, le=86_400)

    def charge(self, arguments: dict[str, Any]) -> float:
        """What one call draws: 1 for counts, the named argument for money; 0 when it is reported afterwards.

        An amount that is there but is no number, is negative or not finite draws the whole budget: it fails closed.
        """
        if self.unit is Unit.COUNT:
            return 1.0
        value: Any = arguments
        for part in self.argument.split(".") if self.argument else ():
            value = value.get(part) if isinstance(value, dict) else None
        if value is None or not self.argument:
            return 0.0
        return _amount(value, otherwise=self.amount)

    @property
    def afterwards(self) -> bool:
        """Whether all it draws is reported when it has been spent: nothing is known of a call beforehand."""
        return self.unit is not Unit.COUNT and not self.argument

    def reported(self, cost_micros: int, tokens: int) -> float:
        """What a reported cost draws: money in units of the currency, or tokens."""
        return {Unit.MONEY: cost_micros / 1e6, Unit.TOKENS: float(tokens)}.get(self.unit, 0.0)


def _amount(value: Any, otherwise: float) -> float:
    try:
        number = otherwise if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return otherwise
    return number if 0 <= number < float("inf") else otherwise


def default_limits() -> tuple[Limit, ...]:
    """Generous for what only reads, strictest for what cannot be taken back."""
    return (
        Limit(name="safe", match=Match(risk=(Risk.SAFE,)), count=100, burst=200),
        Limit(name="risky", match=Match(risk=(Risk.RISKY,)), count=50, burst=100),
        Limit(name="dangerous", match=Match(risk=(Risk.DANGEROUS,)), count=5, burst=20),
        Limit(
            name="tenant-dangerous", per=("tenant", "risk"), match=Match(risk=(Risk.DANGEROUS,)), count=20, burst=100
        ),
    )
