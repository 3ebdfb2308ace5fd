"""What the screens see in a proposal, and which of its arguments only a tool's output brought in."""

from groundstop.events import Finding
from groundstop.intent import Intent
from groundstop.screening import Findings, screen_structure
from groundstop.screening.provenance import Provenance
from groundstop.screening.tracing import introductions

Seen = tuple[tuple[str, Finding], ...]


def seen_in(proposal: Intent) -> Seen:
    """Findings in the arguments and in the agent's own words, each with its source."""
    seen = _flagged(screen_structure(proposal.arguments, "argument")) if proposal.arguments else ()
    if proposal.reasoning or proposal.assumptions:
        spoken = {"reasoning": proposal.reasoning, "assumptions": list(proposal.assumptions)}
        seen += _flagged(screen_structure(spoken, "agent_turn"))
    return seen


def _flagged(findings: Findings) -> Seen:
    return tuple(
        (
            findings.source,
            Finding(kind=found.kind, severity=found.severity, path=found.path, detail=found.excerpt or found.rule),
        )
        for found in findings.findings
        if findings.flagged(found.kind)
    )


def brought_in(proposal: Intent, provenance: Provenance) -> Seen:
    """Arguments, or the whole goal, that entered the task through a tool's output alone, with the sentence that did it."""
    return tuple(
        ("argument", Finding(kind="provenance", severity="high", path=found.path, detail=found.sentence))
        for found in introductions(proposal.tool, proposal.arguments, provenance)
    )
