"""What must be true of any history, whatever was killed, paused or cut while it was made. Pure.

A rule yields one sentence for everything that breaks it. ``judge`` asks all of them; tests.chaos.test_rules shows each
one a history that it must not accept.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise

from groundstop.catalogue import Idempotency
from groundstop.client.operator import target_of
from groundstop.controls import covers, halted_by
from groundstop.digest import digest
from groundstop.events import (
    CaseDecided,
    Control,
    ExecutionStarted,
    ExecutorHalted,
    Halt,
    IntentAdmitted,
    IntentCleared,
    IntentSubmitted,
    Outcome,
)
from groundstop.intent import ImpossibleFact, replay
from groundstop.policy import Policy
from groundstop.vocabulary import Status

from tests.chaos.history import Effect, History, Who
from tests.chaos.timing import claimed_in_time

REMOVED = "log.removed"
UNKNOWN, RULED_OUT = "unknown", ("never_started", "cancelled_before_effect")
STAMPED_S = 0.05
"""The systems stamp to the millisecond, inside of their transactions: that much later than they were asked."""
NOTHING_DONE = {
    Status.REFUSED, Status.THROTTLED, Status.DENIED, Status.EXPIRED, Status.NEEDS_CLARIFICATION, Status.FAILED,
}  # fmt: skip
"""Outcomes that promise that nothing was changed."""

Rule = Callable[[History], Iterator[str]]


def one_outcome(history: History) -> Iterator[str]:
    """Whatever was submitted ends, once."""
    for who, facts in history.intents.items():
        ends = [recorded.subject for recorded in facts if recorded.kind == "outcome"]
        if len(ends) != 1:
            yield f"{who} has {len(ends)} outcomes {ends}; facts: {[recorded.kind for recorded in facts]}"


def possible_life(history: History) -> Iterator[str]:
    """The facts of an intent follow the table."""
    for who, facts in history.intents.items():
        try:
            replay(recorded.kind for recorded in facts)
        except ImpossibleFact as error:
            yield f"{who}: {error}; facts: {[(recorded.seq, recorded.kind) for recorded in facts]}"


def effects_once(history: History) -> Iterator[str]:
    """Nothing is done twice; a naturally idempotent tool may do the same thing again."""
    for intent, done in history.effects.items():
        tool = history.catalogue.get(done[0].tool)
        natural = tool is not None and tool.idempotency is Idempotency.NATURAL
        if len(done) > 1 and not (natural and len({effect.what for effect in done}) == 1):
            yield f"{intent} changed something {len(done)} times: {done}"


def effects_as_told(history: History) -> Iterator[str]:
    """Success means a change, an end without execution means none."""
    for (tenant, agent, intent), facts in history.intents.items():
        outcome = next((recorded.fact for recorded in facts if isinstance(recorded.fact, Outcome)), None)
        done = history.effects.get(intent, ())
        if outcome is None:
            continue
        if outcome.status in NOTHING_DONE and done:
            yield f"{tenant}/{agent}/{intent} is {outcome.status} ({outcome.reason}), yet it did {done}"
        if outcome.status is Status.SUCCEEDED and outcome.tool in history.effectful and not done:
            yield f"{tenant}/{agent}/{intent} succeeded with {outcome.tool}, yet it changed nothing"


def effects_cleared(history: History) -> Iterator[str]:
    """No change without a clearance of exactly that call, and a claim of that attempt behind it."""
    by_intent = {who[2]: who for who in history.intents}
    for intent, done in history.effects.items():
        who = by_intent.get(intent)
        if who is None:
            yield f"{intent} changed something and was never submitted: {done}"
            continue
        for effect in done:
            problem = _unauthorised(history, who, effect)
            if problem:
                yield f"{who}: {problem}: {effect}"


def _unauthorised(history: History, who: Who, effect: Effect) -> str:
    facts = history.intents[who]
    cleared = next((r for r in facts if isinstance(r.fact, IntentCleared)), None)
    if cleared is None:
        return "no clearance"
    call = cleared.fact.call  # type: ignore[union-attr]
    if call.tool != effect.tool:
        return f"the clearance is for {call.tool}"
    if call.digest != digest(who[0], who[1], call.tool, call.tool_version, call.arguments):
        return "the clearance's digest is not that of its call"
    claims = [
        r.seq
        for r in facts
        if isinstance(r.fact, ExecutionStarted)
        and (r.fact.attempt, r.fact.call_digest) == (effect.attempt, call.digest)
    ]
    if not claims:
        return f"nobody claimed attempt {effect.attempt} of that digest"
    return "" if cleared.seq < claims[0] else "claimed before it was cleared"


def cleared_what_was_proposed(history: History) -> Iterator[str]:
    """A clearance by policy is for the call that was submitted."""
    for who, facts in history.intents.items():
        proposed = next((r.fact for r in facts if isinstance(r.fact, IntentSubmitted)), None)
        cleared = next((r.fact for r in facts if isinstance(r.fact, IntentCleared)), None)
        if proposed is None or cleared is None or cleared.by != "policy":
            continue
        if cleared.call.digest != digest(*who[:2], proposed.tool, proposed.tool_version, proposed.arguments):
            yield f"{who} was cleared for {cleared.call}, proposed was {proposed.tool} {proposed.arguments}"


def no_claim_after_halt(history: History) -> Iterator[str]:
    """Between a halt and its resume, in the order of the log, nothing in its scope is claimed."""
    halts: tuple[Halt, ...] = ()
    for recorded in history.facts:
        if isinstance(recorded.fact, Control):
            halts = recorded.fact.halts
        elif isinstance(recorded.fact, ExecutionStarted):
            halt = halted_by(halts, target_of(recorded.fact))
            if halt is not None:
                yield f"claim {recorded.seq} of {recorded.who} was accepted under halt {halt.control} ({halt.scope})"


def no_effect_after_halted(history: History) -> Iterator[str]:
    """Once an executor has said that a halt is done, nothing that it had claimed in that scope changes anything.

    What was on its way to another system may still arrive: of that the report must have said that it is unknown.
    """
    controls = {r.fact.control: r.fact for r in history.of_kind("control") if isinstance(r.fact, Control)}
    claims = [r.fact for r in history.of_kind("execution.started") if isinstance(r.fact, ExecutionStarted)]
    for recorded in history.of_kind("executor.halted"):
        report = recorded.fact
        if isinstance(report, ExecutorHalted) and not report.drill:
            for claim in claims:
                if claim.executor == report.executor and claim.at < report.at:
                    yield from _late(history, report, controls.get(report.control), claim)


def _late(history: History, report: ExecutorHalted, control: Control | None, claim: ExecutionStarted) -> Iterator[str]:
    done = [effect for effect in history.effects.get(claim.intent, ()) if effect.attempt == claim.attempt]
    key = (claim.intent, claim.attempt)
    ended = next((flight.ended for flight in report.in_flight if (flight.intent, flight.attempt) == key), "")
    if done and ended in RULED_OUT:
        yield f"{report.executor} reported {key} as {ended} to {report.control}, yet it did {done}"
    if not ended and (control is None or not covers(control.scope, target_of(claim), control.tenant)):
        return
    late = [effect for effect in done if effect.at > report.at.timestamp() + STAMPED_S]
    if late and (ended != UNKNOWN or claim.tool in history.local):
        yield f"{report.executor} had halted for {report.control}, then {key} did {late}"


def attempts_end(history: History) -> Iterator[str]:
    """Every claimed attempt failed or led to the outcome, and attempts are counted from one without a gap."""
    for who, facts in history.intents.items():
        numbers = [r.fact.attempt for r in facts if isinstance(r.fact, ExecutionStarted)]
        failed = {r.fact.attempt for r in facts if r.kind == "execution.failed" and r.fact is not None}  # type: ignore[attr-defined]
        ended = any(recorded.kind == "outcome" for recorded in facts)
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"{who} has attempts {numbers}"
        if unended := [n for n in numbers[:-1] if n not in failed] + ([] if ended else numbers[-1:]):
            yield f"{who}: attempts {unended} never ended"


def cases_decided_once(history: History) -> Iterator[str]:
    """One decision per case, and none of a case that was never opened."""
    decided: Counter[str] = Counter()
    opened = {r.subject.replace("case.opened", "case") for r in history.of_kind("case.opened")}
    for recorded in history.of_kind("case.decided"):
        assert isinstance(recorded.fact, CaseDecided)
        case = recorded.subject.replace("case.decided", "case").rpartition(".")[0]
        decided[case] += 1
        if case not in opened:
            yield f"{case} was decided at {recorded.seq}, but never opened"
    yield from (f"{case} was decided {count} times" for case, count in decided.items() if count > 1)


def attempts_are_claimed_once(history: History) -> Iterator[str]:
    """One claim per attempt."""
    claims = Counter(recorded.subject for recorded in history.of_kind("execution.started"))
    yield from (f"{subject} was claimed {count} times" for subject, count in claims.items() if count > 1)


def ledger_is_the_log(history: History) -> Iterator[str]:
    """ClickHouse has one row for every sequence, and it is the log's."""
    if history.ledger is None:
        return
    rows = {row.seq: row for row in history.ledger}
    if missing := [seq for seq in range(1, history.last_seq + 1) if seq not in rows]:
        yield f"{len(missing)} sequences have no row: {missing[:10]}"
    if doubled := [seq for seq, row in rows.items() if row.count != 1]:
        yield f"{len(doubled)} sequences have several rows: {doubled[:10]}"
    if total := sum(row.count for row in history.ledger) - history.last_seq:
        yield f"there are {total:+d} rows more than sequences ({history.last_seq})"
    for recorded in history.facts:
        row = rows.get(recorded.seq)
        if row is not None and row.subject != recorded.subject:
            yield f"row {recorded.seq} says {row.kind} {row.subject!r}, the log {recorded.subject!r}"
    kept = {recorded.seq for recorded in history.facts}
    gone = [
        row for seq, row in rows.items() if seq not in kept and row.kind not in (REMOVED, "timer.case", "timer.nudge")
    ]
    yield from (f"row {row.seq} ({row.kind}) is not in the log" for row in gone)


