"""What every section of a policy is made of: names, globs, durations and the match that says what an entry is about."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any

from groundstop.policy.globs import Matcher, compile_globs
from groundstop.vocabulary import Risk
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
Glob = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Sentence = Annotated[str, StringConstraints(max_length=500)]


def as_tuple(value: Any) -> Any:
    """One name may be written without the brackets of a list."""
    return (value,) if isinstance(value, str) else value


Globs = Annotated[
    tuple[Glob, ...], BeforeValidator(as_tuple, json_schema_input_type=Glob | tuple[Glob, ...]), Field(max_length=200)
]
Risks = Annotated[tuple[Risk, ...], BeforeValidator(as_tuple, json_schema_input_type=Risk | tuple[Risk, ...])]


class Section(BaseModel):
    """Base of every part of a policy: immutable, and a name that is not known is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Mode(StrEnum):
    """``enforce`` acts on a decision; ``shadow`` decides and records what would have happened, and acts on nothing."""

    ENFORCE = "enforce"
    SHADOW = "shadow"


@dataclass(frozen=True, slots=True)
class CallSubject:
    """What a match looks at: who calls which tool, and how risky it turned out to be (None: not yet known)."""

    tenant: str
    agent: str
    tool: str
    action_type: str
    risk: Risk | None = None


class Match(Section):
    """What an entry is about. Every list that is given must hold; a list that is left out holds for everything."""

    tools: Globs = ()
    action_types: Globs = ()
    tenants: Globs = ()
    agents: Globs = ()
    risk: Risks = ()

    @cached_property
    def _tools(self) -> Matcher | None:
        return compile_globs(self.tools)

    @cached_property
    def _action_types(self) -> Matcher | None:
        return compile_globs(self.action_types)

    @cached_property
    def _tenants(self) -> Matcher | None:
        return compile_globs(self.tenants)

    @cached_property
    def _agents(self) -> Matcher | None:
        return compile_globs(self.agents)

    def tool_holds(self, tool: str, action_type: str) -> bool:
        """Whether the entry can be about this tool at all: asked once per tool, not once per call."""
        return (self._tools is None or bool(self._tools(tool))) and (
            self._action_types is None or bool(self._action_types(action_type))
        )

    def caller_holds(self, tenant: str, agent: str) -> bool:
        """Whether the entry can be about this caller."""
        return (self._tenants is None or bool(self._tenants(tenant))) and (
            self._agents is None or bool(self._agents(agent))
        )

    def holds(self, subject: CallSubject) -> bool:
        """Whether the entry is about this call."""
        return (
            (not self.risk or subject.risk in self.risk)
            and self.tool_holds(subject.tool, subject.action_type)
            and self.caller_holds(subject.tenant, subject.agent)
        )


ANYTHING = Match()
