"""What may stand in a CEL condition: bounds that make every accepted condition end soon.

CEL has no loops but its macros, so the cost of a condition is its size times the items each macro visits. Macros are
therefore not nested, none builds a list, what one reads besides its own item is looked at when it is asked
(``reads_for_each``), and patterns of ``matches`` are literal, short
and outside macros (the regex engine is linear, but compiling a pattern is not free: what is counted is bounded, too).
"""

import re
from itertools import accumulate, takewhile
from math import prod
from typing import NamedTuple

CONDITION_CHARS_MAX = 2_000
TOKENS_MAX = 400
DEPTH_MAX = 24
MACROS_MAX = 8
PATTERN_CHARS_MAX = 200
MACROS = frozenset({"all", "exists", "exists_one", "map", "filter"})
BUILDERS = frozenset({"map", "filter"})
"""Their cost grows with the square of the list in the engine used here (4 s for 9,000 items)."""
COPIED = {"intent": ("arguments", "assumptions"), "task": ("tools",)}
"""What the engine copies whole each time it is read: inside a macro once for every item, and how many items and how
much else there are is for the agent to choose (13 s for 20,000 items)."""
VARIABLES = ("intent", "tool", "task", "now")

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
    |(?P<string>[rRbB]{0,2}(?:\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<number>0[xX][0-9A-Fa-f]+|[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)
    |(?P<mark>&&|\|\||[<>=!]=|.)""",
    re.VERBOSE | re.DOTALL,
)
_BIG_REPEAT = re.compile(r"\{\s*\d*\s*,?\s*\d{3,}")
_REPEAT = re.compile(r"\{\s*(\d*)\s*,?\s*(\d*)\s*\}")
REPEATS_MAX = 1_000
"""Of the counts in a pattern, multiplied: one in another is built out, anew for every call."""


class BadCondition(ValueError):
    """A condition that cannot be read, or that is larger than what can be evaluated in bounded time."""


class Token(NamedTuple):
    """A token and where it starts; kinds: string, name, number, mark."""

    kind: str
    text: str
    start: int


def tokens(condition: str) -> list[Token]:
    """Every token but space and comments. Raises BadCondition when there are too many."""
    if len(condition) > CONDITION_CHARS_MAX:
        raise BadCondition(f"condition has {len(condition)} characters, at most {CONDITION_CHARS_MAX} are allowed")
    matches = _TOKEN.finditer(condition)
    found = [Token(m.lastgroup or "", m.group(), m.start()) for m in matches if m.lastgroup != "space"]
    if len(found) > TOKENS_MAX:
        raise BadCondition(f"condition has {len(found)} parts, at most {TOKENS_MAX} are allowed: split it into rules")
    return found


def check_bounds(condition: str) -> None:
    """Raises BadCondition, saying which bound is broken, unless the condition is sure to end soon."""
    parts = tokens(condition)
    if max(_depths(parts), default=0) > DEPTH_MAX:
        raise BadCondition(f"condition is nested deeper than {DEPTH_MAX} brackets")
    macros = [index for index in range(1, len(parts)) if _is_macro(parts, index)]
    if len(macros) > MACROS_MAX:
        raise BadCondition(f"condition has {len(macros)} all/exists/exists_one, at most {MACROS_MAX} are allowed")
    inside = _inside_macros(parts, macros)
    for index in macros:
        if parts[index].text in BUILDERS:
            raise BadCondition(
                f"{parts[index].text}() is refused: it builds lists; use exists(), all() or exists_one()"
            )
        if index in inside:
            raise BadCondition(f"{parts[index].text}() stands inside another; nesting all/exists/exists_one is refused")
    for index, part in enumerate(parts):
        if part.kind == "name" and _is_call(parts, index):
            _check_call(parts, index, inside_macro=index in inside)


def reads_for_each(condition: str) -> bool:
    """Whether a macro of the condition reads, for each item, something that the engine copies whole."""
    parts = tokens(condition)
    macros = [index for index in range(1, len(parts)) if _is_macro(parts, index)]
    return any(_is_copied(parts, index) for index in _inside_macros(parts, macros))


def _is_copied(parts: list[Token], index: int) -> bool:
    """Everything is but the macro's own item, and what costs nothing to read."""
    copied = COPIED.get(parts[index].text)
    if copied is None or parts[index].kind != "name" or parts[index - 1].text == ".":
        return False
    behind = [part.text for part in parts[index + 1 : index + 3]]
    return behind[:1] != ["."] or behind[1:] in ([field] for field in copied)


def _depths(parts: list[Token]) -> list[int]:
    """How many brackets are open after each token."""
    steps = ((p.text in "([{") - (p.text in ")]}") if p.kind == "mark" else 0 for p in parts)
    return list(accumulate(steps))


def _is_macro(parts: list[Token], index: int) -> bool:
    return parts[index].text in MACROS and parts[index - 1].text == "." and _is_call(parts, index)


def _inside_macros(parts: list[Token], macros: list[int]) -> set[int]:
    """The places between the brackets of any macro."""
    depths = _depths(parts)
    inside: set[int] = set()
    for macro in macros:
        body = takewhile(lambda place, outer=depths[macro]: depths[place] > outer, range(macro + 1, len(parts)))  # type: ignore[misc]
        inside.update(body)
    return inside


def _check_call(parts: list[Token], index: int, *, inside_macro: bool) -> None:
    """The functions that the engine takes in one form only."""
    name, first = parts[index].text, parts[index + 2 : index + 3]
    if name == "matches":
        _check_pattern(parts, index, inside_macro=inside_macro)
    elif name.startswith("get") and first and first[0].text != ")":
        raise BadCondition(f"{name}() takes no time zone here: now is in UTC, add a duration() to it")


def _is_call(parts: list[Token], index: int) -> bool:
    return index + 1 < len(parts) and parts[index + 1].text == "("


def _check_pattern(parts: list[Token], index: int, *, inside_macro: bool) -> None:
    """``x.matches('literal')``: the one form that is accepted."""
    argument = parts[index + 2 : index + 4]
    if inside_macro:
        raise BadCondition(
            "matches() inside all/exists/map/filter is refused: it would build the pattern for each item"
        )
    if parts[index - 1].text != ".":
        raise BadCondition("matches() is written behind a value: intent.tool.matches('...')")
    if len(argument) < 2 or argument[0].kind != "string" or argument[1].text != ")":
        raise BadCondition("the pattern of matches() must be one literal string")
    pattern = argument[0].text
    counts = (max(int(low or 1), int(high or 1), 1) for low, high in _REPEAT.findall(pattern))
    if len(pattern) > PATTERN_CHARS_MAX or _BIG_REPEAT.search(pattern) or prod(counts) > REPEATS_MAX:
        raise BadCondition(f"the pattern of matches() is too large: {pattern[:60]}")
