"""What the classifier says of a call: what it is, what screens saw, and which way it goes."""

from typing import Any

from groundstop.intent import Frozen
from groundstop.vocabulary import Band, Reason, Risk, Route


class Call(Frozen):
    """Exactly what would be executed. ``digest`` binds it: see groundstop.digest."""

    tool: str
    tool_version: str
    arguments: dict[str, Any]
    digest: str
    action_type: str


class Finding(Frozen):
    """What a screen saw, by name and place; never the text itself."""

    kind: str
    severity: str = "info"
    path: str = ""
    detail: str = ""


class Judgement(Frozen):
    """The classifier's answer: risk, band and the route they ask for, each with its reasons in words."""

    risk: Risk
    band: Band
    route: Route
    reasons: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    reason_code: Reason = Reason.POLICY
    policy_version: str = ""
    shadow: tuple[str, ...] = ()
    """What a policy or rule in shadow mode would have said."""
    answer: str = ""
    """What is done about a confused task: warn, context_reset, clarify or handoff; empty when it is not confused."""
