"""Facts written by older versions can still be read, and mean what they meant."""

import json
from pathlib import Path
from typing import Any

import pytest
from groundstop import subjects
from groundstop.addresses import overlaps
from groundstop.bus.message import decode, delivery_of
from groundstop.events import KINDS, Fact

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(GOLDEN.glob("*.json"))
BYTES_MAX = 1_000_000


def model_of(file: Path) -> type[Fact]:
    """The model that reads a golden file today."""
    return KINDS[file.name.rpartition(".v")[0]]


def kept(before: Any, after: Any) -> bool:
    """Whether ``after`` says everything that ``before`` says; it may say more."""
    if isinstance(before, dict):
        return isinstance(after, dict) and all(
            name in after and kept(value, after[name]) for name, value in before.items()
        )
    if isinstance(before, list):
        return isinstance(after, list) and len(before) == len(after) and all(map(kept, before, after))
    return bool(before == after)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_golden_file(kind: str) -> None:
    """Run ``python tests/contracts/make_golden.py`` when a kind or a version is new."""
    assert (GOLDEN / f"{kind}.v{KINDS[kind].version}.json").exists()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_old_fact_means_what_it_meant(file: Path) -> None:
    """A field that changed its name, type or meaning shows here: add a new field, or a new version of the kind."""
    golden = json.loads(file.read_text(encoding="utf-8"))
    fact = model_of(file).model_validate_json(json.dumps(golden["body"]))
    assert kept(golden["body"], json.loads(fact.model_dump_json()))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_fact_stays_where_it_is_stored(file: Path) -> None:
    """Another subject, or another pattern for the once-check, would let a second such fact into an existing log."""
    golden = json.loads(file.read_text(encoding="utf-8"))
    fact = model_of(file).model_validate(golden["body"])
    assert (fact.subject(), fact.once()) == (golden["subject"], golden["once"])
    assert any(overlaps(pattern, fact.subject()) for pattern in subjects.STORED)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_a_newer_writer_added_is_ignored(file: Path) -> None:
    """During a rolling upgrade old readers meet new fields, at the top and inside."""
    body = json.loads(file.read_text(encoding="utf-8"))["body"]
    added = {"added_by_a_newer_writer": {"any": "thing"}}
    newer = {name: value | added if name == "call" else value for name, value in body.items()} | added
    fact = model_of(file).model_validate(newer)
    assert kept(body, json.loads(fact.model_dump_json()))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_service_decodes_an_old_fact_from_the_wire(file: Path) -> None:
    """The same path that a consumer takes, the check of identity included."""
    golden = json.loads(file.read_text(encoding="utf-8"))
    reply = "$JS.ACK.EVENTS.any.1.7.7.1780315200000000000.0"
    delivery = delivery_of(golden["subject"], reply, json.dumps(golden["body"]).encode(), None, 0.0)  # type: ignore[arg-type]  # nothing is answered
    assert decode(model_of(file), delivery, BYTES_MAX).subject() == golden["subject"]
