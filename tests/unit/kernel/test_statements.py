"""What a signature covers: canonical however it is written, and nothing that a service uses is left out of it."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from groundstop.errors import BadInput
from groundstop.events import KINDS, Fact, IntentClassified, KeysPublished, SignerKey
from groundstop.identity.signatures import Keyring, Signer, holds, new_signer
from groundstop.identity.statements import EVER, SIGNED, SIGNERS, must_be_signed, statement
from groundstop.testing import NOON, a_classification, a_clearance
from groundstop.vocabulary import Reason, Risk, Route, Status

GOLDEN = Path(__file__).parents[2] / "contracts" / "golden"


STORED = sorted(SIGNED.keys() & KINDS.keys())
"""What is signed and stored by itself; the request of the first of two people is part of a halt."""


def golden(kind: str) -> Fact:
    body = json.loads((GOLDEN / f"{kind}.v1.json").read_text(encoding="utf-8"))["body"]
    return KINDS[kind].model_validate(body)


@pytest.mark.parametrize("kind", STORED)
def test_what_is_signed_is_canonical_json(kind: str) -> None:
    """RFC 8785, whichever way it was made: others can verify it with a library of their own."""
    text = statement(golden(kind))
    assert rfc8785.dumps(json.loads(text)) == text


@pytest.mark.parametrize("kind", STORED)
def test_a_fact_that_was_stored_is_what_was_signed(kind: str) -> None:
    """Written to JSON and read again, fractions and times included."""
    fact = golden(kind)
    assert statement(type(fact).model_validate_json(fact.model_dump_json())) == statement(fact)


@pytest.mark.parametrize("kind", sorted(SIGNERS.keys() & KINDS.keys()))
def test_every_kind_that_is_signed_can_carry_it(kind: str) -> None:
    assert "signature" in KINDS[kind].model_fields and kind in SIGNED


FREE = {"signature", "trace", "lane"}
"""Fields that no service acts upon: the place of a signature, what tools show, and a control's copy on each lane."""
OTHERWISE: dict[str, set[str]] = {
    "intent.cleared": {"charges", "warning"},  # of the version that signed first; its charges only ever refuse
    "case.opened": set(),
    "case.voted": {"cause"},
    "case.edited": {"cause", "diff"},
    "case.decided": {"cause", "note", "band", "decided_in_s", "read_s", "batch"},
    "grant.given": {"cause", "note"},
    "grant.revoked": {"cause"},
    "task.handoff": {"cause"},
    "task.resumed": {"cause"},
    "task.paused": {"cause"},
    "outcome": {
        "result",
        "attempts",
        "retry_after_s",
        "warning",
        "duration_ms",
        "executor",
        "undo",
        "tried",
        "verified",
        "over",
    },
    "policy.published": {"cause"},
    "control": {"cause"},
}


@pytest.mark.parametrize("kind", sorted(SIGNERS.keys() & KINDS.keys()))
def test_a_new_field_is_signed_or_said_to_be_free(kind: str) -> None:
    """Somebody who adds a field that a service acts upon finds out here that its signature does not cover it."""
    fields = KINDS[kind].model_fields.keys() - FREE - OTHERWISE.get(kind, set())
    assert fields <= {*SIGNED[kind]}, f"{sorted(fields - {*SIGNED[kind]})} of {kind}"


@pytest.mark.parametrize("where", ["call", "proposal"])
def test_arguments_are_part_of_what_is_signed(where: str) -> None:
    """The digest names them, but the rate-limiter draws budgets by what they say."""
    fact = new_signer().sign(a_classification(arguments={"amount": 20.5}))
    inner = getattr(fact, where).model_copy(update={"arguments": {"amount": 0.01}})
    assert statement(fact.model_copy(update={where: inner})) != statement(fact)


def test_only_the_ends_that_somebody_acts_upon_are_signed() -> None:
    end = golden("outcome")
    assert [status for status in Status if must_be_signed(end.model_copy(update={"status": status}))] == ["unknown"]


# from which moment on what must be signed


def _list(root: Signer, number: int, *roles: tuple[str, Signer]) -> KeysPublished:
    keys = tuple(SignerKey(key=s.key, name=role, role=role, public=s.public) for role, s in roles)
    return root.sign(KeysPublished(id=f"k{number}", at=NOON, number=number, keys=keys))


@pytest.fixture
def upgraded() -> tuple[Keyring, Signer]:
    """A ring that saw a list of the older version at noon, and one with a classifier an hour later; and its key."""
    root, limiter, classifier = new_signer(), new_signer(), new_signer()
    ring = Keyring(base64.b64decode(root.public))
    assert ring.take(_list(root, 1, ("rate-limiter", limiter)), NOON)
    assert ring.since is None
    later = NOON + timedelta(hours=1)
    assert ring.take(_list(root, 2, ("rate-limiter", limiter), ("classifier", classifier)), later)
    return ring, classifier


@pytest.mark.parametrize(
    ("fact", "stored_at", "accepted"),
    [
        (a_classification(), NOON + timedelta(minutes=59), True),
        (a_classification(), NOON + timedelta(hours=1), False),
        (a_classification(), NOON + timedelta(hours=2), False),
        (a_clearance(), NOON + timedelta(minutes=59), False),  # these were signed by the older version, too
    ],
)
def test_unsigned_facts_count_from_before_the_upgrade_alone(
    upgraded: tuple[Keyring, Signer], fact: Any, stored_at: datetime, accepted: bool
) -> None:
    """By the log's time, which nobody who publishes sets."""
    ring, _ = upgraded
    if accepted:
        assert ring.check(fact, stored_at) is None
        return
    with pytest.raises(BadInput) as refused:
        ring.check(fact, stored_at)
    assert refused.value.reason is Reason.UNSIGNED


def test_a_later_list_does_not_move_the_moment(upgraded: tuple[Keyring, Signer]) -> None:
    ring, classifier = upgraded
    before = ring.since
    signed: IntentClassified = classifier.sign(a_classification())
    assert ring.check(signed, NOON + timedelta(hours=2)) is not None
    assert ring.since == before == NOON + timedelta(hours=1)


def test_a_list_whose_time_is_not_known_forgives_nothing() -> None:
    root, classifier = new_signer(), new_signer()
    ring = Keyring(base64.b64decode(root.public))
    ring.take(_list(root, 1, ("classifier", classifier)))
    with pytest.raises(BadInput):
        ring.check(a_classification(), datetime(1970, 1, 1, tzinfo=UTC))


def test_what_was_signed_before_is_signed_the_same_way() -> None:
    """Signatures of the first version hold today: no field was added to what they cover."""
    kinds = ("intent.cleared", "case.decided")
    digests = {kind: hashlib.sha256(statement(golden(kind))).hexdigest()[:16] for kind in kinds}
    assert digests == {"intent.cleared": "9a7e038af4aa50d4", "case.decided": "3046189a843681b7"}
    assert {*digests} < EVER


def test_a_changed_judgement_is_not_what_was_signed() -> None:
    signer = new_signer()
    fact = signer.sign(a_classification(risk=Risk.RISKY, route=Route.APPROVE))
    public = base64.b64decode(signer.public)
    assert holds(fact, public)
    for change in ({"route": Route.PROCEED}, {"risk": Risk.SAFE}, {"findings": ()}, {"reasons": ("all is well",)}):
        altered = fact.model_copy(update={"judgement": fact.judgement.model_copy(update=change)})
        assert holds(altered, public) is (change == {"findings": ()}), change
