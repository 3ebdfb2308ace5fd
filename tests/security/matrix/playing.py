"""Trying attacks in batches, and naming the one that did what it may not."""

import random  # noqa: TID251 - the seed is a parameter of the test
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from groundstop.clock import Clock
from groundstop.permissions.effects import Effect

from tests.security.matrix.allowed import effects_of, outside
from tests.security.matrix.cells import Attack
from tests.security.matrix.changes import Change
from tests.security.matrix.stage import Stage

BATCH = 250
LINGER_S = 1.6
"""A timer of the server that is due fires within a second."""
NAMED_MAX = 5
"""Attacks that a failing run names; the rest are of their kind."""


@dataclass
class Tally:
    """What a run came to."""

    tried: Counter[str] = field(default_factory=Counter)
    seen: dict[str, set[Effect]] = field(default_factory=dict)
    outside: list[str] = field(default_factory=list)


def sample(attacks: Sequence[Attack], count: int, seed: int) -> list[Attack]:
    """``count`` of them, of every family; those that linger apart, so that one wait is for all."""
    chance = random.Random(seed)
    chosen = list(attacks) if count >= len(attacks) else chance.sample(list(attacks), count)
    return sorted(chosen, key=lambda attack: (attack.lingers, attack.family))


async def play(stage: Stage, role: str, attacks: Sequence[Attack], tally: Tally) -> None:
    """Try them all; what is outside of the role's row is narrowed down to single attacks."""
    for lingers in (False, True):
        part = [attack for attack in attacks if attack.lingers is lingers]
        size = len(part) or 1 if lingers else BATCH
        for start in range(0, len(part), size):
            await _play_batch(stage, role, part[start : start + size], tally)


async def _play_batch(stage: Stage, role: str, batch: Sequence[Attack], tally: Tally) -> None:
    changes = await _tried(stage, role, batch)
    tally.tried[role] += len(batch)
    user = stage.users[role]
    for change in changes:
        tally.seen.setdefault(role, set()).update(effects_of(user, change))
    wrong = outside(user, changes)
    if wrong and len(tally.outside) < NAMED_MAX:
        tally.outside += await _named(stage, role, batch, wrong)


async def _tried(stage: Stage, role: str, batch: Sequence[Attack]) -> list[Change]:
    before = await stage.look()
    await stage.send(role, [attack.message() for attack in batch])
    if any(attack.lingers for attack in batch):
        await Clock().sleep(LINGER_S)
    await stage.quiet()
    changes = await stage.changed(before)
    await stage.restore(before)
    return changes


async def _named(stage: Stage, role: str, batch: Sequence[Attack], wrong: list[Change]) -> list[str]:
    """Halve what misbehaves until it is one attack; what shows only together is named together."""
    if len(batch) > 1:
        half = len(batch) // 2
        for part in (batch[:half], batch[half:]):
            if again := outside(stage.users[role], await _tried(stage, role, part)):
                return await _named(stage, role, part, again)
    count = f"{len(batch)} attacks together, from " if len(batch) > 1 else ""
    return [f"{role}: {count}{batch[0]}\n    brought about {wrong[:3]}"]
