"""Every rule of the checker refuses a history that breaks it, and accepts one that does not.

A checker that cannot fail proves nothing.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from groundstop.catalogue import Catalogue, Tool
from groundstop.events import (
    CaseDecided,
    CaseOpened,
    Charge,
    Control,
    ExecutionFailed,
    ExecutionStarted,
    ExecutorHalted,
    Fact,
    Halt,
    InFlight,
    IntentAdmitted,
    IntentCleared,
    IntentSubmitted,
    Outcome,
)
from groundstop.log import Stored
from groundstop.policy import default_policy
from groundstop.testing import NOON, a_call, a_classification, a_submission
from groundstop.vocabulary import CaseKind, Reason, Risk, Route, Status, Verdict

from tests.chaos.history import Effect, History, Row, recorded
from tests.chaos.rules import REMOVED, judge, within_limits

CATALOGUE = Catalogue(
    [
        Tool(name="mail", action_type="mail.send", risk=Risk.RISKY),
        Tool(name="move", action_type="order.move", risk=Risk.RISKY, idempotency="natural"),
    ]
)


def a_life(tool: str = "mail", status: Status = Status.SUCCEEDED) -> dict[str, Fact]:
    """An intent that was cleared by policy, claimed once and ended."""
    submitted = a_submission(tool=tool)
    call = a_call(submitted.proposal())
    classified = a_classification(tool=tool).model_copy(
        update={name: getattr(submitted, name) for name in ("tenant", "agent", "intent", "task")} | {"call": call}
    )
    cleared = IntentCleared.caused_by(
        classified, NOON, "rate-limiter", call=call, risk=Risk.RISKY, expires_at=NOON + timedelta(minutes=5)
    )
    return {
        "submitted": submitted,
        "classified": classified,
        "cleared": cleared,
        "started": _started(cleared),
        "outcome": Outcome.caused_by(cleared, NOON, "x", status=status, reason_code=Reason.DONE, tool=tool),
    }


def _started(cleared: IntentCleared, attempt: int = 1) -> ExecutionStarted:
    return ExecutionStarted.caused_by(
        cleared, NOON, "x", attempt=attempt, executor="x", lane=0, epoch=0, call_digest=cleared.call.digest,
        tool=cleared.call.tool, action_type="mail.send", risk=Risk.RISKY,
    )  # fmt: skip


def _failed(cleared: IntentCleared, attempt: int = 1) -> ExecutionFailed:
    return ExecutionFailed.caused_by(
        cleared, NOON, "x", attempt=attempt, executor="x", tool="mail", action_type="mail.send",
        reason_code=Reason.TOOL_FAILED, error="no",
    )  # fmt: skip


def a_history(facts: Iterable[Fact], *effects: tuple[str, Effect], **fields: object) -> History:
    """Facts at sequences 1, 2 …, a ledger that agrees with them, and the given changes."""
    log = [
        recorded(Stored(fact.subject(), seq, seq, fact.model_dump_json().encode())) for seq, fact in enumerate(facts, 1)
    ]
    done: dict[str, tuple[Effect, ...]] = {}
    for intent, effect in effects:
        done[intent] = (*done.get(intent, ()), effect)
    ledger = tuple(Row(fact.seq, 1, fact.subject, fact.kind) for fact in log)
    ordinary = {"last_seq": len(log), "catalogue": CATALOGUE, "effects": done, "ledger": ledger}
    return History(tuple(log), **(ordinary | {"effectful": frozenset({"mail"})} | fields))  # type: ignore[arg-type]


def _sent(facts: dict[str, Fact], attempt: int = 1, what: str = "sent", tool: str = "mail") -> tuple[str, Effect]:
    intent = facts["submitted"].intent  # type: ignore[attr-defined]
    return intent, Effect(tool, attempt, intent, what)


def _breaks(history: History, rule: str) -> bool:
    return any(problem.startswith(f"{rule}:") for problem in judge(history))


def test_an_ordinary_life_breaks_no_rule() -> None:
    life = a_life()
    assert judge(a_history(life.values(), _sent(life))) == []


def test_an_intent_without_an_outcome_and_one_with_two_are_seen() -> None:
    life = a_life()
    *open_, outcome = life.values()
    second = outcome.model_copy(update={"status": Status.UNKNOWN})
    assert _breaks(a_history(open_, _sent(life)), "one_outcome")
    assert _breaks(a_history([*open_, outcome, second], _sent(life)), "one_outcome")


def test_an_impossible_order_of_facts_is_seen() -> None:
    life = a_life()
    assert _breaks(a_history([life["submitted"], life["started"], life["outcome"]]), "possible_life")


def test_a_change_made_twice_is_seen_unless_it_is_the_same_by_nature() -> None:
    mail, move = a_life(), a_life("move")
    assert _breaks(a_history(mail.values(), _sent(mail), _sent(mail)), "effects_once")
    same = [_sent(move, what="to X", tool="move")] * 2
    assert not _breaks(a_history(move.values(), *same), "effects_once")
    assert _breaks(a_history(move.values(), same[0], _sent(move, what="to Y", tool="move")), "effects_once")


@pytest.mark.parametrize("status", [Status.DENIED, Status.FAILED, Status.THROTTLED, Status.EXPIRED, Status.REFUSED])
def test_a_change_behind_an_end_that_promised_none_is_seen(status: Status) -> None:
    life = a_life(status=status)
    assert _breaks(a_history(life.values(), _sent(life)), "effects_as_told")
    assert not _breaks(a_history(life.values()), "effects_as_told")


def test_a_success_that_changed_nothing_is_seen_and_an_unknown_may_go_either_way() -> None:
    lost, unknown = a_life(), a_life(status=Status.UNKNOWN)
    assert _breaks(a_history(lost.values()), "effects_as_told")
    assert judge(a_history(unknown.values())) == judge(a_history(unknown.values(), _sent(unknown))) == []


def test_a_change_without_its_exact_clearance_is_seen() -> None:
    life = a_life()
    cleared = life["cleared"]
    assert isinstance(cleared, IntentCleared)
    forged = cleared.model_copy(update={"call": cleared.call.model_copy(update={"arguments": {"to": "me"}})})
    without = {name: fact for name, fact in life.items() if name != "cleared"}
    for facts, effect in (
        (without, _sent(life)),
        (life | {"cleared": forged}, _sent(life)),
        (life, _sent(life, attempt=2)),
        (life, _sent(life, tool="move")),
        ({}, _sent(life)),
    ):
        assert _breaks(a_history(facts.values(), effect), "effects_cleared")


def test_a_clearance_for_another_call_than_the_one_proposed_is_seen() -> None:
    life = a_life()
    submitted = life["submitted"]
    assert isinstance(submitted, IntentSubmitted)
    other = submitted.model_copy(update={"arguments": {"order": "another"}})
    assert _breaks(a_history((life | {"submitted": other}).values()), "cleared_what_was_proposed")


@pytest.mark.parametrize(("scope", "covered"), [("all", True), ("agent=helper", True), ("agent=other", False)])
def test_a_claim_after_a_halt_in_its_scope_is_seen(scope: str, covered: bool) -> None:
    halt = Halt(control="c", scope=scope, reason="r", by="me", at=NOON)
    control = Control(
        id="c", at=NOON, control="c", action="halt", scope=scope, reason="r", by="me", halts=(halt,), lane=3
    )
    lifted = control.model_copy(update={"halts": (), "action": "resume"})
    life = a_life()
    before, after = list(life.values())[:3], list(life.values())[3:]
    assert _breaks(a_history([*before, control, *after], _sent(life)), "no_claim_after_halt") is covered
    assert not _breaks(a_history([*before, control, lifted, *after], _sent(life)), "no_claim_after_halt")


@pytest.mark.parametrize(
    ("ended", "tool", "after_s", "seen"),
    [
        ("never_started", "mail", -1.0, True),
        ("cancelled_before_effect", "mail", -1.0, True),
        ("finished", "mail", -1.0, False),
        ("finished", "mail", 1.0, True),
        ("unknown", "mail", 1.0, False),
        ("unknown", "note", 1.0, True),
        ("unknown", "note", -1.0, False),
        (None, "mail", 1.0, True),
        (None, "mail", -1.0, False),
    ],
)
def test_a_change_after_its_executor_has_halted_is_seen(
    ended: str | None, tool: str, after_s: float, seen: bool
) -> None:
    """None: the report does not name it. A letter on its way may arrive, what the executor does itself may not."""
    life = a_life(tool)
    halt = Halt(control="c", scope="all", reason="r", by="me", at=NOON)
    control = Control(id="c", at=NOON, control="c", action="halt", scope="all", reason="r", by="me", halts=(halt,))
    at = NOON + timedelta(seconds=5)
    claim = life["started"]
    assert isinstance(claim, ExecutionStarted)
    flights = [] if ended is None else [InFlight(intent=claim.intent, attempt=1, tool=tool, ended=ended)]
    report = ExecutorHalted(id="h", at=at, control="c", executor="x", halted_ms=1.0, in_flight=tuple(flights))
    intent, effect = _sent(life, tool=tool)
    late = replace(effect, at=at.timestamp() + after_s)
    history = a_history([*life.values(), control, report], (intent, late), local=frozenset({"note"}))
    assert _breaks(history, "no_effect_after_halted") is seen
    drill = report.model_copy(update={"drill": True})
    drilled = a_history([*life.values(), control, drill], (intent, late), local=frozenset({"note"}))
    assert not _breaks(drilled, "no_effect_after_halted")


def test_attempts_that_never_end_are_left_out_or_are_claimed_twice_are_seen() -> None:
    life = a_life()
    cleared, (*begin, started, outcome) = life["cleared"], life.values()
    assert isinstance(cleared, IntentCleared)
    second = _started(cleared, 2)
    assert _breaks(a_history([*begin, started]), "attempts_end")
    assert _breaks(a_history([*begin, started, second, outcome]), "attempts_end")
    assert _breaks(a_history([*begin, second, outcome]), "attempts_end")
    assert not _breaks(a_history([*begin, started, _failed(cleared), second, outcome]), "attempts_end")
    assert _breaks(a_history([*begin, started, started, outcome]), "attempts_are_claimed_once")


def test_a_case_decided_twice_or_never_opened_is_seen() -> None:
    held = a_classification(risk=Risk.DANGEROUS, route=Route.APPROVE)
    opened = CaseOpened.caused_by(
        held, NOON, "approval", case_kind=CaseKind.APPROVAL, question="May it?", call=held.call,
        judgement=held.judgement, proposal=held.proposal, expires_at=NOON,
    )  # fmt: skip

    def by(who: str, verdict: Verdict) -> CaseDecided:
        return CaseDecided.caused_by(
            opened, NOON, who, case_kind=opened.case_kind, verdict=verdict, by=who, call=held.call,
            reason_code=Reason.APPROVED, risk=Risk.DANGEROUS,
        )  # fmt: skip

    ann, bob = by("ann", Verdict.APPROVED), by("bob", Verdict.DENIED)
    assert not _breaks(a_history([opened, ann]), "cases_decided_once")
    assert _breaks(a_history([opened, ann, bob]), "cases_decided_once")
    assert _breaks(a_history([ann]), "cases_decided_once")


@pytest.mark.parametrize(
    "wrong", ["a hole", "a double", "one too many", "another subject", "a fact that the log does not have"]
)
def test_a_ledger_that_is_not_the_log_is_seen(wrong: str) -> None:
    history = a_history(a_life().values())
    assert history.ledger is not None
    first, *rest = history.ledger
    ledger = {
        "a hole": rest,
        "a double": [Row(first.seq, 2, first.subject, first.kind), *rest],
        "one too many": [first, *rest, Row(history.last_seq + 1, 1, first.subject, first.kind)],
        "another subject": [Row(first.seq, 1, "gs.intent.submitted.other.a.b", first.kind), *rest],
        "a fact that the log does not have": list(history.ledger),
    }[wrong]
    facts = history.facts[1:] if wrong.startswith("a fact") else history.facts
    assert _breaks(History(facts, history.last_seq, ledger=tuple(ledger)), "ledger_is_the_log")


def test_a_removed_timer_is_no_hole_in_the_ledger() -> None:
    history = a_history(a_life().values())
    assert history.ledger is not None
    ledger = (*history.ledger, Row(history.last_seq + 1, 1, "", REMOVED))
    assert judge(History(history.facts, history.last_seq + 1, CATALOGUE, ledger=ledger)) == []


def test_a_bucket_charged_twice_for_one_place_or_overdrawn_is_seen() -> None:
    policy = default_policy()
    limit = policy.limits[0]
    classified = a_classification()
    start = NOON.timestamp()

    def admitted(tat: float) -> IntentAdmitted:
        return IntentAdmitted.caused_by(
            classified, NOON, "rate-limiter", proposal=classified.proposal, call=classified.call,
            judgement=classified.judgement, charges=(Charge(bucket=f"{limit.name}|a", tat=tat),),
        )  # fmt: skip

    rule = within_limits(policy)
    first = start + limit.interval_s
    assert list(rule(a_history([admitted(first), admitted(first + limit.interval_s)]))) == []
    assert list(rule(a_history([admitted(first), admitted(first)])))
    assert list(rule(a_history([admitted(first + limit.tolerance_s + 1)])))
