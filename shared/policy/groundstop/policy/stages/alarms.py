"""What was seen around the call: an agent that runs in circles, and text that should not be there."""

import re
from collections.abc import Mapping
from typing import Any

from groundstop.events import Finding
from groundstop.policy.confusion.answers import answer_to
from groundstop.policy.confusion.signals import look
from groundstop.policy.confusion.step import Step
from groundstop.policy.screens import Action
from groundstop.policy.stages.call import Call
from groundstop.policy.stages.routing import code_of
from groundstop.policy.thresholds import Answer
from groundstop.policy.walk import Walk
from groundstop.vocabulary import Reason, Risk, Route

CONFUSED = "confused"
"""The kind of finding that a confused task leaves in its judgements."""

_SEEN = {
    "prompt_injection": "text that tries to give orders",
    "secret": "a secret in plain text",
    "pii": "personal data",
    "hidden_text": "text hidden from human eyes",
    "unscanned": "text that could not be screened",
    "provenance": "a value that came from a tool's output and not from the user",
    "delegated": "a value that the user left to a source",
}


_PLACES = {
    "argument": "the arguments",
    "user_turn": "what the user said",
    "agent_turn": "what the agent said",
    "tool_description": "the tool's description",
    "tool_output": "what a tool answered",
}


def confusion(call: Call, walk: Walk) -> None:
    """Whether this call would be one more turn of a circle, and the answer of the ladder."""
    memory = call.history.memory
    if not memory.steps:
        walk.note("confusion", "It is the first call of its task.", applied=False)
        return
    seen = look(memory.called(Step.of(call.proposal.tool, call.proposal.arguments)), call.policy.confusion)
    answer = answer_to(seen, call.policy.confusion)
    if answer.answer is Answer.NONE or seen.kind is None:
        walk.note("confusion", "The task makes progress.", applied=False)
        return
    walk.answer = answer.answer
    walk.raise_route(answer.route, code_of(answer.route))
    walk.findings.append(Finding(kind=CONFUSED, severity="medium", detail=f"{seen.kind}:{answer.answer}"))
    walk.note("confusion", f"The task seems confused: {seen.says}; {answer.says}.", entry=seen.kind)


def screens(call: Call, walk: Walk) -> None:
    """What the screens saw, and what the policy wants done about each."""
    if not call.findings:
        walk.note("screens", "The screens saw nothing.", applied=False)
        return
    beyond = _beyond(call)
    for source, finding in call.findings:
        left = finding.kind == "delegated" and (beyond or _outside(call, finding))
        action = call.policy.screens.action("provenance" if left else finding.kind, source)
        if action is Action.ALLOW:
            walk.note("screens", f"{_says(call, source, finding)}: allowed.", applied=False)
            continue
        walk.findings.append(finding)
        _act(call, walk, action, _says(call, source, finding))


def _beyond(call: Call) -> bool:
    """True when more values were left to sources than the policy lets through at once."""
    delegated = sum(1 for _, finding in call.findings if finding.kind == "delegated")
    return delegated > call.policy.screens.delegation.values_max


def _outside(call: Call, finding: Finding) -> bool:
    """True when the policy names domains and a value that was left to a source is an address of another."""
    domains = call.policy.screens.delegation.domains
    if not domains:
        return False
    value = str(_at(call.proposal.arguments, finding.path)).strip().lower().rstrip("/.>")
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", value).rpartition("@")[2].partition("/")[0]
    return "." in host and not any(host == name.lower() or host.endswith(f".{name.lower()}") for name in domains)


def _at(arguments: Any, path: str) -> Any:
    """The value at a path such as ``$.to[0]``; empty for one that is not there."""
    value = arguments
    for key, index in _STEP.findall(path):
        if index and isinstance(value, (list, tuple)) and int(index) < len(value):
            value = value[int(index)]
        elif key and isinstance(value, Mapping):
            value = value.get(key, "")
        else:
            return ""
    return value


_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d{1,6})\]")


def _act(call: Call, walk: Walk, action: Action, says: str) -> None:
    if action is Action.REFUSE:
        walk.refuse(Reason.REFUSED_BY_POLICY)
        walk.note("screens", f"Refused: {says}.")
    elif action is Action.HOLD and (walk.risk is not Risk.SAFE or call.policy.screens.hold_safe):
        walk.raise_route(Route.APPROVE)
        walk.note("screens", f"Held for a person: {says}.")
    else:
        # Redacting an argument would make it another call; arguments are held or let through, outputs are redacted.
        walk.note("screens", f"Noted: {says}.")


def _says(call: Call, source: str, finding: Finding) -> str:
    place = _PLACES.get(source, source.replace("_", " "))
    where = f"the argument {finding.path}" if source == "argument" and finding.path else place
    excerpt = finding.detail[: call.policy.screens.excerpt_chars_max]
    what = _SEEN.get(finding.kind, finding.kind.replace("_", " "))
    return f"in {where}, {what}{f': “{excerpt}”' if excerpt else ''}"
