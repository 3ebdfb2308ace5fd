"""When an agent or a kind of action is halted by itself: figures over a window, each with its bound. Pure."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from groundstop.controls import Target, covers
from groundstop.events import Control, Halt, Outcome
from groundstop.vocabulary import Ceiling, Reason, Risk, Status

COOL_DOWN_S = 300.0
"""After an automatic halt, and after its resume, the same scope is not halted for the same reason for so long."""
KEPT_MAX = 20_000
NOBODYS = frozenset({
    Reason.HALTED, Reason.EXECUTOR_LOST, Reason.UNSIGNED, Reason.UNKNOWN_SIGNER, Reason.WRONG_SIGNER,
    Reason.BAD_SIGNATURE, Reason.IDENTITY_MISMATCH, Reason.INVALID_JSON, Reason.INVALID_FIELDS,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trigger:
    """``count`` outcomes of these kinds within ``window_s``, and at least ``rate`` of all in scope, halt the scope."""

    name: str
    statuses: frozenset[Status]
    per: str
    count: int
    window_s: float
    rate: float
    sentence: str
    over: Ceiling | None = None
    """Only outcomes of calls that this had no room for."""


_BAD = frozenset({Status.FAILED, Status.UNKNOWN})
_METERED = frozenset({Status.THROTTLED})
TRIGGERS = (
    Trigger("error-rate", _BAD, "agent", 20, 60.0, 0.5, "calls failed"),
    Trigger("error-rate", _BAD, "action", 100, 60.0, 0.8, "calls failed"),
    Trigger("denial-rate", frozenset({Status.DENIED}), "agent", 10, 600.0, 0.5, "calls were denied by people"),
    Trigger("loop", frozenset({Status.NEEDS_CLARIFICATION}), "agent", 20, 300.0, 0.5, "calls led nowhere"),
    Trigger("volume", _METERED, "agent", 500, 60.0, 0.5, "calls were over their limits"),
    # One that goes on although its budget is spent does not read its answers: it is halted whatever else it does.
    Trigger("budget", _METERED, "agent", 5, 600.0, 0.0, "calls were over a budget", Ceiling.BUDGET),
)
CANARY = Trigger("canary", _BAD, "scope", 5, 60.0, 0.3, "calls failed after the resume")
WATCHED = tuple(sorted(frozenset[Status]().union(*(trigger.statuses for trigger in (*TRIGGERS, CANARY)))))


@dataclass(frozen=True, slots=True)
class Bad:
    """One outcome that counts against somebody; ``at`` in seconds since 1970."""

    at: float
    status: Status
    target: Target
    over: Ceiling | None = None


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A scope whose count is reached; whether its rate is, the log has to be asked. ``resumed``: the canary's halt."""

    trigger: Trigger
    scope: str
    count: int
    since: float
    resumed: str = ""
    tenant: str = ""


@dataclass(slots=True)
class AutoHaltRules:
    """What was seen within the longest window, and which scopes are not to be halted again yet."""

    bad: deque[Bad] = field(default_factory=lambda: deque(maxlen=KEPT_MAX))
    quiet_until: dict[tuple[str, str, str], float] = field(default_factory=dict)
    canaries: dict[str, Control] = field(default_factory=dict)

    def saw(self, outcome: Outcome) -> None:
        """An outcome of a watched kind. What a halt or a crash has cut off, or somebody forged, is no agent's error."""
        if outcome.reason_code in NOBODYS:
            return
        risk = outcome.risk or Risk.DANGEROUS
        target = Target(outcome.tenant, outcome.agent, outcome.task, outcome.action_type, outcome.tool, risk)
        self.bad.append(Bad(outcome.at.timestamp(), outcome.status, target, outcome.over))

    def controlled(self, control: Control) -> None:
        """A halt or a resume: what happened before it is dealt with."""
        now = control.at.timestamp()
        for halt in control.halts:
            if halt.trigger:
                self._quiet(halt, now)
        if control.action == "resume":
            self.bad = deque(
                (bad for bad in self.bad if not covers(control.scope, bad.target, control.tenant)), KEPT_MAX
            )
            if control.canary_until is not None:
                self.canaries[control.control] = control
        elif control.action == "halt":
            self.canaries.pop(control.control, None)

    def _quiet(self, halt: Halt, now: float) -> None:
        self.quiet_until[halt.tenant, halt.scope, halt.trigger] = now + COOL_DOWN_S

    def suspicions(self, now: float) -> Iterator[Suspicion]:
        """The scopes whose counts are reached."""
        for trigger in TRIGGERS:
            counts = Counter(_whose(trigger, bad) for bad in self._within(trigger, now - trigger.window_s))
            for (tenant, scope), count in counts.items():
                if count >= trigger.count and not self._is_quiet(tenant, scope, trigger, now):
                    yield Suspicion(trigger, scope, count, now - trigger.window_s, tenant=tenant)
        yield from self._canaries(now)

    def _is_quiet(self, tenant: str, scope: str, trigger: Trigger, now: float) -> bool:
        return any(now < self.quiet_until.get((whose, scope, trigger.name), 0.0) for whose in (tenant, ""))

    def _canaries(self, now: float) -> Iterator[Suspicion]:
        for name, resume in list(self.canaries.items()):
            if resume.canary_until is None or now > resume.canary_until.timestamp():
                del self.canaries[name]
                continue
            since = resume.at.timestamp()
            count = sum(covers(resume.scope, bad.target, resume.tenant) for bad in self._within(CANARY, since))
            if count >= CANARY.count:
                yield Suspicion(CANARY, resume.scope, count, since, name, resume.tenant)

    def _within(self, trigger: Trigger, since: float) -> Iterable[Bad]:
        return (bad for bad in self.bad if _counts(bad, trigger, since))


def _whose(trigger: Trigger, bad: Bad) -> tuple[str, str]:
    """Tenant and scope. An agent is one tenant's; a kind of action is halted for all: what fails is the service."""
    if trigger.per == "agent":
        return bad.target.tenant, f"agent={bad.target.agent}"
    return "", f"action={bad.target.action_type}"


def _counts(bad: Bad, trigger: Trigger, since: float) -> bool:
    named = trigger.per != "action" or bad.target.action_type != ""  # what was never judged is of no kind
    return named and bad.at >= since and bad.status in trigger.statuses and trigger.over in (None, bad.over)


def halts_after(halts: tuple[Halt, ...], halt: Halt, resumed: str) -> tuple[Halt, ...]:
    """The table with an automatic halt, in place of what is left of the one whose resume went wrong."""
    left = next((active for active in halts if active.control == resumed), halt)
    kept = tuple(active for active in halts if active.control not in (halt.control, resumed))
    return (*kept, halt.model_copy(update={"people": max(halt.people, left.people)}))
