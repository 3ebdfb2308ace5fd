"""What a control may change in the table of halts that it replaces, and who may change it. Pure.

To stop is everybody's who may write controls. Whatever lets something go on has to be said by the control itself, for
one halt, by somebody who lifts halts, and for a halt that needs two people by the second of them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from groundstop.controls import NOBODY_ASKED, STAGES, BadScope, at_stage, check_scope
from groundstop.events import Control, Halt

Halts = tuple[Halt, ...]

LIFTS = frozenset({"operator", "owner", "console"})
"""Roles of people, and of those who speak for people: they lift halts."""
SPEAKS_FOR_ITSELF = frozenset({"operator"})
"""Roles whose key says only what its own name says. A console says who is signed in to it, an owner whom they mean."""
ACTIONS = frozenset({"halt", "resume", "resume_asked", "drill"})
HANDED = "handed to a person"
"""How the reason of a hand-off's pause began while such pauses were halts."""
REASON_CHARS_KEPT = 40
"""A crowded table may be written with the reasons of its halts cut to this."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Whose signature a control bears."""

    name: str
    role: str


Asked = Callable[[Halt], str]
"""Why the request to resume that a halt holds counts for nothing; empty when whom it names has signed it."""


def _taken_at_its_word(_: Halt) -> str:
    return ""


def unlawful(before: Halts, control: Control, voice: Voice | None = None, asked: Asked = _taken_at_its_word) -> str:
    """Why ``control`` must not replace the table ``before``; empty when it may.

    ``voice``: None where nobody signs, so that names are taken at their word.
    """
    return next((why for why in _objections(before, control, voice, asked) if why), "")


def _objections(before: Halts, control: Control, voice: Voice | None, asked: Asked) -> Iterator[str]:
    yield _in_anothers_name(control, voice)
    yield _misshapen(before, control)
    after = {halt.control: halt for halt in control.halts}
    for halt in before:
        yield _changed(halt, after.get(halt.control), control, voice, asked)
    known = {halt.control for halt in before}
    for halt in control.halts:
        yield "" if halt.control in known else _added(halt, control)


def _in_anothers_name(control: Control, voice: Voice | None) -> str:
    if voice is None or voice.role not in SPEAKS_FOR_ITSELF or control.by == control.actor == voice.name:
        return ""
    return f"{voice.name} has signed what {control.by or 'nobody'} is to have said"


def _misshapen(before: Halts, control: Control) -> str:
    """A drill changes nothing, and nothing else has one."""
    if control.action not in ACTIONS:
        return f"{control.action!r} is not one of {', '.join(sorted(ACTIONS))}"
    if twice := [name for name, count in Counter(halt.control for halt in control.halts).items() if count > 1]:
        return f"halt {twice[0]} is there twice"
    if control.action != "drill":
        return "only a drill names a drill" if control.drill is not None else ""
    if control.drill is None or not control.drill.drill or control.halts != before:
        return "a drill names what it measures and changes no halt"
    return ""


def _added(halt: Halt, control: Control) -> str:
    if halt.drill or halt.resume_by or halt.resume_signature:
        return f"halt {halt.control} cannot begin as a drill, or with a request to lift it"
    if halt.control == control.control and halt.by != control.by:
        return f"{control.by} cannot halt in the name of {halt.by}"
    try:
        return "" if check_scope(halt.scope) == halt.scope else f"scope {halt.scope!r} is not written as it should be"
    except BadScope as error:
        return str(error)


def _changed(halt: Halt, after: Halt | None, control: Control, voice: Voice | None, asked: Asked) -> str:
    """Why what became of one halt is not allowed."""
    if after is not None:
        halt = _retold(halt, after)
    if after == halt or (after is None and _is_service(voice) and _covered(halt, control.halts)):
        return ""
    if control.control == halt.control:
        if control.action == "resume" and _is_stage(halt, after, control.stage):
            return _not_lifted(halt, after, control, voice, asked)
        if control.action == "resume_asked" and after is not None:
            return _not_asked(halt, after, control, voice, asked)
    how = "changed" if after is not None else "lifted"
    return f"halt {halt.control} cannot be {how} by a {control.action} of {control.control}"


def _retold(halt: Halt, after: Halt) -> Halt:
    """``halt`` with what of it may get lost: the end of its reason, and its tool, which the previous version drops."""
    cut = halt.reason.startswith(after.reason) and len(after.reason) >= min(len(halt.reason), REASON_CHARS_KEPT)
    return halt.model_copy(
        update={"reason": after.reason if cut else halt.reason, "tool": halt.tool if after.tool else ""}
    )


def _is_service(voice: Voice | None) -> bool:
    """Services halt a scope again, whole, in place of what was left of its halt. People have no need of that."""
    return voice is None or voice.role not in LIFTS


def _covered(halt: Halt, table: Iterable[Halt]) -> bool:
    """True when another halt stops all that ``halt`` stops, for as many people: it has taken its place."""
    return any(
        (other.scope, other.tenant, other.drill) == (halt.scope, halt.tenant, halt.drill)
        and other.people >= halt.people
        and not softer(halt, other)
        for other in table
        if other.control != halt.control
    )


def softer(halt: Halt, after: Halt) -> bool:
    """True when something that ``halt`` stops by its risk goes on under ``after``."""
    return after.risk_from is not None and (halt.risk_from is None or after.risk_from.rank > halt.risk_from.rank)


def _is_stage(halt: Halt, after: Halt | None, stage: str) -> bool:
    """True when ``after`` is exactly what a resume up to ``stage`` leaves."""
    if stage and stage not in STAGES:
        return False
    return at_stage((halt,), halt.control, stage) == (() if after is None else (after,))


def _not_lifted(halt: Halt, after: Halt | None, control: Control, voice: Voice | None, asked: Asked) -> str:
    if not _may_lift(halt, voice):
        return f"{voice.name if voice else 'nobody'} ({voice.role if voice else ''}) lifts no halts"
    if halt.people < 2 or (after is not None and not softer(halt, after)):
        return ""
    if control.by in ("", halt.resume_by) or not halt.resume_by or control.stage != halt.resume_stage:
        return f"halt {halt.control} needs two different people to lift it"
    return asked(halt)


def _may_lift(halt: Halt, voice: Voice | None) -> bool:
    return voice is None or voice.role in LIFTS or (voice.role == "approval" and was_handed_off(halt))


def was_handed_off(halt: Halt) -> bool:
    """True for the pause of a hand-off of the time when such pauses were halts: approval ends them."""
    return halt.scope.startswith("task=") and halt.people < 2 and not halt.trigger and halt.reason.startswith(HANDED)


def _not_asked(halt: Halt, after: Halt, control: Control, voice: Voice | None, asked: Asked) -> str:
    """Nobody asks in another one's name, and whoever asks changes nothing else."""
    if after.model_copy(update=NOBODY_ASKED) != halt.model_copy(update=NOBODY_ASKED):
        return f"halt {halt.control} cannot be changed by who asks to lift it"
    if after.resume_by != control.by or not control.by or (voice is not None and voice.role not in LIFTS):
        return f"{control.by} cannot ask to lift halt {halt.control} in the name of {after.resume_by or 'nobody'}"
    if after.resume_stage and after.resume_stage not in STAGES:
        return f"stage {after.resume_stage!r} is not one of {', '.join(STAGES)}"
    if control.replaces is not None and after.resume_seq != control.replaces:
        return f"the request to lift halt {halt.control} is of another table"
    return asked(after)
