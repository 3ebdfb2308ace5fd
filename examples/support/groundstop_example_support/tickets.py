"""The day as data: tickets and what the agent proposes for each, read from day.yaml (which explains the fields)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import yaml
from groundstop.errors import GroundstopError
from groundstop.vocabulary import Status
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

DAY = Path(__file__).with_name("day.yaml")
_ENDINGS = frozenset(("bad", *(status.value for status in Status)))


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(_Data):
    """One proposal, or with ``world`` one thing that a system does by itself (see the module ``faults``).

    ``times`` repeats it as it is, ``each`` with further arguments, ``again`` after being throttled.
    """

    tool: str = ""
    arguments: dict[str, Any] = Field(default_factory=dict)
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    reasoning: str = ""
    assumptions: tuple[str, ...] = ()
    times: int = Field(default=1, ge=1, le=100)
    each: tuple[dict[str, Any], ...] = ()
    again: int = Field(default=3, ge=0, le=10)
    then: dict[str, tuple["Step", ...]] = Field(default_factory=dict)
    world: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> "Step":
        if bool(self.tool) == (self.world is not None):
            raise ValueError("a step has either a tool or a world")
        if unknown := self.then.keys() - _ENDINGS:
            raise ValueError(f"then: {sorted(unknown)} are no endings; there are {sorted(_ENDINGS)}")
        return self

    def proposals(self) -> list["Step"]:
        """This step, once per time and per entry of ``each``."""
        single = self.model_copy(update={"times": 1, "each": ()})
        if not self.each:
            return [single] * self.times
        return [single.model_copy(update={"arguments": {**self.arguments, **more}}) for more in self.each] * self.times

    def reaction(self, status: Status) -> tuple["Step", ...] | None:
        """What follows after this ending; None when the ticket says nothing about it."""
        return self.then.get(status.value, None if status.good else self.then.get("bad"))


class Ticket(_Data):
    """A customer's wish. ``order`` is the order it is about, ``about`` what a spectator should look at."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    subject: str
    text: str
    about: str
    order: str = ""
    steps: tuple[Step, ...]


class Day(_Data):
    """All tickets, and by tool and ending what the agent does when a ticket says nothing about it."""

    tickets: tuple[Ticket, ...]
    habits: dict[str, dict[str, tuple[Step, ...]]] = Field(default_factory=dict)

    def reaction(self, step: Step, status: Status) -> tuple[Step, ...] | None:
        """What the agent does after ``step`` ended with ``status``; None ends the ticket."""
        answer = step.reaction(status)
        if answer is None:
            answer = self.habits.get(step.tool, {}).get(status.value)
        return () if answer is None and status.good else answer


def read_day(path: Path = DAY) -> Day:
    """The day of a YAML file. Raises GroundstopError naming the field that is wrong."""
    try:
        return Day.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise GroundstopError(f"{path.name}: {error}") from error


class _Known(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def filled(value: Any, known: Mapping[str, Any]) -> Any:
    """``value`` with every ``{name}`` in its texts replaced by what is known; unknown names stay as they are."""
    if isinstance(value, str):
        return value.format_map(_Known({name: str(fact) for name, fact in known.items()})) if "{" in value else value
    if isinstance(value, Mapping):
        return {key: filled(part, known) for key, part in value.items()}
    return [filled(part, known) for part in value] if isinstance(value, list | tuple) else value
