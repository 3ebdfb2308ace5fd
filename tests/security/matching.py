"""What the table of roles says about one subject: written apart from what makes the server's configuration of it."""

from collections.abc import Iterable

from groundstop.permissions.server import User, permissions_of


def matches(pattern: str, subject: str) -> bool:
    """NATS's rule: a token, ``*`` for any one, ``>`` for all that follow. A wildcard asked for needs one as wide."""
    wanted, given = pattern.split("."), subject.split(".")
    for at, token in enumerate(wanted):
        if token == ">":
            return len(given) > at
        if at >= len(given) or given[at] == ">" or (token != "*" and token != given[at]):
            return False
    return len(wanted) == len(given)


def may(user: User, verb: str, subject: str) -> bool:
    """Whether the table lets ``user`` publish or subscribe there."""
    allowed = permissions_of(user)
    if verb == "subscribe":
        return _any(allowed.subscribe, subject)
    return _any(allowed.publish, subject) and not _any(allowed.refuse, subject)


def _any(patterns: Iterable[str], subject: str) -> bool:
    return any(matches(pattern, subject) for pattern in patterns)
