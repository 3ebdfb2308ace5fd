"""The kill switch: halts, resumes, drills, and what each executor answers."""

from datetime import datetime

from groundstop import subjects
from groundstop.events.fact import Fact, Signature
from groundstop.intent import Frozen, Text
from groundstop.vocabulary import Risk
from pydantic import Field


class Halt(Frozen):
    """One active halt. ``scope`` is ``all`` or ``<what>=<value>`` (groundstop.controls).

    After a stage of a resume only what is at least as risky as ``risk_from`` is still halted. ``trigger`` names what
    halted by itself. ``resume_by`` has asked for a resume that needs a second person.
    """

    control: str
    scope: str
    reason: str
    by: str
    at: datetime
    risk_from: Risk | None = None
    trigger: str = ""
    people: int = Field(default=1, ge=1, le=2)
    """How many different people a resume needs."""
    resume_by: str = ""
    resume_note: Text = ""
    resume_stage: str = ""
    resume_seq: int = 0
    """Sequence of the table that ``resume_by`` asked on: what they signed counts for that request alone."""
    resume_signature: Signature = ""
    """Of ``resume_by`` themselves, over ResumeAsked: nobody asks in another one's name."""
    tenant: str = ""
    """Only of this tenant; empty: of every one. Tasks and agents of two tenants may have one name."""
    drill: bool = False
    """True only for what is announced to measure; it stops nothing."""
    tool: str = ""
    """The tool whose failed call paused a task (trigger ``step-failed``); executors count by it. It stops nothing and
    lets nothing go on: it is not signed, so that the previous version can check a table that has it."""


class Control(Fact):
    """A halt or a resume. ``halts`` is the whole table afterwards, so the newest message on a lane is the state.

    ``action`` is ``halt``, ``resume``, ``resume_asked`` (a second person is needed), or ``drill``: executors measure
    and report what they would have stopped, and stop nothing.
    """

    kind = "control"

    control: str
    action: str
    scope: str
    reason: str
    by: str
    tenant: str = ""
    halts: tuple[Halt, ...] = ()
    lane: int = 0
    drill: Halt | None = None
    stage: str = ""
    """Of a resume: the highest risk that goes on; empty: everything."""
    canary_until: datetime | None = None
    """Of a resume: until then too many errors in scope halt it again."""
    replaces: int | None = None
    """Sequence on lane 0 of the table that this one was made from, 0 for none: put there again it replaces nothing.
    None: written before tables named the ones they replace."""
    signature: Signature = ""
    """Of who says it (groundstop.identity.signatures)."""

    def subject(self) -> str:
        return subjects.control(self.lane)


class ResumeAsked(Fact):
    """What the first of two people signs. It is stored in the halt that it is about and nowhere else."""

    kind = "control.asked"

    control: str
    scope: str
    tenant: str
    stage: str
    note: str
    by: str
    replaces: int
    signature: Signature = ""


class InFlight(Frozen):
    """How a halt ended one attempt: never_started, finished, cancelled_before_effect or unknown."""

    intent: str
    attempt: int
    tool: str
    ended: str


class ExecutorHalted(Fact):
    """One executor's answer to one halt. ``halted_ms`` is from hearing the halt to nothing in scope running."""

    kind = "executor.halted"

    control: str
    executor: str
    halted_ms: float
    in_flight: tuple[InFlight, ...] = ()
    drill: bool = False

    def subject(self) -> str:
        return subjects.halted(self.control, self.executor)
