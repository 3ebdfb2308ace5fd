"""Rules, refusals, scope and tool settings: the parts of a policy that name actions."""

from enum import StrEnum
from typing import Annotated, Self

from groundstop.policy.basics import ANYTHING, Globs, Identifier, Match, Mode, Section, Sentence
from groundstop.policy.compiling import check
from groundstop.policy.people import Requirement
from groundstop.vocabulary import Risk, Route
from pydantic import Field, StringConstraints, field_validator, model_validator

Condition = Annotated[str, StringConstraints(max_length=2_000)]


class Conditioned(Section):
    """An entry with an id that applies when ``match`` and the CEL condition ``when`` both hold."""

    id: Identifier
    match: Match = ANYTHING
    when: Condition = ""
    because: Sentence = ""
    mode: Mode = Mode.ENFORCE

    @field_validator("when")
    @classmethod
    def _compiles(cls, when: str) -> str:
        check(when)
        return when


class Refusal(Conditioned):
    """Never, whoever asks and whoever would approve."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.match == ANYTHING and not self.when:
            raise ValueError(f"refusal {self.id!r} has neither match nor when and would refuse everything")
        return self


class Rule(Conditioned):
    """Raises the risk to at least ``risk``, the route to at least ``route``, the approval requirement by ``need``."""

    risk: Risk | None = None
    route: Route | None = None
    need: Requirement | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if self.risk is None and self.route is None and self.need is None:
            raise ValueError(f"rule {self.id!r} has no effect: give it risk, route or need")
        return self


class ToolSettings(Section):
    """What the policy says about the tools a glob names. ``risk`` may only raise what the catalogue declares."""

    risk: Risk | None = None
    route: Route | None = None
    because: Sentence = ""


class Outside(StrEnum):
    """What happens to a call outside the scope."""

    REFUSE = "refuse"
    APPROVE = "approve"


class Scope(Section):
    """The allow-list: with neither list given, every tool is in scope."""

    tools: Globs = ()
    action_types: Globs = ()
    otherwise: Outside = Outside.REFUSE
    closed: bool = Field(default=False, description="True: tools that no list names are outside, even with empty lists")
