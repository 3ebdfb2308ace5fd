"""A thief with one stolen seed: ``python -m tests.security.thief <seed file> <url> <user as JSON> <seconds> <seed>``.

A process of its own, so that its abuse costs the honest nothing but what it costs the stack. Prints what it sent.
"""

import asyncio
import random  # noqa: TID251 - the seed is a parameter of the test
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import nats
import orjson
from groundstop import natspy
from groundstop.callers import ANY_TENANT, Caller, intake
from groundstop.clock import Clock
from groundstop.identity.connecting import connection_options
from groundstop.ids import new_id
from groundstop.permissions.server import User
from groundstop.settings import Settings

from tests.security.families import subscribed
from tests.security.matching import may
from tests.security.matrix.cells import Attack, attacks
from tests.security.mutating import mutated

FLOOD, BATCHES, LARGE, CELLS = 1000, 60, 10, 100
LARGE_BYTES = 500 * 1024
Message = tuple[str, bytes, str, dict[str, str]]
Move = Callable[[], Iterator[Message]]


class Moves:
    """What the thief may do next, each a burst of messages."""

    def __init__(self, user: User, chance: random.Random) -> None:
        self._user = user
        self._chance = chance
        self._cells = attacks(user)
        self._can_speak = may(user, "publish", self._own("x"))

    def burst(self) -> tuple[str, list[Message]]:
        """One of them, with its name."""
        moves: dict[str, Move] = {"cells": self._try_cells, "bodies": self._bodies}
        if self._can_speak:
            moves |= {"flood": self._flood, "batches": self._batches, "large": self._large}
        name = self._chance.choice(list(moves))
        return name, list(moves[name]())

    def _own(self, intent: str) -> str:
        user = self._user
        tenant, agent = ("acme" if user.tenant == "*" else user.tenant), user.agent
        if user.role in ("agent", "gateway"):
            agent = f"invented-{self._chance.randrange(10**6)}" if agent == "*" else agent
            return intake(Caller("agent", tenant, agent), f"gs.intent.submitted.{tenant}.{agent}.{intent}")
        caller = Caller(user.role, ANY_TENANT if user.tenant == "*" else tenant, user.name)
        if user.role == "approver":
            return intake(caller, f"gs.feedback.{tenant}.{agent}.{intent}.{user.name}".replace("*", "x"))
        return intake(caller, f"gs.intent.submitted.{tenant}.{user.name}.{intent}")

    def _body(self, text: str) -> bytes:
        return orjson.dumps({"tool": "notes.add", "arguments": {"text": text}, "confidence": 0.99})

    def _flood(self) -> Iterator[Message]:
        yield from ((self._own(new_id()), self._body(f"thief {number}"), "", {}) for number in range(FLOOD))

    def _batches(self) -> Iterator[Message]:
        for _ in range(BATCHES):
            yield self._own(new_id()), b"{}", "", {"Nats-Batch-Id": new_id(), "Nats-Batch-Sequence": "1"}

    def _large(self) -> Iterator[Message]:
        yield from ((self._own(new_id()), self._body("x" * LARGE_BYTES), "", {}) for _ in range(LARGE))

    def _bodies(self) -> Iterator[Message]:
        for _ in range(CELLS):
            attack = self._chance.choice(self._cells)
            yield Attack("body", attack.subject, mutated(self._body("thief"), self._chance), attack.reply).message()

    def _try_cells(self) -> Iterator[Message]:
        yield from (self._chance.choice(self._cells).message() for _ in range(CELLS))


async def rob(settings: Settings, user: User, seconds: float, seed: int) -> Counter[str]:
    """As much as goes into the time; one message after the other, as fast as the server takes them."""
    chance, clock, sent = random.Random(seed), Clock(), Counter[str]()
    moves = Moves(user, chance)
    nc = await nats.connect(
        **connection_options(settings), error_cb=_refused, skip_subject_validation=True, pending_size=64 * 1024 * 1024
    )
    for subject in subscribed():
        await nc.subscribe(subject)
    deadline = clock.monotonic() + seconds
    while clock.monotonic() < deadline:
        name, messages = moves.burst()
        await natspy.write(nc, b"".join(natspy.frame(*message) for message in messages))
        await nc.flush(30)
        sent[name] += len(messages)
    await nc.close()
    return sent


async def _refused(_: Exception) -> None:
    """It goes on."""


if __name__ == "__main__":
    seed_file, url, described, seconds, seed = sys.argv[1:]
    stolen = Settings(nats_url=url, nats_seed_file=Path(seed_file))
    found = asyncio.run(rob(stolen, User(**orjson.loads(described)), float(seconds), int(seed)))
    print(orjson.dumps(found).decode())
