"""CEL conditions: compiled once, evaluated in bounded time, and never open on an error.

A condition reads ``intent`` (tenant, agent, task, step, tool, arguments, confidence, reasoning, assumptions, user),
``tool`` (name, version, action_type, risk, idempotency, known), ``task`` (the history) and ``now`` (a timestamp, UTC).
A field that is missing makes the condition false; every other failure makes it count as true, because entries only
ever raise.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from groundstop.policy.cel_quick import Quick
from groundstop.policy.engine import cel

COPIED_MAX = 4_000_000
"""Bytes. The engine copies some 150 million a second: what is more is not told apart, and counts as true."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition: the names that it mentions, the arguments without which it cannot hold, and those of its
    parts that can be answered without CEL."""

    source: str
    program: Any
    names: frozenset[str]
    needs: frozenset[str]
    quick: tuple[Quick, ...] = ()
    copies: bool = False
    """Whether it reads, for each item of a list, something that the engine copies whole."""
    static: bool = False
    """Whether a part of it is about the tool alone, so that it can be settled once per tool."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a condition answered; ``failure`` says in words why it could not be evaluated (then it counts as true)."""

    holds: bool
    failure: str = ""


TRUE = Held(True)
FALSE = Held(False)


class Context:
    """The values as conditions see them. Raises ValueError for what CEL cannot carry (a lone surrogate)."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self.values = cel.Context(variables=dict(variables))
        self._variables = variables

    def costs_too_much(self) -> bool:
        """Whether reading an argument again for each item of the longest list would copy more than COPIED_MAX."""
        arguments = dict(self._variables.get("intent", {})).get("arguments")
        return _longest(arguments) * len(orjson.dumps(arguments, default=str)) > COPIED_MAX


def context_of(variables: Mapping[str, Any]) -> Context:
    """See Context."""
    return Context(variables)


def _longest(value: Any) -> int:
    """The number of items of the longest list in a JSON value."""
    longest, left = 0, [value]
    while left:
        inner = left.pop()
        if isinstance(inner, dict):
            left.extend(inner.values())
        elif isinstance(inner, list):
            longest = max(longest, len(inner))
            left.extend(inner)
    return longest


def evaluate(condition: Condition | None, context: Context) -> Held:
    """Whether the condition holds in ``context``."""
    if condition is None:
        return TRUE
    if condition.copies and context.costs_too_much():
        return Held(True, "its condition reads other arguments for each of more items than can be looked at")
    try:
        answer = condition.program.execute(context.values)
    except KeyError:
        return FALSE
    except Exception as error:  # the engine raises many types; whatever it is, the answer is "could not be told"
        words = str(error).splitlines() or [type(error).__name__]
        return Held(True, f"its condition could not be evaluated ({words[0][:160]})")
    if answer is True:
        return TRUE
    return FALSE if answer is False else Held(True, "its condition answered something that is not true or false")


def joined(conditions: Iterable[Condition]) -> Any:
    """One program that asks whether any of the conditions holds; None when it cannot be built."""
    conditions = tuple(conditions)
    if any(condition.copies for condition in conditions):
        return None  # each is then asked by itself, and looked at for what it would cost
    try:
        return cel.compile(" || ".join(f"({condition.source}\n)" for condition in conditions))
    except Exception:  # too large as a whole: each is then asked by itself
        return None


def none_holds(program: Any, context: Context) -> bool:
    """True when it is certain that no condition behind a joined program holds; False means: ask each."""
    try:
        return program.execute(context.values) is False
    except Exception:  # asked one by one, each failure is then told apart
        return False
