"""The way to one decision, noted as it is walked: the judgement and its explanation are two readings of this."""

from dataclasses import dataclass, field

from groundstop.events import Finding
from groundstop.policy.people import Requirement
from groundstop.policy.thresholds import Answer
from groundstop.vocabulary import Band, Reason, Risk, Route

# How much a route holds an action back. Everything after the routes table may only move up this order.
STRICTNESS = {
    Route.PROCEED: 0,
    Route.CONFIRM: 1,
    Route.CLARIFY: 2,
    Route.APPROVE: 3,
    Route.ESCALATE: 4,
    Route.REFUSE: 5,
}


@dataclass(slots=True)
class Note:
    """One question that was asked: at which stage, about what, the answer in words, and whether it changed anything."""

    stage: str
    says: str
    applied: bool = True
    entry: str = ""
    shadow: bool = False


@dataclass(slots=True)
class Walk:
    """Where the decision stands. Stages raise it; nothing lowers it. ``thorough`` also notes what did not apply."""

    thorough: bool = False
    risk: Risk = Risk.SAFE
    band: Band = Band.HIGH
    route: Route = Route.PROCEED
    code: Reason = Reason.POLICY
    need: Requirement = field(default_factory=Requirement)
    notes: list[Note] = field(default_factory=list)
    answer: Answer = Answer.NONE
    decided_by: str = ""
    """The sentence, or the entry, that the route goes back to."""
    decided_at: str = ""
    """The stage that said it."""
    raised: bool = False
    findings: list[Finding] = field(default_factory=list)
    ended: bool = False

    def raise_risk(self, risk: Risk) -> bool:
        """True when this is news: the risk was lower before."""
        higher = risk.rank > self.risk.rank
        if higher:
            self.risk = risk
        return higher

    def raise_route(self, route: Route, code: Reason | None = None) -> bool:
        """True when this is news: the route was less strict before. The code of the strictest route is kept."""
        higher = STRICTNESS[route] > STRICTNESS[self.route]
        if higher:
            self.route = route
            self.code = code or self.code
            self.raised = True
        return higher

    def refuse(self, code: Reason) -> None:
        """Nothing can be stricter."""
        self.raise_route(Route.REFUSE, code)

    def note(self, stage: str, says: str, *, applied: bool = True, entry: str = "", shadow: bool = False) -> None:
        """Remember an answer. What did not apply is kept only by a thorough walk."""
        if self.raised and applied and not shadow:
            self.decided_by, self.decided_at, self.raised = says, stage, False
        if applied or self.thorough:
            self.notes.append(Note(stage, says, applied, entry, shadow))
