"""Automatic halts, by table: what counts, within which window, and how long it is quiet afterwards."""

from datetime import datetime, timedelta

from groundstop.events import Control, Halt, Outcome
from groundstop.testing import NOON, a_clearance
from groundstop.vocabulary import Ceiling, Reason, Risk, Status
from groundstop_executor.auto_halt.rules import CANARY, COOL_DOWN_S, AutoHaltRules, halts_after


def an_outcome(status: Status, at: datetime = NOON, agent: str = "helper") -> Outcome:
    cleared = a_clearance(agent=agent)
    return Outcome.caused_by(
        cleared, at, "executor", status=status, reason_code=Reason.DONE, tool="x", action_type="x.do", risk=Risk.SAFE
    )


def a_control(action: str, scope: str, at: datetime = NOON, **more: object) -> Control:
    fields = {"control": "c-1", "action": action, "scope": scope, "reason": "r", "by": "olga", "at": at, "id": "e"}
    return Control.model_validate(fields | more)


def scopes(watch: AutoHaltRules, at: datetime) -> set[tuple[str, str]]:
    return {(suspicion.scope, suspicion.trigger.name) for suspicion in watch.suspicions(at.timestamp())}


def test_many_errors_of_one_agent_within_a_minute_are_suspicious() -> None:
    watch = AutoHaltRules()
    for _ in range(19):
        watch.saw(an_outcome(Status.FAILED))
    assert scopes(watch, NOON) == set()
    watch.saw(an_outcome(Status.UNKNOWN))
    watch.saw(an_outcome(Status.FAILED, agent="other"))
    assert scopes(watch, NOON) == {("agent=helper", "error-rate")}
    assert scopes(watch, NOON + timedelta(seconds=61)) == set()


def test_what_no_service_could_read_is_nobodys_failure() -> None:
    """Rubbish under the name of an agent ended its intents as failed, and the agent was halted for it."""
    watch = AutoHaltRules()
    for reason in (Reason.INVALID_JSON, Reason.INVALID_FIELDS):
        for _ in range(60):
            watch.saw(an_outcome(Status.FAILED).model_copy(update={"reason_code": reason}))
    assert scopes(watch, NOON) == set()


def test_calls_of_no_kind_of_action_are_not_counted_as_one() -> None:
    """There is no scope ``action=``: the watch asked for it once in two seconds, for ever, and was refused."""
    watch = AutoHaltRules()
    for n in range(100):
        watch.saw(an_outcome(Status.FAILED, agent=f"agent-{n}").model_copy(update={"action_type": ""}))
    assert scopes(watch, NOON) == set()


def test_an_agent_that_goes_on_although_its_budget_is_spent_is_suspicious() -> None:
    watch, spent = AutoHaltRules(), an_outcome(Status.THROTTLED)
    for _ in range(4):
        watch.saw(spent.model_copy(update={"over": Ceiling.BUDGET}))
        watch.saw(spent.model_copy(update={"over": Ceiling.LIMIT, "reason": "budget of calls: 10 in 60 s"}))
    assert scopes(watch, NOON) == set()
    watch.saw(spent.model_copy(update={"over": Ceiling.BUDGET}))
    assert scopes(watch, NOON) == {("agent=helper", "budget")}


def test_agents_of_one_name_in_two_tenants_are_two_agents() -> None:
    watch = AutoHaltRules()
    for tenant in ("acme", "umbrella"):
        for _ in range(15):
            watch.saw(an_outcome(Status.FAILED).model_copy(update={"tenant": tenant}))
    assert scopes(watch, NOON) == set()
    for _ in range(5):
        watch.saw(an_outcome(Status.FAILED).model_copy(update={"tenant": "acme"}))
    assert [found.tenant for found in watch.suspicions(NOON.timestamp())] == ["acme"]


def test_after_an_automatic_halt_its_scope_is_left_alone_for_a_while() -> None:
    watch = AutoHaltRules()
    for _ in range(20):
        watch.saw(an_outcome(Status.DENIED))
    assert scopes(watch, NOON) == {("agent=helper", "denial-rate")}
    halt = Halt(control="c-1", scope="agent=helper", reason="r", by="watch", at=NOON, trigger="denial-rate")
    watch.controlled(a_control("halt", "agent=helper", halts=(halt,)))
    assert scopes(watch, NOON) == set()
    assert scopes(watch, NOON + timedelta(seconds=COOL_DOWN_S)) == {("agent=helper", "denial-rate")}


def test_a_resume_wipes_the_slate_and_watches_what_follows_more_closely() -> None:
    watch = AutoHaltRules()
    for _ in range(20):
        watch.saw(an_outcome(Status.FAILED))
    until = NOON + timedelta(seconds=60)
    watch.controlled(a_control("resume", "agent=helper", canary_until=until))
    assert scopes(watch, NOON) == set()
    for _ in range(CANARY.count):
        watch.saw(an_outcome(Status.FAILED, NOON + timedelta(seconds=1)))
    assert scopes(watch, NOON + timedelta(seconds=2)) == {("agent=helper", "canary")}
    assert scopes(watch, until + timedelta(seconds=1)) == set()


def test_a_canarys_halt_takes_the_place_of_what_was_left_of_the_first() -> None:
    narrowed = Halt(control="c-1", scope="all", reason="r", by="olga", at=NOON, risk_from=Risk.DANGEROUS)
    other = Halt(control="c-2", scope="tool=x", reason="r", by="olga", at=NOON)
    again = Halt(control="c-3", scope="all", reason="r", by="watch", at=NOON, trigger="canary")
    assert halts_after((narrowed, other), again, "c-1") == (other, again)
