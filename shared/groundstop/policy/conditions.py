"""CEL conditions: compiled once, evaluated in bounded time, and never open on an error.

A condition reads ``intent`` (tenant, agent, task, step, tool, arguments, confidence, reasoning, assumptions, user),
``tool`` (name, version, action_type, risk, idempotency, known), ``task`` (the history) and ``now`` (a timestamp, UTC).
A field that is missing makes the condition false; every other failure makes it count as true, because entries only
ever raise.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import cel

from groundstop.policy.cel_text import VARIABLES, BadCondition, check_bounds, tokens

GROUP_SIZE = 25
_FUNCTIONS = frozenset(
    """size has contains startsWith endsWith matches int uint double string bytes bool timestamp duration type dyn
    getFullYear getMonth getDate getDayOfMonth getDayOfWeek getDayOfYear getHours getMinutes getSeconds
    getMilliseconds min max all exists exists_one map filter""".split()
)


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition and the names that it mentions."""

    source: str
    program: Any
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Held:
    """What a condition answered; ``failure`` says in words why it could not be evaluated (then it counts as true)."""

    holds: bool
    failure: str = ""


TRUE = Held(True)
FALSE = Held(False)


def compile_condition(source: str) -> Condition | None:
    """The compiled condition; None for an empty one, which always holds. Raises BadCondition in words for its author."""
    if not source.strip():
        return None
    check_bounds(source)
    program = _compile(source)
    unknown = [name for name in _free_names(program) if name not in VARIABLES]
    unknown = [name for name in unknown if f" {name} " not in f" {_bound_names(source)} "]
    if unknown:
        raise BadCondition(f"unknown name {unknown[0]!r}: a condition can read {', '.join(VARIABLES)}")
    strange = [name for name in program.functions() if name[0].isalpha() and name not in _FUNCTIONS]
    if strange:
        raise BadCondition(f"unknown function {strange[0]!r}")
    return Condition(source, program, frozenset(text for kind, text in tokens(source) if kind == "name"))


def check(source: str) -> None:
    """Raises BadCondition unless ``source`` is a condition that can be compiled and is sure to end."""
    compile_condition(source)


def evaluate(condition: Condition | None, context: Any) -> Held:
    """Whether the condition holds in ``context`` (a cel.Context; see Context in groundstop.policy.judge)."""
    if condition is None:
        return TRUE
    try:
        answer = condition.program.execute(context)
    except KeyError:
        return FALSE
    except Exception as error:  # the engine raises many types; whatever it is, the answer is "could not be told"
        return Held(True, f"its condition could not be evaluated ({str(error).splitlines()[0][:160]})")
    if answer is True:
        return TRUE
    return FALSE if answer is False else Held(True, "its condition answered something that is not true or false")


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of several entries as one program: asked first, so that entries that do not apply cost little."""

    program: Any
    start: int
    stop: int


def group(conditions: Sequence[Condition | None]) -> tuple[Group, ...]:
    """Runs of conditions joined by "or". An entry without a condition needs no question and joins no group."""
    groups: list[Group] = []
    for start in range(0, len(conditions), GROUP_SIZE):
        run = conditions[start : start + GROUP_SIZE]
        sources = [f"({c.source}\n)" for c in run if c is not None]
        program = _compile_quietly(" || ".join(sources)) if sources and len(sources) == len(run) else None
        groups.append(Group(program, start, start + len(run)))
    return tuple(groups)


def none_holds(some: Group, context: Any) -> bool:
    """True when it is certain that no condition of the group holds; False means: ask each."""
    if some.program is None:
        return False
    try:
        return some.program.execute(context) is False
    except Exception:  # asked one by one, each failure is then told apart
        return False


def mentioned(conditions: Iterable[Condition | None]) -> frozenset[str]:
    """Every name that any of the conditions mentions."""
    return frozenset().union(*(c.names for c in conditions if c is not None))


def _compile(source: str) -> Any:
    try:
        return cel.compile(source)
    except Exception as error:  # ValueError as documented; a parser's own failures are the author's to hear, too
        lines = [line for line in str(error).splitlines() if line.strip()]
        raise BadCondition(f"not a CEL condition: {' '.join(lines[:2])[:300]}") from None


def _compile_quietly(source: str) -> Any:
    try:
        return cel.compile(source)
    except Exception:  # too large as a whole: each is then asked by itself
        return None


def _free_names(program: Any) -> list[str]:
    return [name for name in program.variables() if not name.startswith("@")]


def _bound_names(source: str) -> str:
    """The names that macros bind: the first argument of ``.all(x, ...)`` and its kin."""
    parts = tokens(source)
    bound = [
        parts[i + 2][1]
        for i in range(len(parts) - 2)
        if parts[i][1] in ("all", "exists", "exists_one", "map", "filter") and parts[i + 1][1] == "("
    ]
    return " ".join(bound)
