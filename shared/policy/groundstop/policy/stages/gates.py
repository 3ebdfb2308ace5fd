"""The gates: can the call be read, is the tool known, do the arguments fit it, is it in scope."""

from groundstop.policy.rules import Outside
from groundstop.policy.shapes import too_large
from groundstop.policy.stages.call import Call
from groundstop.policy.walk import Walk
from groundstop.vocabulary import Reason, Risk, Route


def size(call: Call, walk: Walk) -> None:
    """Arguments that are too deep or too many are refused before anything reads them."""
    problem = too_large(call.proposal.arguments)
    if problem is not None:
        _end(walk, "size", f"Refused: {problem}.", Risk.DANGEROUS)


def known(call: Call, walk: Walk) -> None:
    """Whether anybody declared the tool. The version named must be the version that was declared."""
    tool = call.tool.tool
    if tool is None:
        walk.code = Reason.UNKNOWN_TOOL
        walk.note("tool", f"Nobody declared a tool called {call.tool.name[:80]!r}.", applied=False)
    else:
        walk.note("tool", f"{tool.name} is in the catalogue, as {tool.action_type}.", applied=False)


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
        _end(walk, "schema", says, Risk(call.tool.facts["risk"]))
    elif call.tool.tool is not None:
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


def _end(walk: Walk, stage: str, says: str, risk_at_least: Risk) -> None:
    walk.raise_risk(risk_at_least)
    walk.refuse(Reason.INVALID_ARGUMENTS)
    walk.note(stage, says)
    walk.ended = True
