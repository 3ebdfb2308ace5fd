"""Agents choose the ids of their intents: one that is chosen twice blocks nobody's, and takes nobody's place."""

from typing import Any

import pytest
import structlog
from groundstop.clock import Clock
from groundstop.events import CaseOpened, ExecutionStarted, IntentClassified
from groundstop.log import Log
from groundstop.testing import a_classification, a_submission, eventually
from groundstop.vocabulary import CaseKind, Risk
from groundstop_approval.domain.notifications import Notifications
from groundstop_approval.domain.people import Directory
from groundstop_approval.notify.plan import notes
from groundstop_approval.notify.text import event_of
from groundstop_approval.projections.inbox import Cases, names

LOGGER = structlog.get_logger()
OTHERS: list[dict[str, Any]] = [{"tenant": "rival"}, {"agent": "other"}]


def _judged(**who: Any) -> IntentClassified:
    return a_classification(Clock()(), intent="the-same-id", **who)


def _started(of: IntentClassified) -> ExecutionStarted:
    return ExecutionStarted.caused_by(
        of, Clock()(), "executor", attempt=1, executor="x", lane=3, epoch=0, call_digest="d", tool="t",
        action_type="t", risk=Risk.SAFE,
    )  # fmt: skip


def _opened(of: IntentClassified) -> CaseOpened:
    return CaseOpened.caused_by(
        of, of.at, "approval", case_kind=CaseKind.APPROVAL, question="?", call=of.call, judgement=of.judgement,
        proposal=of.proposal, expires_at=of.at,
    )  # fmt: skip


@pytest.mark.parametrize("other", OTHERS)
async def test_two_intents_of_one_id_are_both_executed(log: Log, other: dict[str, Any]) -> None:
    """The server takes each id of a message once: a claim's says whose intent it is of."""
    assert (await log.claim(_started(_judged()))).held
    assert (await log.claim(_started(_judged(**other)))).held


@pytest.mark.parametrize("taken", ["the-same-id:1", "the-same-id", "acme.helper.the-same-id:1", "execution.started"])
async def test_no_message_of_another_kind_takes_a_claims_place(log: Log, taken: str) -> None:
    """An id that an agent could have thought of, on a fact of its own, when agents wrote the log."""
    await log.nc.jetstream().publish("gs.feedback.acme.helper.x.y", b"{}", headers={"Nats-Msg-Id": taken})
    assert (await log.claim(_started(_judged()))).held


@pytest.mark.parametrize("other", OTHERS)
def test_ids_of_what_follows_are_derived_from_whose_it_is(other: dict[str, Any]) -> None:
    """Nobody's id is another's, whatever both have chosen for what they say."""
    ids = []
    for who in (dict[str, Any](), other):
        said = a_submission(intent="the-same-id", **who).model_copy(update={"id": "chosen"})
        proposal = _judged(**who)
        judged = IntentClassified.caused_by(
            said, said.at, "classifier", proposal=None, call=None, judgement=proposal.judgement
        )
        readable = judged.model_copy(update={"call": proposal.call, "proposal": proposal.proposal})
        ids.append({judged.id, _opened(readable).id})
    assert ids[0].isdisjoint(ids[1])


@pytest.mark.parametrize("other", OTHERS)
def test_being_told_of_one_is_not_being_told_of_the_other(other: dict[str, Any]) -> None:
    settings = Notifications.model_validate(
        {"targets": {"ops": {"url": "json://x"}}, "rules": [{"events": ["case.opened"], "to": ["ops"]}]}
    )
    keys = set()
    for who in (dict[str, Any](), other):
        opened = _opened(_judged(**who))
        event = event_of(opened, opened)
        assert event is not None
        keys |= {note.key for note in notes(event, opened, [], settings, Directory())}
    assert len(keys) == 2


@pytest.mark.parametrize("other", OTHERS)
async def test_both_cases_are_in_the_inbox_and_can_be_told_apart(log: Log, other: dict[str, Any]) -> None:
    cases = Cases(log, LOGGER)
    await cases.start()
    for who in (dict[str, Any](), other):
        await log.publish_once(_opened(_judged(**who)))

    async def both() -> bool:
        return len(cases) == 2

    await eventually(both, "both cases")
    found = cases.find("the-same-id-approval")
    assert len(found) == 2
    apart = [cases.find(name) for name in names(found)]
    assert [len(one) for one in apart] == [1, 1] and apart[0][0] is not apart[1][0]
    await cases.stop()
