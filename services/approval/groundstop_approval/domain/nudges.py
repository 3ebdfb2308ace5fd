"""Reminders and escalation: what is due when, for a case that nobody has decided. Pure."""

from dataclasses import dataclass
from datetime import datetime

from groundstop.events import CaseEscalated, CaseNudge, CaseOpened, CaseReminded, NudgeTimer

from groundstop_approval.domain.people import Directory
from groundstop_approval.domain.state import CaseState

ACTOR = "approval"


@dataclass(frozen=True, slots=True)
class Nudge:
    """One step: after ``part`` of the case's time, remind people, or ask ``group`` as well."""

    part: float
    group: str = ""


def plan(directory: Directory) -> tuple[Nudge, ...]:
    """All steps in the order of their times."""
    reminders = [Nudge(part) for part in directory.reminders]
    rungs = [Nudge(rung.at, rung.group) for rung in directory.escalation]
    return tuple(sorted((*reminders, *rungs), key=lambda nudge: nudge.part))


def timer(opened: CaseOpened, number: int, directory: Directory) -> tuple[NudgeTimer, datetime] | None:
    """The timer of step ``number`` (from 1) and its time; None when there is no such step."""
    steps = plan(directory)
    if number > len(steps) or opened.drill:
        return None
    at = opened.at + (opened.expires_at - opened.at) * steps[number - 1].part
    return NudgeTimer.caused_by(opened, opened.at, ACTOR, case_kind=opened.case_kind, number=number), at


def said(nudge: CaseNudge, state: CaseState, directory: Directory) -> CaseReminded | CaseEscalated | None:
    """What a fired timer brings about; None when the case is decided or the step is not planned any more."""
    steps = plan(directory)
    if state.decided is not None or nudge.number > len(steps):
        return None
    group, opened = steps[nudge.number - 1].group, state.opened
    common = {"case_kind": opened.case_kind, "number": nudge.number, "expires_at": opened.expires_at}
    if group:
        return CaseEscalated.caused_by(opened, nudge.at, ACTOR, group=group, **common)
    return CaseReminded.caused_by(opened, nudge.at, ACTOR, **common)
