"""Who speaks about the risk of a tool: the assessor of groundstop.policy.risk, asked in the shape it wants."""

from collections.abc import Callable, Mapping
from typing import Any

from groundstop.catalogue import Tool
from groundstop.policy import risk as assessor
from groundstop.policy.basics import Section
from groundstop.words import Risk

Evidence = tuple[Risk, str]
Witness = Callable[[Mapping[str, Any]], tuple[Evidence, ...]]


def witness(tool: Tool | None, name: str, hazards: Any) -> Witness:
    """A function from arguments to what speaks about the risk of that call, the decisive evidence first."""
    definition = _definition(tool, name)
    limits = _limits(hazards)
    prepared = assessor.prepare(definition)
    unknown: tuple[Evidence, ...] = (
        () if tool else ((Risk.DANGEROUS, f"Nobody declared a tool called {name[:80]!r}, so it counts as dangerous."),)
    )

    def speak(arguments: Mapping[str, Any]) -> tuple[Evidence, ...]:
        try:
            seen = prepared.assess(arguments, limits).evidence
        except Exception as error:  # an assessor that cannot read a call must not let it pass
            return (*unknown, (Risk.DANGEROUS, f"Its arguments could not be assessed ({type(error).__name__})."))
        return (*unknown, *((item.says, item.detail) for item in seen))

    return speak


def _definition(tool: Tool | None, name: str) -> dict[str, Any]:
    if tool is None:
        return {"name": name}
    return {
        "name": tool.name,
        "description": tool.description,
        "inputSchema": tool.parameters,
        "annotations": tool.annotations,
        "declared_risk": tool.risk.value,
    }


def _limits(hazards: Section) -> assessor.Limits:
    return assessor.Limits(
        money_max=getattr(hazards, "money_max"),  # noqa: B009 - typed loosely to keep the import one-way
        production_names=frozenset(getattr(hazards, "production_names")),  # noqa: B009
    )
