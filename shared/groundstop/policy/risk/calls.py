"""What the arguments of one call add: the action they select, statements they carry, and dangerous patterns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundstop.policy.risk.evidence import Evidence, Limits, highest
from groundstop.policy.risk.folding import fold
from groundstop.policy.risk.heuristics import Verdict
from groundstop.policy.risk.http import METHOD_NAMES, method_risk
from groundstop.policy.risk.nouns import listed
from groundstop.policy.risk.patterns import Call, scan
from groundstop.policy.risk.schema import SHELL, SQL_KEYS, SchemaReading, plain, risk_of_choice
from groundstop.policy.risk.shell import destroys
from groundstop.policy.risk.sql import read_sql
from groundstop.policy.risk.walk import Leaf, leaves_of
from groundstop.words import Risk

# Parameters whose value, when it is an action word, decides what happens even if the schema does not list it.
_SELECTING = listed("action operation op method command subcommand act verb")


def judge_call(
    schema: SchemaReading,
    verdict: Verdict,
    declared: bool,
    arguments: Mapping[str, Any] | None,
    limits: Limits,
    floor: Risk,
) -> list[Evidence]:
    """Evidence of one call. ``floor`` is the risk that patterns, declaration and hints already established."""
    if not arguments:
        return _definition(verdict, declared)
    if not isinstance(arguments, Mapping):
        return [
            *_definition(verdict, declared),
            Evidence("argument", Risk.DANGEROUS, "The arguments are not a set of named values."),
        ]
    leaves = leaves_of(arguments)
    found = _judged(schema, verdict, declared, leaves.found)
    changes = max(highest(found).rank, floor.rank) > 0
    found += scan(leaves.found, Call(changes, limits, verdict.runs_sql))
    found += _smuggled(schema, arguments)
    if leaves.cut:
        found.append(Evidence("pattern", Risk.DANGEROUS, "The arguments are too deep or too many to be read in full."))
    return found


def _definition(verdict: Verdict, declared: bool) -> list[Evidence]:
    """What the definition says; a declaration replaces guesses, but cannot make a plain change safe."""
    if not declared:
        return list(verdict.evidence)
    if verdict.plain and verdict.risk is not Risk.SAFE:
        return [
            Evidence(
                "name", Risk.RISKY, "Whatever is declared, its name and description say it changes something.", 0.8
            )
        ]
    return []


def _judged(schema: SchemaReading, verdict: Verdict, declared: bool, leaves: tuple[Leaf, ...]) -> list[Evidence]:
    """The heuristics, narrowed to the action or statement that the arguments select."""
    if verdict.runs_sql:
        statements = _statements(leaves)
        if statements:
            return statements
    if verdict.runs_commands:
        return [*_definition(verdict, declared), *_commands(leaves)]
    if schema.selector is not None:
        return _selected(schema, verdict, declared, leaves)
    return [*_definition(verdict, declared), *_named_actions(leaves)]


def _statements(leaves: tuple[Leaf, ...]) -> list[Evidence]:
    """The SQL of a tool that runs SQL: it alone decides, so every statement given must be readable."""
    texts = [leaf for leaf in leaves if leaf.name in SQL_KEYS and isinstance(leaf.value, str)]
    found = []
    for leaf in texts[:20]:
        reading = read_sql(leaf.value)
        found.append(Evidence("argument", reading.risk, reading.detail, 0.9))
    if len(texts) > 20:
        found.append(Evidence("argument", Risk.DANGEROUS, "There are too many statements to be read."))
    return found


def _commands(leaves: tuple[Leaf, ...]) -> list[Evidence]:
    for leaf in leaves:
        if leaf.name in SHELL and isinstance(leaf.value, str):
            part = destroys(fold(leaf.value[:4_096]))
            if part:
                return [Evidence("pattern", Risk.DANGEROUS, f"The command “{part}” removes or overwrites.")]
    return []


def _selected(schema: SchemaReading, verdict: Verdict, declared: bool, leaves: tuple[Leaf, ...]) -> list[Evidence]:
    """A multi-action tool, judged by the action that was selected; what it plainly does anyway still counts."""
    selector = schema.selector
    assert selector is not None
    wanted = plain(selector.parameter)
    given = [leaf for leaf in leaves if leaf.name == wanted and leaf.depth == 1]
    if not given:
        return _definition(verdict, declared)
    found = [] if declared else [e for e in verdict.evidence if e.kind == "name" and verdict.single]
    for leaf in given:
        risk = selector.risks.get(leaf.value.strip().lower()) if isinstance(leaf.value, str) else None
        if risk is None:
            found.append(
                Evidence("argument", Risk.DANGEROUS, f"“{selector.parameter}” selects an action that is not on offer.")
            )
        else:
            found.append(Evidence("argument", risk, f"“{selector.parameter}” selects “{leaf.value[:40]}”.", 0.9))
    return found


def _named_actions(leaves: tuple[Leaf, ...]) -> list[Evidence]:
    """An action word or HTTP method in a parameter that selects actions, where the schema lists no choices."""
    found = []
    for leaf in leaves:
        if leaf.name not in _SELECTING or not isinstance(leaf.value, str) or len(leaf.value) > 80:
            continue
        text = fold(leaf.value)
        risk = (method_risk(text) if leaf.name in METHOD_NAMES else None) or risk_of_choice(text)
        if risk is not None and risk is not Risk.SAFE:
            found.append(Evidence("argument", risk, f"“{leaf.key[:40]}” asks to “{text[:40]}”.", 0.8))
    return found


def _smuggled(schema: SchemaReading, arguments: Mapping[str, Any]) -> list[Evidence]:
    """Arguments that the tool does not have: at best a mistake, at worst a way around the schema."""
    if not schema.names:
        return []
    unknown = [str(key) for key in list(arguments)[:200] if key not in schema.names]
    if not unknown:
        return []
    if schema.open:
        unknown = [key for key in unknown if plain(key) in _SELECTING or plain(key) in SHELL]
        if not unknown:
            return []
    acting = [key for key in unknown if plain(key) in _SELECTING or plain(key) in SHELL or plain(key) in SQL_KEYS]
    says = Risk.DANGEROUS if acting else Risk.RISKY
    return [Evidence("argument", says, f"The tool has no parameter “{(acting or unknown)[0][:60]}”.", 0.8)]
