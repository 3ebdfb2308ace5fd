"""What the screens see in a proposal, and which arguments only a tool's output brought in."""

from groundstop.events import Finding
from groundstop.intent import Intent
from groundstop.screening import Findings, screen_structure
from groundstop.screening.provenance import Provenance
from groundstop.screening.tracing import Introduction, traced

Seen = tuple[tuple[str, Finding], ...]


def seen_in_arguments(proposal: Intent) -> Seen:
    """Findings in the arguments."""
    return _flagged(screen_structure(proposal.arguments, "argument")) if proposal.arguments else ()


def seen_in_words(proposal: Intent) -> Seen:
    """Findings in what the agent says about its call."""
    if not proposal.reasoning and not proposal.assumptions:
        return ()
    spoken = {"reasoning": proposal.reasoning, "assumptions": list(proposal.assumptions)}
    return _flagged(screen_structure(spoken, "agent_turn"))


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
    """Arguments, or the whole goal, that entered the task through a tool's output alone, each with its sentence; what
    the user had left to that source is only shown, with the user's sentence."""
    return tuple(("argument", _finding(found)) for found in traced(proposal.tool, proposal.arguments, provenance))


def _finding(found: Introduction) -> Finding:
    if found.delegated:
        said = f"{found.delegated} ({found.sentence})"
        return Finding(kind="delegated", severity="info", path=found.path, detail=said)
    return Finding(kind="provenance", severity="high", path=found.path, detail=found.sentence)
