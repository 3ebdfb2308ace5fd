"""What may be asked of services, and by whom: the declarations of groundstop.commands as permissions use them. Pure.

The bus lets an identity ask only what its role may; the service that answers looks at the same table again.
"""

from collections.abc import Iterable

from groundstop.callers import Caller
from groundstop.commands import COMMANDS
from groundstop.commands.base import PEOPLE
from groundstop.errors import RequestFailed
from groundstop.vocabulary import ErrorCode

HEALTH = "health"


def _first_words(verbs: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({verb.partition(".")[0] for verb in verbs}))


FAMILIES = _first_words(verb for verb, command in COMMANDS.items() if command.roles & PEOPLE)
"""First words of the commands that others than services give."""


def verbs_of(role: str) -> tuple[str, ...]:
    """What a role may ask."""
    return tuple(verb for verb, command in COMMANDS.items() if role in command.roles)


def families_of(service: str) -> tuple[str, ...]:
    """First words of the commands that a service answers."""
    return tuple(
        sorted({verb.partition(".")[0] for verb, command in COMMANDS.items() if service in command.answered_by})
    )


def check_may_ask(caller: Caller, verb: str) -> None:
    """Raises RequestFailed(not_allowed) for a declared command that is not the caller's to give."""
    command = COMMANDS.get(verb)
    if command is not None and caller.role not in command.roles:
        raise RequestFailed(ErrorCode.NOT_ALLOWED, f"{caller} may not ask for {verb}")
