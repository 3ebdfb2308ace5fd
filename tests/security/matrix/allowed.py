"""Whether a change is an effect that a role's row allows: one predicate for each effect."""

from collections.abc import Callable, Iterable, Mapping

from groundstop.identity.seeds import inbox_of
from groundstop.log.denials import API, MAPPED
from groundstop.permissions.effects import EFFECTS, Effect
from groundstop.permissions.roles import EDGE, LOG, ROLES
from groundstop.permissions.server import EXPORTED_TO_LOG, User
from groundstop.subjects import INTAKE, STORED, STREAM

from tests.security.matching import matches, may
from tests.security.matrix.changes import Change, ConsumerChanged, Gone, Heard, Stored, StreamChanged

Covers = Callable[[User, Change], bool]
READABLE: Mapping[Effect, frozenset[str]] = {
    Effect.READ_OWN: frozenset({"own", "all"}),
    Effect.READ_TENANT: frozenset({"own", "acme", "all"}),
    Effect.READ_ALL: frozenset({"own", "acme", "rival", "all"}),
    Effect.COPY_LOG: frozenset({"own", "acme", "rival", "all"}),
}
ANSWERS = ("_R_.", "_INBOX.")


def _say(user: User, change: Change) -> bool:
    """Waits in the intake, or goes by on the way there."""
    mine = (isinstance(change, Stored) and change.stream == INTAKE) or isinstance(change, Heard)
    return mine and change.subject.startswith("gs.intake.") and may(user, "publish", change.subject)


def _ask(user: User, change: Change) -> bool:
    heard = isinstance(change, Heard) and not change.said and change.subject.startswith("gs.cmd.")
    return heard and may(user, "publish", change.subject)


def _work(user: User, change: Change) -> bool:
    """Core messages of its own: beats, leases, answers."""
    mine = isinstance(change, Heard) and change.subject.startswith(("gs.alive.", "gs.lease.", *ANSWERS))
    return mine and may(user, "publish", change.subject)


def _call(user: User, change: Change) -> bool:
    heard = isinstance(change, Heard) and any(matches(there, change.subject) for there in EXPORTED_TO_LOG)
    return heard and may(user, "publish", change.subject)


def _answer_at_edge(user: User, change: Change) -> bool:
    return isinstance(change, Heard) and change.account == EDGE == ROLES[user.role].account and _read(user, change)


def _read(user: User, change: Heard) -> bool:
    """Nothing of it is more than the role may read."""
    readable = frozenset[str]().union(*(READABLE.get(effect, frozenset()) for effect in EFFECTS[user.role]), {"all"})
    return change.said <= readable


def _reading(effect: Effect) -> Covers:
    def covers(user: User, change: Change) -> bool:
        own = isinstance(change, Heard) and change.account == ROLES[user.role].account
        return own and bool(change.said - {"all"}) and change.said <= READABLE[effect]

    return covers


def _write(user: User, change: Change) -> bool:
    stored = isinstance(change, Stored) and change.stream == STREAM
    heard = isinstance(change, Heard) and any(matches(there, change.subject) for there in STORED)
    return (stored or heard) and may(user, "publish", change.subject)


def _write_any(user: User, change: Change) -> bool:
    return isinstance(change, Stored)


def _remove(_: User, change: Change) -> bool:
    """Readers move on past what is not there any more."""
    moved = isinstance(change, ConsumerChanged) and change.moved and change.consumer.startswith(f"{STREAM} ")
    return moved or (isinstance(change, Gone) and change.stream == STREAM)


def _take(user: User, change: Change) -> bool:
    if not isinstance(change, ConsumerChanged) or not change.moved:
        return isinstance(change, Gone) and change.stream == INTAKE
    stream, name = change.consumer.split(" ")
    return any(may(user, "publish", f"$JS.API.CONSUMER.{verb}.{stream}.{name}") for verb in ("MSG.NEXT", "RESET"))


def _make_readers(_: User, change: Change) -> bool:
    return isinstance(change, ConsumerChanged) and not change.moved


def _speak_in_log(user: User, change: Change) -> bool:
    """Whoever has answers delivered to JetStream asks it whatever an answer's bytes are a request for."""
    if isinstance(change, ConsumerChanged | StreamChanged | Gone):
        return ROLES[user.role].account == LOG
    return isinstance(change, Heard) and ROLES[user.role].account == LOG and _read(user, change)


def _copy_log(_: User, change: Change) -> bool:
    return isinstance(change, Heard) and bool(change.said)


def _change_streams(_: User, change: Change) -> bool:
    return isinstance(change, StreamChanged | Gone | ConsumerChanged)


COVERS: Mapping[Effect, Covers] = {
    Effect.SAY: _say,
    Effect.ASK: _ask,
    Effect.READ_OWN: _reading(Effect.READ_OWN),
    Effect.READ_TENANT: _reading(Effect.READ_TENANT),
    Effect.READ_ALL: _reading(Effect.READ_ALL),
    Effect.ANSWERS_AT_EDGE: _answer_at_edge,
    Effect.WORK: _work,
    Effect.WRITE: _write,
    Effect.WRITE_ANY: _write_any,
    Effect.REMOVE: _remove,
    Effect.TAKE: _take,
    Effect.MAKE_READERS: _make_readers,
    Effect.SPEAK_IN_LOG: _speak_in_log,
    Effect.CALL_TOOLS: _call,
    Effect.COPY_LOG: _copy_log,
    Effect.CHANGE_STREAMS: _change_streams,
}


def effects_of(user: User, change: Change) -> list[Effect]:
    """The effects in the role's row that cover a change; none: it is outside of the row."""
    return [effect for effect in EFFECTS[user.role] if COVERS[effect](user, change)]


def outside(user: User, changes: Iterable[Change]) -> list[Change]:
    """What no effect of the row covers."""
    return [change for change in changes if not _internal(user, change) and not effects_of(user, change)]


def _internal(user: User, change: Change) -> bool:
    """A question that it may ask, and what the server does with it: an answer on its way back to who asked."""
    if not isinstance(change, Heard):
        return False
    if change.subject.startswith("_R_."):
        return True
    subject = change.subject.replace(MAPPED, API, 1)
    if subject.startswith("$JS."):
        return not change.said and may(user, "publish", subject)
    own = change.account == ROLES[user.role].account and change.subject.startswith(f"{inbox_of(user.public)}.")
    return own and _read(user, change) and not change.said - {"all"}
