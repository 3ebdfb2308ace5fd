"""Who speaks about the risk of a tool: the assessor of groundstop.risk, asked in the shape it wants."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from groundstop import risk as assessor
from groundstop.catalogue import Tool
from groundstop.policy.model import Hazards
from groundstop.vocabulary import Risk

HEURISTIC = frozenset({"name", "description", "schema"})
"""Kinds of evidence that guess what a tool does: they count only where nobody declared it."""


@dataclass(frozen=True, slots=True)
class Word:
    """One voice on the risk of a call. What is not ``binding`` is listed and changes nothing."""

    says: Risk
    detail: str
    binding: bool = True


Witness = Callable[[Mapping[str, Any]], tuple[Word, ...]]


def witness(tool: Tool | None, name: str, hazards: Hazards) -> Witness:
    """A function from arguments to what speaks about the risk of that call, the decisive evidence first."""
    limits = assessor.Limits(
        money_max=hazards.money_max,
        recipients_max=hazards.recipients_max,
        production_names=frozenset(word.lower() for word in hazards.production_names),
    )
    prepared = assessor.prepare(_definition(tool, name))
    unknown = () if tool else (Word(Risk.DANGEROUS, "A tool that nobody declared counts as dangerous."),)

    def speak(arguments: Mapping[str, Any]) -> tuple[Word, ...]:
        try:
            seen = prepared.assess(arguments, limits).evidence
        except Exception as error:  # an assessor that cannot read a call must not let it pass
            return (*unknown, Word(Risk.DANGEROUS, f"Its arguments could not be assessed ({type(error).__name__})."))
        return (*unknown, *(Word(e.says, e.detail, tool is None or e.kind not in HEURISTIC) for e in seen))

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
        "statement": tool.statement,
    }
