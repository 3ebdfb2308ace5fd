"""A whole run at once: the same fold that the classifier makes step by step."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from groundstop.policy.confusion.memory import EMPTY_MEMORY
from groundstop.policy.confusion.signals import CLEAR, Confusion, look
from groundstop.policy.confusion.step import Step
from groundstop.policy.thresholds import ConfusionLimits

_ERROR = re.compile(
    r"\W{0,3}(error|exception|traceback|fail(ed|ure)?|fatal|invalid|unauthori[sz]ed|forbidden|denied|timed? ?out|"
    r"permission denied|cannot|could not|unable to|your proposed edit has introduced|command not found)\b",
    re.IGNORECASE,
)


def assess_sequence(steps: Iterable[Mapping[str, Any]], limits: ConfusionLimits | None = None) -> Confusion:
    """Whether a run is confused, how, and at which step (index) it first was.

    A step has ``tool``, ``args`` (or ``arguments``, ``instruction``), and as far as known ``result`` and ``error``.
    """
    bounds = limits or ConfusionLimits()
    memory = EMPTY_MEMORY
    for record in steps:
        step = Step.of(str(record.get("tool", "")), arguments_of(record))
        memory = memory.called(step)
        confusion = look(memory, bounds)
        if confusion.confused:
            return confusion
        if "result" in record or record.get("error"):
            memory = memory.answered(step.call, result_of(record), error=failed(record))
            confusion = look(memory, bounds)
            if confusion.confused:
                return confusion
    return CLEAR


def arguments_of(record: Mapping[str, Any]) -> Any:
    """What the tool was asked, under whichever of the usual names."""
    return next((record[name] for name in ("args", "arguments", "instruction", "input") if name in record), {})


def result_of(record: Mapping[str, Any]) -> Any:
    """What came back: the error where there is one, else the result."""
    return record.get("error") or record.get("result")


def failed(record: Mapping[str, Any]) -> bool:
    """Whether a step failed: it says so, or its result begins like an error message."""
    result = record.get("result")
    return bool(record.get("error")) or (isinstance(result, str) and bool(_ERROR.match(result[:200])))
