"""What the arguments of one call add: the action they select, statements they carry, and dangerous patterns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from groundstop.risk.evidence import Evidence, Limits, highest
from groundstop.risk.folding import fold
from groundstop.risk.heuristics import CAN_SAVE, Verdict
from groundstop.risk.http import METHOD_NAMES, method_risk
from groundstop.risk.nouns import listed
from groundstop.risk.patterns import Call, scan
from groundstop.risk.reach import many
from groundstop.risk.schema import SHELL, SQL_KEYS, SchemaReading, plain, risk_of_choice
from groundstop.risk.statements.arguments import Spoken, noticed, statements_in
from groundstop.risk.walk import Leaf, Leaves, leaves_of
from groundstop.vocabulary import Risk

# Parameters whose value, when it is an action word, decides what happens even if the schema does not list it.
_SELECTING = listed("action operation op method command subcommand act verb")


class Said(NamedTuple):
    """The evidence of one call. ``settled`` is True when the catalogue names the language of the tool's statements and
    each was read: then they speak for the call, and what is said of the worst that the tool can do does not."""

    evidence: Sequence[Evidence]
    settled: bool = False


def judge_call(
    schema: SchemaReading,
    verdict: Verdict,
    declared: bool,
    arguments: Mapping[str, Any] | None,
    limits: Limits,
    floor: Risk,
    statement: Spoken | None = None,
) -> Said:
    """Evidence of one call. ``floor`` is the risk that patterns, declaration and hints already established, and
    ``statement`` the language that the catalogue says the tool runs."""
    if not arguments:
        return Said((*_definition(verdict, declared), *_runs(verdict)))
    if not isinstance(arguments, Mapping):
        odd = Evidence("argument", Risk.DANGEROUS, "The arguments are not a set of named values.")
        return Said((*_definition(verdict, declared), *_runs(verdict), odd))
    leaves = leaves_of(arguments)
    spoken = statement or verdict.spoken
    found, read = _statements(spoken, leaves.found, arguments, limits) if spoken is not None else ([], frozenset())
    settled = bool(found) and statement is not None
    if found:
        found += _selected(schema, verdict, True, leaves.found) if _selects_beside(schema, read) else []
    else:
        found = _judged(schema, verdict, declared, leaves.found)
        found += _runs(verdict)
    changes = max(highest(found).rank, Risk.SAFE.rank if settled else floor.rank) > 0
    found += scan(leaves.found, Call(changes, limits, read, verdict.risk is Risk.SAFE))
    if not (settled or (spoken is not None and read)) and leaves.found and leaves.found[-1].depth > 1:
        found += _noticed(leaves, arguments)
    crowd = many(leaves.found, limits) if changes else None
    if crowd is not None:
        found.append(crowd)
    found += _smuggled(schema, arguments)
    if leaves.cut:
        found.append(Evidence("pattern", Risk.DANGEROUS, "The arguments are too deep or too many to be read in full."))
    return Said(found, settled and not leaves.cut)


def _runs(verdict: Verdict) -> tuple[Evidence, ...]:
    return () if verdict.runs is None else (verdict.runs,)


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
    """The heuristics, narrowed to the action that the arguments select."""
    if schema.saving:
        return _saved(schema, _judged(replace(schema, saving=()), verdict, declared, leaves), leaves)
    if schema.selector is not None and not verdict.filters:
        return _selected(schema, verdict, declared, leaves)
    if verdict.filters:
        return _definition(verdict, declared)
    return [*_definition(verdict, declared), *_named_actions(leaves)]


def _saved(schema: SchemaReading, found: list[Evidence], leaves: tuple[Leaf, ...]) -> list[Evidence]:
    """A tool that can save what it found saves only where a file is named."""
    named = {plain(key) for key in schema.saving}
    given = next((leaf for leaf in leaves if leaf.name in named and leaf.value), None)
    if given is not None:
        return [*found, Evidence("argument", Risk.RISKY, f"It saves a file, named by “{given.key[:60]}”.", 0.8)]
    return [item for item in found if not (schema.saving_optional and item.detail.startswith(CAN_SAVE))]


def _selects_beside(schema: SchemaReading, read: frozenset[str]) -> bool:
    """True where a parameter beside the statement selects what is done."""
    return schema.selector is not None and plain(schema.selector.parameter) not in read


def _statements(
    spoken: Spoken, leaves: tuple[Leaf, ...], arguments: Mapping[str, Any], limits: Limits
) -> tuple[list[Evidence], frozenset[str]]:
    """What the statements of a tool that runs statements would do, and the parameters that hold them."""
    readings, names = statements_in(spoken, leaves, arguments)
    found = [Evidence("argument", reading.risk, reading.detail, 0.9) for _, reading in readings]
    if any(reading.changes and _speaks_of(text, limits.production_names) for text, reading in readings):
        found.append(Evidence("argument", Risk.DANGEROUS, "The statement aims at production.", 0.9))
    return found, names


def _noticed(leaves: Leaves, arguments: Mapping[str, Any]) -> list[Evidence]:
    """Statements in more than one value, among the arguments of a tool that is not known to run any."""
    return [
        Evidence("pattern", reading.risk, f"Argument “{key[:60]}” holds a statement ({language}): {reading.detail}")
        for key, language, reading in noticed(leaves, arguments)
    ]


def _speaks_of(text: str, names: frozenset[str]) -> bool:
    return not names.isdisjoint(re.split(r"[^a-z0-9]+", text[:8_000].lower()))


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
