"""Signed requests and answers, boxes for a worker, the list of who does what, and references to secrets."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from groundstop.catalogue.references import forms, has_reference, hidden, references, resolved
from groundstop.events import KeysPublished, SignerKey, WorkerKey
from groundstop.identity.nkey import BadBox, public_bytes, seal, unseal
from groundstop.identity.seeds import new_identity, read_seed
from groundstop.identity.signatures import BadSignature, Keyring, holds, new_signer, statement
from groundstop.identity.worker_messages import RUN, check_answer, check_request, sign_answer, sign_request
from groundstop.permissions.folder import ENDED_MAX, KeyFolder, Register
from hypothesis import given
from hypothesis import strategies as st

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ROOT, EXECUTOR = new_signer(), new_signer()
ME, OTHER = new_identity("me", "worker"), new_identity("other", "worker")
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NUMBER = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def worker(identity: Any = ME, **fields: Any) -> WorkerKey:
    return WorkerKey(**({"name": identity.name, "tool": "mail.send", "public": identity.public} | fields))


def listed(*workers: WorkerKey, role: str = "executor", until: datetime | None = None) -> Keyring:
    key = SignerKey(key=EXECUTOR.key, name="executor", role=role, public=EXECUTOR.public, until=until)
    ring = Keyring(public_of(ROOT.public))
    fact = KeysPublished(id="k", at=NOON, actor="keys", number=1, keys=(key,), workers=workers)
    assert ring.take(ROOT.sign(fact))
    return ring


def public_of(text: str) -> bytes:
    return base64.b64decode(text)


@given(JSON)
def test_a_request_is_believed_as_it_crosses_the_bus(arguments: Any) -> None:
    """Through JSON and back it is the same statement."""
    body = sign_request(RUN, {"call": "c", "arguments": arguments, "timeout_s": 30.0}, EXECUTOR)
    assert check_request(RUN, json.loads(json.dumps(body)), listed(), NOON).name == "executor"


@pytest.mark.parametrize(
    ("role", "until", "change", "reason"),
    [
        ("executor", NOON - timedelta(seconds=1), {}, "wrong_signer"),
        ("approval", None, {}, "wrong_signer"),
        ("executor", None, {"call": "d"}, "bad_signature"),
        ("executor", None, {"more": 1}, "bad_signature"),
        ("executor", None, {"signature": ""}, "unsigned"),
        ("executor", None, {"signature": f"{EXECUTOR.key}:no base64"}, "bad_signature"),
        ("executor", None, {"signature": "0123456789abcdef:AAAA"}, "unknown_signer"),
    ],
)
def test_a_request_is_refused(role: str, until: datetime | None, change: dict[str, Any], reason: str) -> None:
    body = sign_request(RUN, {"call": "c"}, EXECUTOR) | change
    with pytest.raises(BadSignature) as refused:
        check_request(RUN, body, listed(role=role, until=until), NOON)
    assert refused.value.reason == reason


@given(JSON)
def test_an_answer_is_believed_as_it_crosses_the_bus(result: Any) -> None:
    answer = sign_answer({"result": result}, "c", "mail.send", ME)
    assert check_answer(json.loads(json.dumps(answer)), "c", "mail.send", (worker(),)).name == "me"


@pytest.mark.parametrize(
    ("change", "call", "workers"),
    [
        ({"result": 2}, "c", (worker(),)),
        ({"accepted": True}, "c", (worker(),)),
        ({"call": "d"}, "c", (worker(),)),
        ({}, "d", (worker(),)),
        ({}, "c", ()),
        ({}, "c", (worker(OTHER),)),
        ({"worker": OTHER.public}, "c", (worker(OTHER),)),
        ({}, "c", (worker(tool="mail.read"),)),
        ({"signature": ""}, "c", (worker(),)),
    ],
)
def test_an_answer_is_refused(change: dict[str, Any], call: str, workers: tuple[WorkerKey, ...]) -> None:
    answer = sign_answer({"result": 1}, "c", "mail.send", ME) | change
    with pytest.raises(BadSignature):
        check_answer(answer, call, "mail.send", workers)


def test_a_box_is_for_one_key() -> None:
    box = seal(b"secret", ME.public)
    assert unseal(box, ME.seed) == b"secret"
    for wrong in (box[:-8] + "AAAAAAA=", "", "no base64"):
        with pytest.raises(BadBox):
            unseal(wrong, ME.seed)
    with pytest.raises(BadBox):
        unseal(box, OTHER.seed)
    other = "A" if ME.public[-1] != "A" else "B"
    for public in (ME.public[:-1] + other, ME.public[1:], f"A{ME.public[1:]}", ""):
        with pytest.raises(ValueError):
            public_bytes(public)


def test_a_list_of_before_workers_were_listed_still_counts() -> None:
    """It says nothing of workers; nobody can take them out of a newer list, or add them to an older one."""
    key = SignerKey(key=EXECUTOR.key, name="executor", role="executor", public=EXECUTOR.public)
    old = KeysPublished(id="k", at=NOON, actor="keys", number=1, keys=(key,))
    assert b"workers" not in statement(old)
    signed = ROOT.sign(old)
    again = KeysPublished.model_validate_json(signed.model_dump_json(exclude={"workers"}))
    assert holds(again, public_of(ROOT.public))
    new = ROOT.sign(old.model_copy(update={"workers": (worker(),)}))
    assert holds(new, public_of(ROOT.public))
    for forged in (
        signed.model_copy(update={"workers": (worker(),)}),
        signed.model_copy(update={"workers": ()}),
        new.model_copy(update={"workers": None}),
        new.model_copy(update={"workers": ()}),
    ):
        assert not holds(forged, public_of(ROOT.public))


def test_a_worker_that_has_ended_still_says_whose_the_tool_is() -> None:
    ring = listed(worker(until=NOON), worker(OTHER, tool="mail.read"))
    assert [key.name for key in ring.workers("mail.send", NOON - timedelta(seconds=1))] == ["me"]
    assert ring.workers("mail.send", NOON + timedelta(seconds=1)) == ()
    assert ring.has_workers("mail.send") and not ring.has_workers("mail.delete")


def test_a_folder_lists_its_workers_and_forgets_old_ones(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path / "keys")
    folder.init(NOON)
    folder.issue("sender", "worker", {"tool": "mail.send"}, NOON)
    assert read_seed(folder.seed_file("sender")).root == (tmp_path / "keys" / "root.pub").read_text().strip()
    assert [key.name for key in folder.listed(NOON).workers or ()] == ["sender"]
    for _ in range(2 * ENDED_MAX):
        folder.rotate("sender", NOON)
    folder.revoke("sender", NOON)
    workers = folder.listed(NOON).workers or ()
    assert len(workers) == ENDED_MAX and all(key.until is not None for key in workers)


def test_a_folder_of_an_older_form_is_renewed(tmp_path: Path) -> None:
    """Its list is published anew, under a higher number, and its seeds are told the root."""
    folder = KeyFolder(tmp_path / "keys")
    folder.init(NOON)
    folder.issue("sender", "worker", {"tool": "mail.send"}, NOON)
    register = folder.register()
    fields = register.model_dump(mode="json", exclude={"form", "ended"})
    (tmp_path / "keys" / "register.json").write_text(json.dumps(fields))
    seed = folder.seed_file("sender")
    seed.write_text("\n".join(line for line in seed.read_text().split("\n") if "root" not in line))
    assert read_seed(seed).root == "" and Register.model_validate(fields).form == 1
    folder.init(NOON)
    assert folder.register().number == register.number + 1
    assert [key.name for key in folder.listed(NOON).workers or ()] == ["sender"]
    assert read_seed(seed).root
    folder.init(NOON)
    assert folder.register().number == register.number + 1


# references


def test_references_are_found_filled_in_and_hidden() -> None:
    value = {"a": [{"$secret": "smtp"}], "b": {"$secret": "pay"}, "c": {"$secret": 5}, "d": {"$secret": "x", "e": 1}}
    assert list(references(value)) == ["smtp", "pay"]
    assert has_reference(value) and not has_reference({"a": "$secret"})
    seen: list[str] = []
    filled = resolved(value, lambda name: f"value of {name}", seen)
    assert filled == {"a": ["value of smtp"], "b": "value of pay", "c": {"$secret": 5}, "d": {"$secret": "x", "e": 1}}
    assert hidden({"said": f"{seen}"}, seen) == {"said": "['[secret]', '[secret]']"}


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=4, max_size=60))
def test_a_secret_is_hidden_however_it_is_written(secret: str) -> None:
    for form in forms(secret):
        assert form not in hidden(f"<<{form}>>", [secret]).removeprefix("<<").removesuffix(">>") or form in "[secret]"


def test_a_secret_that_was_cut_off_is_hidden_too() -> None:
    """What is told of an error has an end; a secret may be where it is."""
    secret = "correct-horse-battery-staple"
    text = "x" * 490 + secret
    assert "correct" not in hidden(text[:500], [secret])
    assert hidden("short: correct", [secret]) == "short: correct"
    key = "-----BEGIN KEY-----\nshort line\n-----END KEY-----" + "x" * 600
    assert "short line" not in hidden(json.dumps({"error": key})[:500], [key])
    assert hidden("-----BEGIN KEY-----", [key]) == "[secret]", "a line of it gives it away, too"
