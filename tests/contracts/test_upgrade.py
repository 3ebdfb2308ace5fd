"""While services are replaced one by one, the previous version reads what this one writes, and the other way round.

Old facts under new models: test_golden.py. Here new facts under the old models, which are kept as JSON Schemas in
previous/schemas.json (make_previous.py). A model ignores fields that it does not know, and so do these schemas.
"""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from groundstop.events import KINDS
from jsonschema import Draft202012Validator

HERE = Path(__file__).parent
PREVIOUS: dict[str, dict[str, Any]] = json.loads((HERE / "previous" / "schemas.json").read_text(encoding="utf-8"))
GROWING = frozenset({"Reason"})
"""Enumerations that get new words. An old reader records a fact with a word that it does not know as dead: so those
who read are replaced before those who write (docs/operate/upgrade.md, "Upgrade")."""


def loaded(name: str) -> ModuleType:
    """A script of this folder."""
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def refused(kind: str, body: Any) -> list[str]:
    """What the previous version's model would say against a fact."""
    validator = Draft202012Validator(PREVIOUS[kind])
    return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in validator.iter_errors(body)]


BOTH = sorted(PREVIOUS.keys() & KINDS.keys())


def test_no_kind_is_gone() -> None:
    """Facts of a kind that is written no more are still in logs."""
    assert PREVIOUS.keys() - KINDS.keys() == set()


@pytest.mark.parametrize("kind", BOTH)
def test_the_previous_version_reads_a_fact_of_today(kind: str) -> None:
    """Every field filled in, as make_golden does it."""
    assert refused(kind, loaded("make_golden").golden(KINDS[kind])["body"]) == []


@pytest.mark.parametrize("kind", BOTH)
def test_the_previous_version_reads_a_fact_that_says_as_little_as_it_may(kind: str) -> None:
    """Nothing but what must be said: every default of today was allowed before."""
    model = KINDS[kind]
    full = loaded("make_golden").sample(model)
    least = model.model_validate(
        {name: full[name] for name, field in model.model_fields.items() if field.is_required()}
    )
    assert refused(kind, least.model_dump(mode="json")) == []


def words(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every word of every enumeration in a schema, as (name of the enumeration, word)."""
    for name, part in schema.get("$defs", {}).items():
        yield from ((name, word) for word in part.get("enum", ()))


def test_only_enumerations_that_may_grow_have_grown() -> None:
    """A route, a risk or a status that the previous version does not know would change what it does."""
    known = {word for schema in PREVIOUS.values() for word in words(schema)}
    named = {name for name, _ in known}
    today = {word for kind in BOTH for word in words(KINDS[kind].model_json_schema())}
    assert {name for name, _ in today - known if name in named} <= GROWING
    assert known <= today, "facts in the log have words that are gone"


@pytest.mark.parametrize("kind", BOTH)
def test_the_subjects_stay(kind: str) -> None:
    """The previous version's facts and today's collide where they should: on one subject."""
    golden = json.loads((HERE / "golden" / f"{kind}.v1.json").read_text(encoding="utf-8"))
    assert KINDS[kind].model_validate(golden["body"]).once() == golden["once"]
