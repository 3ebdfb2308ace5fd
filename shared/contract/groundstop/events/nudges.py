"""Reminders and escalations of a case that nobody decides."""

from datetime import datetime

from groundstop import subjects
from groundstop.events.cases import CaseFact
from pydantic import Field


class NumberedCaseFact(CaseFact):
    """Base of what may happen to a case several times, each under a number."""

    number: int = Field(ge=1)

    def detail(self) -> tuple[str, ...]:
        return (self.case_kind.value, str(self.number))

    def once(self) -> str:
        return self.subject()


class NudgeTimer(NumberedCaseFact):
    """Pending: becomes ``case.nudge`` when it fires."""

    kind = "timer.nudge"

    def target(self) -> str:
        """Where the fired timer is stored."""
        return subjects.subject("case.nudge", self.tenant, self.agent, self.intent, *self.detail())


class CaseNudge(NumberedCaseFact):
    """It is time to remind people, or to ask the next group."""

    kind = "case.nudge"


class CaseReminded(NumberedCaseFact):
    """People were reminded of an undecided case."""

    kind = "case.reminded"

    expires_at: datetime


class CaseEscalated(NumberedCaseFact):
    """An undecided case went to the next group of the chain."""

    kind = "case.escalated"

    group: str
    expires_at: datetime
