"""Comparisons of one argument with one literal, answered without the CEL engine when the answer is surely no.

Most rules are thresholds and names. Saying "no" to them in plain Python spares building what CEL sees; every other
answer, "yes" and "cannot tell" alike, is left to CEL, so that there is one meaning of a condition.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne
from types import MappingProxyType
from typing import Any

from groundstop.policy.cel_text import Token, tokens

_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {">": gt, ">=": ge, "<": lt, "<=": le, "==": eq, "!=": ne}
)
_ARGUMENT = ("intent", ".", "arguments", ".")
EXACT_MAX = 2**53
"""Up to here integers and floating-point numbers compare alike everywhere."""


@dataclass(frozen=True, slots=True)
class Quick:
    """``intent.arguments.<name> <operator> <literal>``."""

    name: str
    compare: Callable[[Any, Any], bool]
    literal: float | str

    def surely_not(self, arguments: Mapping[str, Any]) -> bool:
        """True when the comparison is false beyond doubt; values of another kind are left to CEL."""
        value = arguments.get(self.name)
        if isinstance(self.literal, str):
            return type(value) is str and not self.compare(value, self.literal)
        if type(value) is int:
            return -EXACT_MAX <= value <= EXACT_MAX and not self.compare(value, self.literal)
        return type(value) is float and value == value and not self.compare(value, self.literal)


def quick(part: str) -> Quick | None:
    """The comparison that a part of a condition is, or None when it is anything else."""
    parts = tokens(part)
    texts = tuple(token.text for token in parts)
    if len(parts) != 7 or texts[:4] != _ARGUMENT or parts[4].kind != "name" or texts[5] not in _OPERATORS:
        return None
    literal = _literal(parts[6])
    if literal is None or (isinstance(literal, str) and texts[5] not in ("==", "!=")):
        return None
    return Quick(texts[4], _OPERATORS[texts[5]], literal)


def ruled_out(comparisons: Iterable[Quick], arguments: Mapping[str, Any]) -> bool:
    """True when one of them is surely false: then so is the conjunction they are taken from."""
    for comparison in comparisons:  # noqa: SIM110 - asked for every rule of every call: a generator doubles its cost
        if comparison.surely_not(arguments):
            return True
    return False


def _literal(token: Token) -> float | str | None:
    if token.kind == "number" and not token.text.lower().startswith("0x"):
        number = float(token.text)
        return number if abs(number) <= EXACT_MAX else None
    text = token.text
    if token.kind == "string" and text[0] in "'\"" and text[:3] not in ("'''", '"""') and "\\" not in text:
        return text[1:-1]
    return None
