"""What the table of roles says about one subject: written apart from what makes the server's configuration of it."""

from collections.abc import Iterable

from groundstop.permissions.server import User, permissions_of


def matches(pattern: str, subject: str, *, literal: bool = False) -> bool:
    """NATS's rule: a token, ``*`` for any one, ``>`` for all that follow.

    A subscription's wildcard needs one as wide. Nobody publishes to a wildcard: there ``>`` is a token like any other,
    which the services then refuse.
    """
    wanted, given = pattern.split("."), subject.split(".")
    for at, token in enumerate(wanted):
        if token == ">":
            return len(given) > at
        if at >= len(given) or (given[at] == ">" and not literal) or (token != "*" and token != given[at]):
            return False
    return len(wanted) == len(given)


def may(user: User, verb: str, subject: str) -> bool:
    """Whether the table lets ``user`` publish or subscribe there."""
    allowed = permissions_of(user)
    if verb == "subscribe":
        return _any(allowed.subscribe, subject)
    return _any(allowed.publish, subject, literal=True) and not _any(allowed.refuse, subject, literal=True)


def _any(patterns: Iterable[str], subject: str, *, literal: bool = False) -> bool:
    return any(matches(pattern, subject, literal=literal) for pattern in patterns)