RULES: tuple[Rule, ...] = (
    one_outcome,
    possible_life,
    effects_once,
    effects_as_told,
    effects_cleared,
    cleared_what_was_proposed,
    claimed_in_time,
    no_claim_after_halt,
    no_effect_after_halted,
    attempts_end,
    attempts_are_claimed_once,
    cases_decided_once,
    ledger_is_the_log,
)


def judge(history: History, *more: Rule) -> list[str]:
    """Everything that breaks a rule, each with the rule's name."""
    return [f"{rule.__name__}: {problem}" for rule in (*RULES, *more) for problem in rule(history)]


def within_limits(policy: Policy) -> Rule:
    """The rule that no bucket of ``policy`` was ever charged faster than its rate allows."""
    limits = {limit.name: limit for limit in policy.limits}

    def budgets_hold(history: History) -> Iterator[str]:
        charged: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for recorded in history.facts:
            if isinstance(recorded.fact, IntentAdmitted | IntentCleared):
                for charge in recorded.fact.charges:
                    charged[charge.bucket].append((charge.tat, recorded.fact.at.timestamp()))
        for bucket, charges in charged.items():
            limit = limits[bucket.split("|")[0]]
            arrivals = sorted(tat for tat, _ in charges)
            steps = [later - earlier for earlier, later in pairwise(arrivals)]
            if any(step < limit.interval_s - 1e-6 for step in steps):
                yield f"{bucket} was charged twice for one place: {min(steps):.6f} s apart"
            if ahead := [tat - at for tat, at in charges if tat - at > limit.tolerance_s + limit.interval_s + 1e-3]:
                yield f"{bucket} was overdrawn by {max(ahead):.3f} s"

    return budgets_hold
