"""From the text of a condition to a program: checked, tried once, and shortened by what depends on the tool alone."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from groundstop.policy.cel_parts import conjuncts, is_static, needs
from groundstop.policy.cel_quick import quick
from groundstop.policy.cel_text import MACROS, VARIABLES, BadCondition, check_bounds, reads_for_each, tokens
from groundstop.policy.conditions import Condition, context_of, evaluate
from groundstop.policy.engine import cel
from groundstop.policy.spelling import near

WHOLE_INTENT = "intent as a whole"
"""Among the names of a condition: it reads ``intent`` other than by ``intent.<field>``."""

_FUNCTIONS = MACROS | frozenset(
    """size has contains startsWith endsWith matches int uint double string bytes timestamp duration type dyn
    getFullYear getMonth getDate getDayOfMonth getDayOfWeek getDayOfYear getHours getMinutes getSeconds
    getMilliseconds""".split()  # noqa: SIM905 - a list of words reads better without quotes
)


def compile_condition(source: str) -> Condition | None:
    """The compiled condition; None for an empty one, which always holds. Raises BadCondition, saying what is wrong."""
    if not source.strip():
        return None
    check_bounds(source)
    program = _compile(source)
    readable = {*VARIABLES, *_bound_by_macros(source)}
    unknown = next((name for name in program.variables() if not name.startswith("@") and name not in readable), None)
    if unknown is not None:
        raise BadCondition(f"unknown name {unknown!r}: {near(unknown, VARIABLES)}")
    strange = next((name for name in program.functions() if name.isidentifier() and name not in _FUNCTIONS), None)
    if strange is not None:
        raise BadCondition(f"unknown function {strange!r}: {near(strange, _FUNCTIONS)}")
    _try(program)
    return _condition(source, program)


def check(source: str) -> None:
    """Raises BadCondition unless ``source`` is a condition that can be compiled and is sure to end."""
    compile_condition(source)


def settle(condition: Condition | None, tool: Mapping[str, Any]) -> Condition | bool | None:
    """What is left to ask about calls of ``tool``: False (never holds), None (always) or a shorter condition."""
    if condition is None or not condition.static:
        return condition
    parts = conjuncts(condition.source)
    open_parts = [part for part in parts if not is_static(part)]
    settled = [part for part in parts if is_static(part)]
    answer = evaluate(_condition(*_joined(settled)), context_of({"tool": tool, "intent": {"tool": tool["name"]}}))
    if answer.failure:
        return condition
    if not answer.holds:
        return False
    return _condition(*_joined(open_parts)) if open_parts else None


_SAMPLE: Mapping[str, Any] = MappingProxyType(
    {
        "intent": {"arguments": {}, "tool": "", "tenant": "", "agent": "", "task": "", "user": "", "tool_version": ""}
        | {"confidence": 1.0, "step": 0, "reasoning": "", "assumptions": []},
        "tool": {"name": "", "version": "", "action_type": "", "risk": "safe", "idempotency": "none", "known": True},
        "task": {"calls": 0, "succeeded": 0, "failed": 0, "refused": 0, "denied": 0, "spent": 0.0, "tools": []}
        | {"age_s": 0.0},
        "now": datetime(2026, 1, 1, tzinfo=UTC),
    }
)


def _condition(source: str, program: Any) -> Condition:
    parts = tokens(source)
    names = {token.text for token in parts if token.kind == "name"}
    if any(a.text == "intent" and b.text != "." for a, b in zip(parts, [*parts[1:], parts[0]], strict=True)):
        names.add(WHOLE_INTENT)
    parts_of = conjuncts(source)
    needed = frozenset[str]().union(*(needs(part) for part in parts_of))
    static = any(map(is_static, parts_of))
    short = tuple(filter(None, map(quick, parts_of)))
    return Condition(source, program, frozenset(names), needed, short, reads_for_each(source), static)


def _joined(parts: list[str]) -> tuple[str, Any]:
    source = "\n&& ".join(parts)
    return source, cel.compile(source)


def _compile(source: str) -> Any:
    try:
        return cel.compile(source)
    except Exception as error:  # ValueError as documented; a parser's own failures are the author's to hear, too
        lines = [line for line in str(error).splitlines() if line.strip()]
        raise BadCondition(f"not a CEL condition: {' '.join(lines[:2])[:300]}") from None


def _try(program: Any) -> None:
    """Ask it once about nothing in particular: what the engine does not know at all would count as true for ever."""
    try:
        program.execute(context_of(_SAMPLE).values)
    except RuntimeError as error:
        if "Undefined" in str(error):
            raise BadCondition(f"not usable like this: {str(error)[:120]}") from None
    except Exception:  # a field that the sample lacks, or one of another kind: the call to come may have it
        return


def _bound_by_macros(source: str) -> set[str]:
    """The names that macros bind: the first argument of ``.all(x, ...)`` and its kin."""
    texts = [token.text for token in tokens(source)]
    return {texts[i + 2] for i in range(len(texts) - 2) if texts[i] in MACROS and texts[i + 1] == "("}
