"""The risk of any tool, and of one call of it: witnesses in a fixed order, each of which may only raise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundstop.policy.risk.calls import judge_call
from groundstop.policy.risk.evidence import Assessment, Evidence, Limits, decisive_first, highest
from groundstop.policy.risk.heuristics import Verdict, judge
from groundstop.policy.risk.hints import read_hints
from groundstop.policy.risk.names import strange_name
from groundstop.policy.risk.schema import SchemaReading, read_schema
from groundstop.words import Risk

DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A tool definition read once; ``assess`` then looks only at the arguments. Immutable, so it may be shared."""

    schema: SchemaReading
    verdict: Verdict
    standing: tuple[Evidence, ...]
    declared: bool

    def assess(self, arguments: Mapping[str, Any] | None = None, limits: Limits = DEFAULT_LIMITS) -> Assessment:
        """The risk of calling the tool with ``arguments``; without arguments, the worst it can be asked to do."""
        floor = highest(self.standing)
        try:
            said = judge_call(self.schema, self.verdict, self.declared, arguments, limits, floor)
        except Exception:  # nor may arguments that cannot be read pass for harmless ones
            said = [Evidence("pattern", Risk.DANGEROUS, "The arguments cannot be read, and unread means dangerous.")]
        evidence = [*self.standing, *said]
        return Assessment(highest(evidence), decisive_first(evidence))


UNREADABLE = Evidence("pattern", Risk.DANGEROUS, "The tool's definition cannot be read, and unread means dangerous.")


def prepare(tool: Mapping[str, Any]) -> Prepared:
    """Read a tool definition (keys as in MCP's tools/list, optional ``declared_risk``). Never raises on odd input."""
    try:
        return _read(tool if isinstance(tool, Mapping) else {})
    except Exception:  # a definition comes from outside: one that cannot be read must not take its server down
        return Prepared(read_schema({}), judge("", "", read_schema({})), (UNREADABLE,), declared=False)


def _read(tool: Mapping[str, Any]) -> Prepared:
    name, description = _text(tool.get("name")), _text(tool.get("description"))
    schema = read_schema(tool)
    verdict = judge(name, description, schema)
    standing: list[Evidence] = []
    strange = strange_name(name)
    if strange is not None:
        standing.append(strange)
    standing += verdict.patterns
    declaration = _declaration(tool.get("declared_risk"))
    if declaration is not None:
        standing.append(declaration)
    standing += read_hints(tool.get("annotations"))
    return Prepared(schema, verdict, tuple(standing), declaration is not None)


def assess_tool(
    tool: Mapping[str, Any], arguments: Mapping[str, Any] | None = None, limits: Limits = DEFAULT_LIMITS
) -> Assessment:
    """The risk of ``tool`` (keys as in MCP's tools/list: name, description, inputSchema, annotations; optional
    ``declared_risk``), or of calling it with ``arguments``. ``safe`` means that it only reads."""
    return prepare(tool).assess(arguments, limits)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _declaration(value: Any) -> Evidence | None:
    if not isinstance(value, str):
        return None
    try:
        risk = Risk(value)
    except ValueError:
        return None
    return Evidence("declaration", risk, f"The catalogue declares the tool {risk.value}.")
