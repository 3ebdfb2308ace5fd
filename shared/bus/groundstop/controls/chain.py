"""Which table of halts is believed: each one is held against the one that it replaces. Pure.

A table that is not signed by who may, that does not say which table it replaces, or that lets something go on which
nobody who may has let go on, is believed by nobody. The one before it stays in force until a lawful one replaces that;
whoever enforces halts everything meanwhile, because something is wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from groundstop.controls import BadScope, check_scope
from groundstop.controls.capacity import bytes_of
from groundstop.controls.rules import Voice, softer, unlawful
from groundstop.events import Control, Halt, ResumeAsked
from groundstop.identity.signatures import BadSignature, Keyring
from groundstop.ids import derived_id
from groundstop.vocabulary import Reason

STRANGERS_BYTES_MAX = 16 * 1024
"""What unverified tables name beyond this is kept as one halt of everything."""

NEVER = datetime.min.replace(tzinfo=UTC)

Halts = tuple[Halt, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """What was stored on a lane. ``control``: None for what is no control."""

    seq: int
    at: datetime
    control: Control | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is believed, with its sequence on lane 0; 0 before the first one."""

    seq: int = 0
    halts: Halts = ()
    control: Control | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of the controls. ``seen`` is the newest message that was looked at, on its own lane.

    ``why``: what is wrong with what was stored behind ``table``, empty when nothing was. ``strangers`` are the halts
    that it named and ``table`` does not: to halt is everybody's, so whoever makes the next table keeps them.
    """

    table: Table = Table()
    seen: int = 0
    why: str = ""
    strangers: Halts = ()
    at: datetime = NEVER
    """When the newest message was stored."""

    @property
    def halts(self) -> Halts:
        """What the next table is made from."""
        return (*self.table.halts, *self.strangers)


class UnknownSigner(BadSignature):
    """Signed with a key that no list of keys has named so far: it may have been issued a moment ago."""


def ask_of(halt: Halt) -> ResumeAsked:
    """The request to resume that a halt holds, as its author has signed it."""
    return ResumeAsked(
        id=halt.control, at=halt.at, actor=halt.resume_by, control=halt.control, scope=halt.scope, tenant=halt.tenant,
        stage=halt.resume_stage, note=halt.resume_note, by=halt.resume_by, replaces=halt.resume_seq,
        signature=halt.resume_signature,
    )  # fmt: skip


def not_asked(ring: Keyring, halt: Halt, at: datetime) -> str:
    """Why the request that a halt holds counts for nothing at ``at``; empty when whom it names has signed it."""
    try:
        key = ring.check(ask_of(halt), at)
    except BadSignature as error:
        return f"halt {halt.control}: what {halt.resume_by} asked is not proven ({error}): ask again"
    if key is None or (key.role == "operator" and key.name != halt.resume_by):
        return f"halt {halt.control}: {halt.resume_by} has not asked to lift it"
    return ""


def voice_of(ring: Keyring, control: Control, at: datetime) -> Voice:
    """Whose signature ``control`` bears. Raises BadSignature, UnknownSigner."""
    try:
        key = ring.check(control, at)
    except BadSignature as error:
        if error.reason is Reason.UNKNOWN_SIGNER:
            raise UnknownSigner(error.reason, str(error)) from error
        raise
    if key is None:
        raise BadSignature(Reason.UNSIGNED, "control is not signed")
    return Voice(key.name, key.role)


def why_not(ring: Keyring, table: Table, control: Control, at: datetime) -> str:
    """Why ``control`` does not follow ``table``; empty when it does. Raises UnknownSigner."""
    try:
        voice = voice_of(ring, control, at)
    except UnknownSigner:
        raise
    except BadSignature as error:
        return str(error)
    if control.replaces is None:
        if table.control is not None and table.control.replaces is not None:
            return "it does not say which table it replaces"
    elif control.replaces != table.seq:
        return f"it replaces the table at {control.replaces}, and {table.seq} is in force"
    return unlawful(table.halts, control, voice, lambda halt: not_asked(ring, halt, at))


def taken(ring: Keyring, standing: Standing, message: Message, lane: int) -> Standing:
    """What is known after the next message of a lane. Raises UnknownSigner."""
    control = message.control
    why = "it is no control" if control is None else why_not(ring, standing.table, control, message.at)
    return known(standing, message, lane, why)


def known(standing: Standing, message: Message, lane: int, why: str) -> Standing:
    """What is known after a message that is believed, or not for the reason ``why``.

    Controls are written to all lanes at once, in order, so lane 0's sequence is that of lane k less k.
    """
    control = message.control
    if control is not None and not why:
        return Standing(Table(message.seq - lane, control.halts, control), message.seq, at=message.at)
    named = () if control is None else control.halts
    strangers = kept_strangers(standing.table.halts, (*standing.strangers, *named))
    return replace(standing, seen=message.seq, why=why, strangers=strangers, at=message.at)


def kept_strangers(halts: Halts, named: Sequence[Halt]) -> Halts:
    """What was named by tables that nobody believes, as halts that the next table can hold."""
    found: dict[str, Halt] = {}
    for halt in named:
        if halt.drill or any(_covers(active, halt) for active in halts):
            continue
        stranger = _plain(halt, {active.control for active in halts})
        found.setdefault(stranger.control, stranger)
    kept = tuple(found.values())
    return kept if bytes_of(kept) <= STRANGERS_BYTES_MAX else (_everything(kept[0]),)


def _covers(active: Halt, halt: Halt) -> bool:
    """True when ``active`` stops all that ``halt`` would."""
    return (active.scope, active.tenant) == (halt.scope, halt.tenant) and not softer(halt, active)


def _plain(halt: Halt, taken_names: set[str]) -> Halt:
    """A halt under a name of its own that asks for nothing."""
    named = halt.control in taken_names or not halt.control
    name = derived_id(f"{halt.control}:{halt.scope}:{halt.tenant}", "unverified") if named else halt.control
    return Halt(
        control=name, scope=_scope_of(halt.scope), tenant=halt.tenant, reason=halt.reason[:200], by=halt.by, at=halt.at,
        risk_from=halt.risk_from, trigger=halt.trigger, people=halt.people, tool=halt.tool,
    )  # fmt: skip


def _scope_of(scope: str) -> str:
    """A scope that nobody can read stops everything."""
    try:
        return scope if check_scope(scope) == scope else "all"
    except BadScope:
        return "all"


def _everything(halt: Halt) -> Halt:
    return Halt(
        control=derived_id(halt.control, "unverified"), scope="all", by=halt.by, at=halt.at,
        reason="unverified tables of halts named more of them than are kept",
    )  # fmt: skip
