"""Projections outlive facts that nobody can read, before their start and after it: a fact is never deleted."""

from collections.abc import Callable
from typing import Any

import pytest
import structlog
from groundstop.client.undo import deeds
from groundstop.clock import Clock
from groundstop.events import CaseOpened, Fact, IntentUndone, Outcome, ToolBroken
from groundstop.log import Log
from groundstop.log.control_store import ControlStore
from groundstop.log.follow import Follower
from groundstop.testing import NOON, a_classification, eventually
from groundstop.vocabulary import CaseKind, Reason, Status
from groundstop_approval.projections.inbox import Cases
from groundstop_classifier.tasks import Tasks
from groundstop_executor.auto_halt.watcher import AutoHaltWatcher
from groundstop_executor.breakers import Breakers

NONSENSE = (b"", b"[", b"null", b"{}", b'{"tenant": 1, "task": [], "call": 7, "tool": null}', b"\xff\xfe")
LOGGER = structlog.get_logger()


def _opened(number: int) -> CaseOpened:
    cause = a_classification(Clock()(), task=f"task-{number}")
    return CaseOpened.caused_by(
        cause, cause.at, "approval", case_kind=CaseKind.APPROVAL, question="?", call=cause.call,
        judgement=cause.judgement, proposal=cause.proposal, expires_at=cause.at,
    )  # fmt: skip


def _broken(number: int) -> ToolBroken:
    return ToolBroken(
        id=f"b{number}", at=NOON, actor="x", tool=f"tool-{number}", until=Clock()(), failures=5, opened=1, error="?"
    )


def _classified(number: int) -> Fact:
    return a_classification(Clock()(), task=f"task-{number}")


async def _nonsense(log: Log, subject: str) -> None:
    """On the subject of a fact, and beside it: as anybody might who holds the writer's identity."""
    js = log.nc.jetstream()
    for number, payload in enumerate(NONSENSE):
        family, _, rest = subject.partition("acme")
        where = f"{family}acme{rest.replace('.', f'-{number}.', 1)}" if rest else f"{subject}-{number}"
        await js.publish(where, payload)


@pytest.mark.parametrize(
    ("make", "fact", "known"),
    [
        pytest.param(lambda log: Cases(log, LOGGER), _opened, len, id="cases"),
        pytest.param(
            lambda log: Breakers("x", log, Clock(), LOGGER), _broken, lambda made: len(list(made.gauges())) // 2,
            id="breakers",
        ),
        pytest.param(
            lambda log: Tasks(log, Clock(), LOGGER, 3600), _classified,
            lambda made: sum(bool(made.of("acme", f"task-{number}").open_calls) for number in (1, 2)), id="tasks",
        ),
    ],
)  # fmt: skip
async def test_a_projection_goes_on_after_what_it_cannot_read(
    log: Log, make: Callable[[Log], Any], fact: Callable[[int], Fact], known: Callable[[Any], int]
) -> None:
    first, second = fact(1), fact(2)
    await _nonsense(log, first.subject())
    await log.publish_once(first)
    projection = make(log)
    await projection.start()
    assert known(projection) == 1, "what was there before it started"
    await _nonsense(log, second.subject())
    await log.publish_once(second)

    async def followed() -> bool:
        return known(projection) == 2

    await eventually(followed, "what came after the nonsense")
    await projection.stop()


async def test_what_a_fold_passes_over_is_said(log: Log) -> None:
    """Nothing is left out in silence: the line names the fact, so that somebody can look."""
    seen: list[int] = []

    def apply(stored: Any) -> None:
        seen.append(stored.seq)
        raise ValueError("this one is not for me")

    with structlog.testing.capture_logs() as lines:
        await log.publish_once(_opened(1))
        follower = Follower(log, ("gs.case.opened.>",), apply, structlog.get_logger())
        await follower.start()
        await follower.stop()
    assert seen == [1]
    assert [(line["event"], line["seq"]) for line in lines if line["log_level"] == "error"] == [("fact_passed_over", 1)]


async def test_the_watch_goes_on_after_what_it_cannot_read(log: Log) -> None:
    """Automatic halts hang on it: a nonsense outcome must not switch them off."""
    watching = AutoHaltWatcher("x", log, ControlStore(log.nc, Clock(), None), Clock(), LOGGER, lambda: True)
    await watching.start()
    cause = a_classification(Clock()())
    await _nonsense(log, f"gs.outcome.acme.helper.{cause.intent}.failed")
    failures = [
        Outcome.caused_by(
            each, each.at, "executor", status=Status.FAILED, reason_code=Reason.TOOL_FAILED, reason="no", tool="t",
            action_type="t", risk=each.judgement.risk,
        )
        for each in (a_classification(Clock()()) for _ in range(40))
    ]  # fmt: skip
    for failure in failures:
        await log.publish_once(failure)
    await eventually(lambda: log.last("gs.control.0"), "an automatic halt")
    await watching.stop()


async def test_a_review_lists_what_was_done_beside_facts_that_do_not_count(log: Log) -> None:
    """A genuine fact stored once more under another intent's subject neither adds a deed nor marks one as undone."""
    done = [
        Outcome.caused_by(
            cause, NOON, "executor", status=Status.SUCCEEDED, reason_code=Reason.APPROVED, tool="orders.get"
        )
        for cause in (_classified(1), _classified(2))
    ]
    for outcome in done:
        assert (await log.publish_once(outcome)).stored
    undone = IntentUndone.caused_by(done[0], NOON, "olga", undo_intent="u1", by="olga")
    await log.nc.jetstream().publish(undone.subject().replace(done[0].intent, done[1].intent), _stored(undone))
    await log.nc.jetstream().publish(done[0].subject().replace(done[0].intent, "another"), _stored(done[0]))
    await _nonsense(log, done[0].subject())
    aside: list[str] = []
    found = await deeds(log, lambda _: True, unreadable=lambda stored: aside.append(stored.subject))
    assert [(deed.outcome.intent, deed.undone_by) for deed in found] == [(fact.intent, "") for fact in done]
    assert len(aside) == len(NONSENSE) + 2
    assert (await log.publish_once(undone)).stored
    assert [deed.undone_by for deed in await deeds(log, lambda _: True)] == ["u1", ""]


def _stored(fact: Fact) -> bytes:
    return fact.model_dump_json().encode()
