"""What may stand in a CEL condition: bounds that make every accepted condition end soon.

CEL has no loops but its macros, so the cost of a condition is its size times the items each macro visits. Macros are
therefore not nested, none builds a list, and patterns of ``matches`` are literal, short and outside macros (the regex
engine is linear, but compiling a pattern is not free).
"""

import re
from typing import NamedTuple

CONDITION_CHARS_MAX = 2_000
TOKENS_MAX = 400
DEPTH_MAX = 24
MACROS_MAX = 8
PATTERN_CHARS_MAX = 200
MACROS = frozenset({"all", "exists", "exists_one", "map", "filter"})
BUILDERS = frozenset({"map", "filter"})
"""Their cost grows with the square of the list in the engine used here (4 s for 9,000 items)."""
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
    depth, macros, open_macros = 0, 0, list[int]()
    for index, (kind, text, _) in enumerate(parts):
        if kind == "name" and _is_call(parts, index):
            if text in MACROS and parts[index - 1].text == ".":
                macros += 1
                if text in BUILDERS:
                    raise BadCondition(
                        f"{text}() is refused: it builds lists; ask with exists(), all() or exists_one()"
                    )
                if open_macros:
                    raise BadCondition(f"{text}() stands inside another all/exists/map/filter; nesting them is refused")
                open_macros.append(depth)
            elif text == "matches":
                _check_pattern(parts, index, inside_macro=bool(open_macros))
        elif kind == "mark" and text in "([{":
            depth += 1
        elif kind == "mark" and text in ")]}":
            depth -= 1
            if open_macros and depth <= open_macros[-1]:
                open_macros.pop()
        if depth > DEPTH_MAX:
            raise BadCondition(f"condition is nested deeper than {DEPTH_MAX} brackets")
    if macros > MACROS_MAX:
        raise BadCondition(f"condition has {macros} all/exists/map/filter, at most {MACROS_MAX} are allowed")


def _is_call(parts: list[Token], index: int) -> bool:
    return index + 1 < len(parts) and parts[index + 1].text == "("


def _check_pattern(parts: list[Token], index: int, *, inside_macro: bool) -> None:
    """``x.matches('literal')``: the one form that is accepted."""
    argument = parts[index + 2 : index + 4]
    if inside_macro:
        raise BadCondition(
            "matches() inside all/exists/map/filter is refused: it would build the pattern for each item"
        )
    if len(argument) < 2 or argument[0].kind != "string" or argument[1].text != ")":
        raise BadCondition("the pattern of matches() must be one literal string")
    pattern = argument[0].text
    if len(pattern) > PATTERN_CHARS_MAX or _BIG_REPEAT.search(pattern):
        raise BadCondition(f"the pattern of matches() is too large: {pattern[:60]}")
