"""The stages of a decision, in order. Each looks at the call and may raise what the walk has reached so far."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import cel

from groundstop.events import Finding
from groundstop.intent import Intent
from groundstop.policy.basics import CallSubject, Mode
from groundstop.policy.conditions import Condition, Held, evaluate, none_holds
from groundstop.policy.history import TaskHistory
from groundstop.policy.model import Policy
from groundstop.policy.people import Requirement
from groundstop.policy.prepared import Candidates, Entry, PreparedTool
from groundstop.policy.rules import Outside, Rule
from groundstop.policy.shapes import too_large
from groundstop.policy.walk import Walk
from groundstop.words import Band, Reason, Risk, Route


@dataclass(slots=True)
class Call:
    """One proposal on its way: everything the stages look at."""

    policy: Policy
    proposal: Intent
    tool: PreparedTool
    history: TaskHistory
    now: datetime
    findings: tuple[tuple[str, Finding], ...] = ()
    matched: tuple[Rule, ...] = ()
    """Rules that hold, found by the risk stage and used again by the stages that set routes and requirements."""
    _context: Any = None

    def context(self) -> Any:
        """What conditions see; built when the first one is asked, with no more than any of them mentions."""
        if self._context is None:
            names = self.tool.refusals.names | self.tool.rules.names
            variables: dict[str, Any] = {}
            if "intent" in names:
                variables["intent"] = {f: v for f, v in _intent_facts(self.proposal) if f in names}
            if "tool" in names:
                variables["tool"] = self.tool.facts
            if "task" in names:
                variables["task"] = self.history.view(self.now.timestamp())
            if "now" in names:
                variables["now"] = self.now
            self._context = cel.Context(variables=variables)
        return self._context


def _intent_facts(proposal: Intent) -> Iterator[tuple[str, Any]]:
    """The fields a condition may read. Text an agent wrote in free form comes last and is seldom asked for."""
    yield "arguments", proposal.arguments
    yield "tenant", proposal.tenant
    yield "agent", proposal.agent
    yield "task", proposal.task
    yield "step", proposal.step
    yield "tool", proposal.tool
    yield "tool_version", proposal.tool_version
    yield "user", proposal.user
    # An unstated confidence reads as -1, so that "confidence < 0.5" holds for it.
    yield "confidence", -1.0 if proposal.confidence is None else float(proposal.confidence)
    yield "reasoning", proposal.reasoning
    yield "assumptions", list(proposal.assumptions)


def size(call: Call, walk: Walk) -> None:
    """Arguments that are too deep or too many are refused before anything reads them."""
    problem = too_large(call.proposal.arguments)
    if problem is not None:
        _refuse(walk, "arguments", f"Refused: {problem}.", Reason.INVALID_ARGUMENTS, Risk.DANGEROUS)


def known(call: Call, walk: Walk) -> None:
    """A tool nobody declared can only be dangerous."""
    if call.tool.tool is None:
        walk.code = Reason.UNKNOWN_TOOL
    else:
        walk.note("tool", f"{call.tool.name} is in the catalogue ({call.tool.action_type}).", applied=False)


def schema(call: Call, walk: Walk) -> None:
    """Arguments that do not fit the tool's schema are refused: what would run is not what was declared."""
    shape = call.tool.shape
    if shape.broken:
        walk.raise_risk(Risk.DANGEROUS)
        walk.note("schema", f"The tool's own schema cannot be used ({shape.broken}), so the call counts as dangerous.")
        return
    problems = shape.problems(call.proposal.arguments)
    if problems:
        says = f"Refused: the arguments do not fit the tool's schema: {'; '.join(problems)}."
        _refuse(walk, "schema", says, Reason.INVALID_ARGUMENTS, call.tool.tool.risk if call.tool.tool else Risk.DANGEROUS)
    else:
        walk.note("schema", "The arguments fit the tool's schema.", applied=False)


def scope(call: Call, walk: Walk) -> None:
    """The allow-list of the policy."""
    if call.tool.in_scope:
        walk.note("scope", "The tool is in scope.", applied=False)
    elif call.policy.scope.otherwise is Outside.REFUSE:
        walk.refuse(Reason.REFUSED_BY_POLICY)
        walk.note("scope", f"Refused: {call.tool.name[:80]} is outside what this policy allows.")
    else:
        walk.raise_route(Route.APPROVE)
        walk.note("scope", f"{call.tool.name[:80]} is outside what this policy allows without a person.")


def risk(call: Call, walk: Walk) -> None:
    """What the tool, its arguments, its declaration and its hints say about the risk; the highest counts."""
    for says, detail in call.tool.witness(call.proposal.arguments):
        raised = walk.raise_risk(says)
        walk.note("risk", detail, applied=raised or says is not Risk.SAFE)
    if not walk.notes or walk.risk is Risk.SAFE:
        walk.note("risk", "Nothing says that the action changes anything: safe.", applied=False)


def settings(call: Call, walk: Walk) -> None:
    """What the policy says about the tool by name."""
    for glob, entry in call.tool.settings:
        reason = f": {entry.because}" if entry.because else "."
        if entry.risk is not None:
            raised = walk.raise_risk(entry.risk)
            walk.note("tools", f"The policy makes {glob} at least {entry.risk}{reason}", applied=raised, entry=glob)
        if entry.route is not None:
            raised = walk.raise_route(entry.route, _code(entry.route))
            walk.note("tools", f"The policy wants {entry.route} for {glob}{reason}", applied=raised, entry=glob)


def refusals(call: Call, walk: Walk) -> None:
    """Hard refusals: nobody can approve these."""
    for entry, held in _holding(call, walk, "refusals", call.tool.refusals):
        says = f"Refused by {entry.id}: {_because(entry.because, entry.when, held)}"
        if entry.mode is Mode.ENFORCE:
            walk.refuse(Reason.REFUSED_BY_POLICY)
        walk.note("refusals", says, entry=entry.id, shadow=entry.mode is Mode.SHADOW)


