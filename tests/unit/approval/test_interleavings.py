"""Random histories: whatever people do, in whatever order and however late, nothing is cleared that the
rules do not allow. The rules are stated here a second time, from what each person was shown and did."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from case_builders import a_case, judged, the_directory, who
from groundstop.errors import RequestFailed
from groundstop.events import CaseDecided, CaseFact, Need
from groundstop.testing import NOON
from groundstop.vocabulary import Risk, Verdict
from groundstop_approval.domain.cases import call_with, expiry, was_edited
from groundstop_approval.domain.state import CaseState, after
from groundstop_approval.domain.transitions import claim, decide, edit, release, settled_edit, withdraw
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

NAMES = ("alice", "bob", "carol", "dave", "vera", "olga", "otto", "mia", "helper", "stranger")
EXCLUDED = {"helper", "olga", "otto", "mia", "vera", "stranger"}
IN_ONCALL = {"alice", "bob", "otto", "olga"}
RECIPIENTS = ("a@acme.com", "b@acme.com", "everybody@acme.com")


@dataclass
class Server:
    """What the log does: a fact is stored if nothing happened since the state it was made from; one decision ever."""

    state: CaseState
    seq: int = 0
    facts: list[CaseFact] = field(default_factory=list)

    def store(self, fact: CaseFact, made_from: CaseState) -> bool:
        decides = isinstance(fact, CaseDecided)
        if made_from.seq != self.state.seq or (decides and self.state.decided is not None):
            return False
        self.seq += 1
        self.facts.append(fact)
        self.state = after(self.state, fact, self.seq)
        return True


class People(RuleBasedStateMachine):
    """People, slow ones too: each move may be made from a state of the past."""

    @initialize(people=st.integers(1, 3), oncall=st.booleans())
    def open(self, people: int, oncall: bool) -> None:
        self.need = Need(people=people, groups=("oncall",) if oncall else ())
        self.server = Server(a_case(need=self.need))
        self.past = [self.server.state]
        self.now: datetime = NOON
        self.yes: dict[str, set[str]] = {}
        self.dangerous: dict[str, str] = {}

    def seen(self, age: int) -> CaseState:
        return self.past[-1 - min(age, len(self.past) - 1)]

    def keep(self, fact: CaseFact | None, state: CaseState) -> bool:
        stored = fact is not None and self.server.store(fact, state)
        self.past.append(self.server.state)
        return stored

    @rule(name=st.sampled_from(NAMES), age=st.integers(0, 3), digest=st.booleans())
    def approve(self, name: str, age: int, digest: bool) -> None:
        state = self.seen(age)
        shown = state.call.digest if digest else ""
        try:
            fact = decide(state, who(name), Verdict.APPROVED, the_directory(), self.now, digest=shown)
        except RequestFailed:
            return
        if self.keep(fact, state):
            self.yes.setdefault(state.call.digest, set()).add(name)

    @rule(name=st.sampled_from(NAMES), age=st.integers(0, 3))
    def deny(self, name: str, age: int) -> None:
        state = self.seen(age)
        try:
            self.keep(decide(state, who(name), Verdict.DENIED, the_directory(), self.now), state)
        except RequestFailed:
            return

    @rule(name=st.sampled_from(NAMES), age=st.integers(0, 3), to=st.sampled_from(RECIPIENTS), crash=st.booleans())
    def edit(self, name: str, age: int, to: str, crash: bool) -> None:
        """An edit, and the decision it may be; a crash between the two leaves the second to whoever comes back."""
        state = self.seen(age)
        call = call_with(state.opened.call, "acme", "helper", {"to": to})
        risk = Risk.DANGEROUS if to.startswith("everybody") else Risk.RISKY
        try:
            fact = edit(state, who(name), call, (judged(risk), self.need), the_directory(), self.now, note="n")
        except RequestFailed:
            return
        if self.keep(fact, state):
            self.yes.setdefault(call.digest, set()).clear()  # what was said about an earlier revision is void
            self.yes[call.digest].add(name)
            self.dangerous |= {call.digest: name} if risk is Risk.DANGEROUS else {}
            if not crash:
                self.settle()

    @rule()
    def settle(self) -> None:
        state = self.server.state
        decision = settled_edit(state)
        if decision is not None:
            self.keep(decision, state)

    @rule(name=st.sampled_from(NAMES), age=st.integers(0, 2), take=st.booleans())
    def claim(self, name: str, age: int, take: bool) -> None:
        state = self.seen(age)
        try:
            self.keep(claim(state, who(name), the_directory(), self.now, take=take), state)
        except RequestFailed:
            return

    @rule(name=st.sampled_from(NAMES))
    def release(self, name: str) -> None:
        state = self.server.state
        try:
            self.keep(release(state, who(name), self.now), state)
        except RequestFailed:
            return

    @rule(name=st.sampled_from(NAMES))
    def withdraw(self, name: str) -> None:
        state = self.server.state
        try:
            self.keep(withdraw(state, who(name), the_directory(), self.now, note=""), state)
        except RequestFailed:
            return

    @rule(minutes=st.integers(1, 40))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        state = self.server.state
        if self.now >= state.opened.expires_at and state.decided is None:
            self.keep(expiry(state), state)

    @invariant()
    def nothing_is_cleared_that_the_rules_do_not_allow(self) -> None:
        if not hasattr(self, "server"):
            return
        decisions = [fact for fact in self.server.facts if isinstance(fact, CaseDecided)]
        assert len(decisions) <= 1
        if not decisions or decisions[0].verdict is not Verdict.APPROVED:
            return
        decided = decisions[0]
        digest, approvers = decided.call.digest, set(decided.approvers)
        assert approvers <= self.yes[digest], "everybody on the record said yes to exactly this call"
        assert len(approvers) == len(decided.approvers) >= self.need.people
        assert not approvers & EXCLUDED
        assert not self.need.groups or approvers <= IN_ONCALL
        assert decided.at < self.server.state.opened.expires_at
        assert digest not in self.dangerous or len(approvers) >= 2
        assert was_edited(decided) == (digest != self.server.state.opened.call.digest)


STEPS = 25


def test_no_interleaving_clears_what_the_rules_do_not_allow() -> None:
    run_state_machine_as_test(
        People, settings=settings(max_examples=100, stateful_step_count=STEPS, deadline=None, derandomize=True)
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_none_of_a_thousand_interleavings_clears_what_the_rules_do_not_allow() -> None:
    run_state_machine_as_test(
        People, settings=settings(max_examples=1_000, stateful_step_count=STEPS, deadline=None, derandomize=True)
    )
