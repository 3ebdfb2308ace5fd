"""Where ids come from: intents draw a sortable one at the edge, every later id is derived from its cause."""

from uuid import UUID

import uuid_utils

_EVENTS = uuid_utils.uuid5(uuid_utils.NAMESPACE_URL, "groundstop:event")


def new_id() -> str:
    """A fresh UUIDv7 (RFC 9562): sorts by creation time. Only for edges: a new intent, a new control, a new process."""
    return str(uuid_utils.uuid7())


def derived_id(cause: str, kind: str) -> str:
    """The id of the ``kind`` event that ``cause`` brought about: the same cause always gives the same id."""
    return str(uuid_utils.uuid5(_EVENTS, f"{cause}:{kind}"))


def trace_of(intent: str) -> str:
    """A W3C ``traceparent`` for an intent that came without one: its id is the trace id when it is a UUID."""
    try:
        trace = UUID(intent).hex
    except ValueError:
        trace = UUID(derived_id(intent, "trace")).hex
    return f"00-{trace}-{trace[-16:]}-01"