def rules(call: Call, walk: Walk) -> None:
    """The rules' say on the risk. Their routes and requirements come after the table."""
    matched: list[Rule] = []
    for entry, held in _holding(call, walk, "rules", call.tool.rules):
        shadow = entry.mode is Mode.SHADOW
        walk.note("rules", f"Rule {entry.id}: {_effect(entry, held)}", entry=entry.id, shadow=shadow)
        if not shadow:
            matched.append(entry)
            if entry.risk is not None:
                walk.raise_risk(entry.risk)
    call.matched = tuple(matched)


def confidence(call: Call, walk: Walk) -> None:
    """The band that the stated confidence falls into."""
    stated = call.proposal.confidence
    if stated is None:
        walk.band = call.policy.confidence.unstated
        walk.note("confidence", f"The agent did not state a confidence; the policy reads that as {_plain(walk.band)}.")
        return
    walk.band = call.tool.thresholds.band(stated)
    walk.note("confidence", f"The agent is {stated:.0%} sure, which counts as {_plain(walk.band)}.")


def table(call: Call, walk: Walk) -> None:
    """The cell of the routes table."""
    route = call.policy.routes.route(walk.risk, walk.band)
    walk.raise_route(route, None if walk.code is Reason.UNKNOWN_TOOL else _code(route))
    says = f"A {walk.risk} action at {_plain(walk.band)} confidence: {MEANING[route]}."
    walk.note("route", says)
    if route is Route.CONFIRM and call.proposal.assumptions:
        walk.note("route", f"Assumes: {'; '.join(a[:200] for a in call.proposal.assumptions[:5])}.")


def demands(call: Call, walk: Walk) -> None:
    """What rules and approval requirements ask for beyond the table."""
    for entry in call.matched:
        if entry.route is not None:
            walk.raise_route(entry.route, _code(entry.route))
    proposal = call.proposal
    subject = CallSubject(proposal.tenant, proposal.agent, call.tool.name, call.tool.action_type, walk.risk)
    needs = [a.need for a in call.tool.approvals if a.match.holds(subject)]
    needs += [entry.need for entry in call.matched if entry.need is not None]
    if needs:
        walk.need = Requirement.all_of(needs)
        if walk.need != Requirement():
            walk.note("approval", f"If it goes to people: {need_in_words(walk.need)}.")


def need_in_words(need: Requirement) -> str:
    """A requirement as a person would say it."""
    who = f" of {' or '.join(need.groups)}" if need.groups else ""
    return f"{need.people} different people{who} must agree" if need.people > 1 else f"one person{who} must agree"


MEANING = {
    Route.PROCEED: "it may go ahead",
    Route.CONFIRM: "someone confirms it first, with its assumptions stated",
    Route.APPROVE: "a person must approve it",
    Route.CLARIFY: "the agent has to ask back first",
    Route.ESCALATE: "it is handed to a person",
    Route.REFUSE: "it is refused",
}


def _refuse(walk: Walk, stage: str, says: str, code: Reason, risk_at_least: Risk) -> None:
    walk.raise_risk(risk_at_least)
    walk.refuse(code)
    walk.note(stage, says)
    walk.ended = True


def _code(route: Route) -> Reason:
    return {Route.REFUSE: Reason.REFUSED_BY_POLICY, Route.CLARIFY: Reason.NEEDS_CLARIFICATION}.get(route, Reason.POLICY)


def _holding(
    call: Call, walk: Walk, stage: str, candidates: Candidates[Entry]
) -> Iterator[tuple[Entry, Held]]:
    """The entries that hold for this call. Groups of which none holds are passed over unless all is to be noted."""
    proposal = call.proposal
    for some in candidates.groups:
        if not walk.thorough and some.program is not None and none_holds(some, call.context()):
            continue
        for entry, condition in candidates.entries[some.start : some.stop]:
            if not entry.match.caller_holds(proposal.tenant, proposal.agent):
                walk.note(stage, f"{entry.id} is about other callers.", applied=False, entry=entry.id)
            elif entry.match.risk and walk.risk not in entry.match.risk:
                walk.note(stage, f"{entry.id} is about other risks.", applied=False, entry=entry.id)
            else:
                held = _ask(call, condition)
                if held.holds:
                    yield entry, held
                else:
                    walk.note(stage, f"{entry.id} does not hold: {entry.when}", applied=False, entry=entry.id)


def _ask(call: Call, condition: Condition | None) -> Held:
    if condition is None:
        return Held(True)
    try:
        context = call.context()
    except Exception as error:  # values that conditions cannot carry: not being able to tell must hold the call
        return Held(True, f"the arguments could not be read ({str(error)[:120]})")
    return evaluate(condition, context)


def _because(because: str, when: str, held: Held) -> str:
    if held.failure:
        return f"{held.failure}, so it counts as if it applied."
    return because or (f"{when} holds." if when else "it is about this tool.")


def _effect(entry: Rule, held: Held) -> str:
    effects: Iterable[str | None] = (
        f"at least {entry.risk}" if entry.risk else None,
        MEANING[entry.route] if entry.route else None,
        need_in_words(entry.need) if entry.need else None,
    )
    return f"{', '.join(e for e in effects if e)}; {_because(entry.because, entry.when, held)}"


def _plain(band: Band) -> str:
    return band.value.replace("_", " ")


Stage = Callable[[Call, Walk], None]
STAGES: tuple[Stage, ...] = (
    size, known, schema, scope, risk, settings, refusals, rules, confidence, table, demands,
)  # fmt: skip
