"""Builders of cases, people and requirements for the tests of approval's rules."""

from datetime import timedelta
from typing import Any

from groundstop.errors import RequestFailed
from groundstop.events import CaseOpened, Judgement, Need
from groundstop.testing import NOON, a_classification
from groundstop.vocabulary import Band, CaseKind, Risk, Route
from groundstop_approval.domain.people import Directory, Person, person, read_directory
from groundstop_approval.domain.state import CaseState

PEOPLE = """
people:
  alice: {groups: [oncall]}
  bob: {groups: [oncall, leads]}
  carol: {groups: [leads]}
  dave: {}
  vera: {roles: [viewer]}
  olga: {owns: [helper], groups: [oncall]}
  otto: {groups: [oncall]}
  mia: {roles: [viewer]}
operators: [otto]
"""


DIRECTORY = read_directory(PEOPLE)


def the_directory() -> Directory:
    return DIRECTORY


def a_case(
    kind: CaseKind = CaseKind.APPROVAL, risk: Risk = Risk.RISKY, need: Need | None = None, **fields: Any
) -> CaseState:
    """An open case of agent helper, opened at noon, an hour long."""
    ordinary: dict[str, Any] = {
        "tool": "email.send",
        "arguments": {"to": "a@acme.com"},
        "agent": "helper",
        "user": "mia",
    }
    cause = a_classification(NOON, risk, Route.APPROVE, Band.MEDIUM, **(ordinary | fields))
    opened = CaseOpened.caused_by(
        cause,
        NOON,
        "approval",
        case_kind=kind,
        question="?",
        call=cause.call,
        judgement=cause.judgement,
        proposal=cause.proposal,
        need=need or Need(),
        expires_at=NOON + timedelta(hours=1),
    )
    return CaseState(opened)


def who(name: str) -> Person:
    return person(the_directory(), name)


def judged(risk: Risk = Risk.RISKY, route: Route = Route.APPROVE) -> Judgement:
    return Judgement(risk=risk, band=Band.HIGH, route=route, reasons=("said so",))


def code(work: Any, *args: Any, **kwargs: Any) -> str:
    """The code of the refusal, nothing when it went through."""
    try:
        work(*args, **kwargs)
    except RequestFailed as error:
        return error.code
    return ""
