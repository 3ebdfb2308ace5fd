"""Every rule about time refuses a history that breaks it, and accepts one that does not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from groundstop.events import CaseOpened, IntentClassified, IntentCleared, IntentSubmitted
from groundstop.testing import NOON
from groundstop.vocabulary import CaseKind, Status

from tests.chaos.history import History
from tests.chaos.test_rules import a_history, a_life
from tests.chaos.timing import STORED_S, attempts_in_time, claimed_in_time, unknown_is_asked_about


def stored_at(history: History, **seconds: float) -> History:
    """The same facts; those of a kind (``execution_started=5``) were stored so long after noon."""
    kinds = {name.replace("_", "."): at for name, at in seconds.items()}
    return replace(
        history,
        facts=tuple(
            replace(fact, time_ns=int((NOON.timestamp() + kinds.get(fact.kind, 0.0)) * 1e9)) for fact in history.facts
        ),
    )


@pytest.mark.parametrize("expired_by_s", [-1.0, STORED_S - 0.1])
def test_a_claim_in_time_is_accepted(expired_by_s: float) -> None:
    history = stored_at(a_history(a_life().values()), execution_started=300.0 + expired_by_s)
    assert list(claimed_in_time(history)) == []


def test_a_claim_of_an_expired_clearance_is_seen() -> None:
    assert list(claimed_in_time(stored_at(a_history(a_life().values()), execution_started=301.0 + STORED_S)))


def test_a_claim_after_the_deadline_is_seen() -> None:
    life = a_life()
    cleared = life["cleared"]
    assert isinstance(cleared, IntentCleared)
    life["cleared"] = cleared.model_copy(update={"deadline": NOON + timedelta(seconds=10)})
    assert list(claimed_in_time(stored_at(a_history(life.values()), execution_started=11.0 + STORED_S)))


def test_an_attempt_that_outlives_its_time_is_seen() -> None:
    """The tool of these lives may take half a minute."""
    history = a_history(a_life().values())
    assert list(attempts_in_time(5.0)(stored_at(history, outcome=34.0))) == []
    assert list(attempts_in_time(5.0)(stored_at(history, outcome=36.0)))


def test_an_unknown_end_that_nobody_is_asked_about_is_seen() -> None:
    life = a_life(status=Status.UNKNOWN)
    assert list(unknown_is_asked_about(a_history(life.values())))
    submitted, classified, cleared = (life[name] for name in ("submitted", "classified", "cleared"))
    assert isinstance(submitted, IntentSubmitted)
    assert isinstance(classified, IntentClassified)
    assert isinstance(cleared, IntentCleared)
    asked = CaseOpened.caused_by(
        life["outcome"], NOON, "approval", case_kind=CaseKind.RECONCILIATION, call=cleared.call, question="did it?",
        expires_at=NOON, proposal=submitted.proposal(), judgement=classified.judgement,
    )  # fmt: skip
    assert list(unknown_is_asked_about(a_history([*life.values(), asked]))) == []
