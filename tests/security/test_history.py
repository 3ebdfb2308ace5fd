"""Signatures after the fact: what ``groundstop verify`` says of a record in which somebody wrote what they may not."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import rfc8785
from groundstop.identity.keyfiles import read_signer
from groundstop.identity.signatures import Keyring, Signer, new_signer, statement
from groundstop.permissions.folder import KeyFolder
from groundstop.permissions.history import Row, unsigned
from groundstop.testing import a_clearance
from hypothesis import given
from hypothesis import strategies as st

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> KeyFolder:
    keys = KeyFolder(tmp_path / "keys")
    keys.init(NOON)
    return keys


def _rows(folder: KeyFolder, signer: Signer | None, count: int = 40) -> list[Row]:
    facts = [a_clearance(NOON) for _ in range(count)]
    signed = [*signer.sign_all(facts[:20]), *map(signer.sign, facts[20:])] if signer else facts
    listed = folder.listed(NOON)
    rows = [(2 + at, fact.kind, NOON, fact.model_dump_json()) for at, fact in enumerate(signed)]
    return [(1, listed.kind, NOON, listed.model_dump_json()), *rows]


def _root(folder: KeyFolder) -> bytes:
    return base64.b64decode((folder.path / "root.pub").read_text())


def test_a_signed_history_holds_in_batches_and_alone(folder: KeyFolder) -> None:
    signer = read_signer(folder.path / "rate-limiter.sign")
    assert list(unsigned(_rows(folder, signer), _root(folder))) == []


@pytest.mark.parametrize("who", ["executor", "owner", "nobody", "unsigned"])
def test_what_was_written_by_another_is_named(folder: KeyFolder, who: str) -> None:
    """Each of them, by its sequence."""
    signer = (
        None if who == "unsigned" else new_signer() if who == "nobody" else read_signer(folder.path / f"{who}.sign")
    )
    found = list(unsigned(_rows(folder, signer, 30), _root(folder)))
    assert [each.seq for each in found] == list(range(2, 32))
    assert {each.kind for each in found} == {"signature"}


def test_one_changed_fact_of_a_batch_is_the_one_that_is_named(folder: KeyFolder) -> None:
    rows = _rows(folder, read_signer(folder.path / "rate-limiter.sign"))
    seq, kind, at, payload = rows[7]
    rows[7] = (seq, kind, at, payload.replace('"by":"policy"', '"by":"alice"'))
    assert [each.seq for each in unsigned(rows, _root(folder))] == [seq]


def test_what_was_sealed_or_came_before_the_keys_is_passed_over(folder: KeyFolder) -> None:
    """Nothing can be said about a value that is hidden; a stack that was open once has an unsigned past."""
    rows = _rows(folder, None, 1)
    assert list(unsigned([rows[1], rows[0]], _root(folder))) == []
    seq, kind, at, payload = rows[1]
    hidden = payload.replace('"user":""', '"user":{"$sealed":"k.x"}')
    assert list(unsigned([rows[0], (seq, kind, at, hidden)], _root(folder))) == []


def test_a_key_that_was_revoked_signs_nothing_later(folder: KeyFolder) -> None:
    signer = read_signer(folder.path / "approval.sign")
    folder.revoke("approval", NOON)
    ring = Keyring(_root(folder))
    ring.take(folder.listed(NOON))
    rows = _rows(folder, signer, 2)
    late = [rows[0], *((seq, kind, at + timedelta(seconds=1), payload) for seq, kind, at, payload in rows[1:])]
    assert len(list(unsigned(late, _root(folder)))) == 2
    assert list(unsigned(rows, _root(folder))) == []


@given(st.text(), st.text(max_size=40))
def test_what_is_signed_of_a_clearance_is_canonical(user: str, by: str) -> None:
    """The fast form is RFC 8785's, whatever the texts are: another language can verify it."""
    import orjson

    try:
        fact = a_clearance(NOON).model_copy(update={"user": user, "by": by})
        said = statement(fact)
    except (orjson.JSONEncodeError, UnicodeEncodeError):
        return  # a lone surrogate: no model would have let it in
    assert rfc8785.dumps(orjson.loads(said)) == said
