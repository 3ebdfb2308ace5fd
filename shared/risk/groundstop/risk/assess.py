"""The risk of any tool, and of one call of it: witnesses in a fixed order, each of which may only raise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundstop.risk.calls import Said, judge_call
from groundstop.risk.evidence import Assessment, Evidence, Limits, decisive_first, highest
from groundstop.risk.heuristics import Verdict, judge
from groundstop.risk.hints import read_hints
from groundstop.risk.names import strange_name
from groundstop.risk.schema import SchemaReading, read_schema
from groundstop.risk.statements.arguments import Spoken, declared_statement
from groundstop.vocabulary import Risk

DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A tool definition read once; ``assess`` then looks only at the arguments. Immutable, so it may be shared."""

    schema: SchemaReading
    verdict: Verdict
    standing: tuple[Evidence, ...]
    declared: bool
    statement: Spoken | None = None

    def assess(self, arguments: Mapping[str, Any] | None = None, limits: Limits = DEFAULT_LIMITS) -> Assessment:
        """The risk of calling the tool with ``arguments``; without arguments, the worst it can be asked to do."""
        floor = highest(self.standing)
        try:
            said = judge_call(self.schema, self.verdict, self.declared, arguments, limits, floor, self.statement)
        except Exception:  # nor may arguments that cannot be read pass for harmless ones
            said = Said((UNREAD,))
        standing = self.standing
        if said.settled:
            standing = tuple(item for item in standing if item.kind not in _OF_THE_WORST)
        evidence = [*standing, *said.evidence]
        return Assessment(highest(evidence), decisive_first(evidence))


_OF_THE_WORST = frozenset({"declaration", "hint"})
"""Evidence about the worst that a tool can do; a statement that was read in full says what this call does."""
UNREAD = Evidence("pattern", Risk.DANGEROUS, "The arguments cannot be read, and unread means dangerous.")
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
    statement = declared_statement(tool.get("statement"))
    if statement is None and tool.get("statement"):
        said = str(tool.get("statement"))[:40]
        detail = f"The catalogue names a language that nobody reads: “{said}”."
        standing.append(Evidence("pattern", Risk.DANGEROUS, detail))
    return Prepared(schema, verdict, tuple(standing), declaration is not None, statement)


def language_of(tool: Mapping[str, Any]) -> str:
    """The language of the statements that a tool seems to run, as a catalogue names it; empty for none."""
    spoken = prepare(tool).verdict.spoken
    return "" if spoken is None else spoken.language


def assess_tool(
    tool: Mapping[str, Any], arguments: Mapping[str, Any] | None = None, limits: Limits = DEFAULT_LIMITS
) -> Assessment:
    """The risk of ``tool`` (keys as in MCP's tools/list: name, description, inputSchema, annotations; optional
    ``declared_risk`` and ``statement``: the language of what it runs, such as ``bash``), or of calling it with
    ``arguments``. ``safe`` means that it only reads."""
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
