"""What was done in the scope of a halt, and taking it back in a person's name."""

from collections.abc import Callable, Sequence
from itertools import groupby

from groundstop.client import Client
from groundstop.client.undo import CompletedAction, UndoResult, deeds, in_scope, undo
from groundstop.events import Halt
from groundstop.log import Stored

from groundstop_console.adapters.bus import Bus
from groundstop_console.adapters.signing import FACE
from groundstop_console.domain.people import Person

BEFORE_S = 3_600.0
"""A review of a halt looks back so far behind it, as the command line does."""
UNDO_TIMEOUT_S = 5.0
UNDO_MAX = 20


async def done_before(bus: Bus, halt: Halt, sees: Callable[[str], bool], aside: list[Stored]) -> list[CompletedAction]:
    """What was done in a halt's scope from an hour before, newest first; ``aside`` takes what cannot be read."""
    covered = in_scope(halt.scope, halt.tenant)
    wanted: Callable[[CompletedAction], bool] = lambda deed: sees(deed.outcome.tenant) and covered(deed)  # noqa: E731
    return list(reversed(await deeds(bus.log, wanted, halt.at.timestamp() - BEFORE_S, aside.append)))


async def take_back(bus: Bus, person: Person, chosen: Sequence[CompletedAction]) -> list[UndoResult]:
    """Undo what was chosen, newest first; each undo is a call of the console for that person, judged like any other."""
    found: list[UndoResult] = []
    by_tenant = sorted(chosen[:UNDO_MAX], key=lambda deed: deed.outcome.tenant)
    for tenant, some in groupby(by_tenant, key=lambda deed: deed.outcome.tenant):
        async with Client.open(tenant=tenant, agent=FACE, settings=bus.settings) as client:
            found += await undo(client, list(some), UNDO_TIMEOUT_S, person.name)
    return found
