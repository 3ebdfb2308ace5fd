"""Halts: what a scope covers, and the table of active halts after a halt or a resume. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from groundstop.errors import GroundstopError
from groundstop.events import Halt
from groundstop.vocabulary import Risk


class BadScope(GroundstopError):
    """A scope that nobody could obey; says what was given and what is accepted."""


@dataclass(frozen=True, slots=True)
class Target:
    """What an action is about, as far as a halt can name it."""

    tenant: str
    agent: str
    task: str
    action_type: str
    tool: str
    risk: Risk


_FORMS = "all, tenant=T, agent=A, task=ID, action=TYPE, tool=NAME or risk=safe|risky|dangerous"


def check_scope(scope: str) -> str:
    """``scope`` in its one spelling. Raises BadScope for anything that is not of an accepted form."""
    text = scope.strip()
    if text == "all":
        return text
    what, equals, value = text.partition("=")
    if not equals or not value.strip() or what not in ("tenant", "agent", "task", "action", "tool", "risk"):
        raise BadScope(f"scope {scope!r} is not one of {_FORMS}")
    if what == "risk" and value not in tuple(Risk):
        raise BadScope(f"scope {scope!r}: risk must be safe, risky or dangerous")
    return f"{what}={value.strip()}"


def covers(scope: str, target: Target, tenant: str = "") -> bool:
    """True when ``scope`` stops ``target``. ``action=email`` covers ``email.send``, ``risk=risky`` dangerous, too.

    ``tenant``: only of that one.
    """
    if tenant and tenant != target.tenant:
        return False
    if scope == "all":
        return True
    what, _, value = scope.partition("=")
    match what:
        case "tenant" | "agent" | "task" | "tool":
            return bool(getattr(target, what) == value)
        case "action":
            return target.action_type == value or target.action_type.startswith(value + ".")
        case "risk":
            return target.risk.rank >= Risk(value).rank
    return True  # a scope this version does not know stops everything: fail closed


def halted_by(halts: Iterable[Halt], target: Target) -> Halt | None:
    """The first active halt that stops ``target``, or None."""
    return next((halt for halt in halts if covers(halt.scope, target, halt.tenant) and _stops(halt, target)), None)


def _stops(halt: Halt, target: Target) -> bool:
    """False for a drill, and for what a stage of a resume has let go on."""
    return not halt.drill and (halt.risk_from is None or target.risk.rank >= halt.risk_from.rank)


NOBODY_ASKED = {"resume_by": "", "resume_note": "", "resume_stage": "", "resume_seq": 0, "resume_signature": ""}
STAGES: dict[str, Risk | None] = {"safe": Risk.RISKY, "risky": Risk.DANGEROUS, "dangerous": None}
"""Stages of a resume: up to which risk it lets go on -> from which risk it is still halted."""


def at_stage(halts: tuple[Halt, ...], control: str, stage: str) -> tuple[Halt, ...]:
    """The table after a resume up to ``stage`` (empty: of everything). Raises GroundstopError when it is not active."""
    risk_from = STAGES[stage] if stage else None
    if risk_from is None:
        return without(halts, control)
    without(halts, control)  # it must be there
    change = {"risk_from": risk_from, **NOBODY_ASKED}
    return tuple(halt.model_copy(update=change) if halt.control == control else halt for halt in halts)


def with_halt(halts: tuple[Halt, ...], halt: Halt) -> tuple[Halt, ...]:
    """The table after ``halt``; announcing one again changes nothing."""
    return halts if any(active.control == halt.control for active in halts) else (*halts, halt)


def without(halts: tuple[Halt, ...], control: str) -> tuple[Halt, ...]:
    """The table after the halt named ``control`` was lifted. Raises GroundstopError when it is not active."""
    kept = tuple(halt for halt in halts if halt.control != control)
    if len(kept) == len(halts):
        active = ", ".join(halt.control for halt in halts) or "none"
        raise GroundstopError(f"no active halt {control!r}; active: {active}")
    return kept
