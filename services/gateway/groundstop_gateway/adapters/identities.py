"""One connection to the bus for each agent: the server guarantees in whose name an intent is submitted."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable

from groundstop.client import Client
from groundstop.clock import Clock

from groundstop_gateway.adapters.calls import Calls

AGENTS_MAX = 256

Connect = Callable[[str], Client]
Connected = tuple[Client, Calls]


class Identities:
    """The agents of a gateway, connected when they call for the first time. Nobody waits for another's connection."""

    def __init__(self, connect: Connect, clock: Clock) -> None:
        self._connect = connect
        self._clock = clock
        self._agents: OrderedDict[str, asyncio.Task[Connected]] = OrderedDict()

    async def of(self, agent: str) -> Calls:
        """The calls of one agent. Raises StackNotFound when the bus cannot be reached."""
        connecting = self._agents.get(agent) or self._begin(agent)
        self._agents.move_to_end(agent)
        if len(self._agents) > AGENTS_MAX:
            await self._close(next(iter(self._agents)))
        try:
            return (await asyncio.shield(connecting))[1]
        except Exception:
            if self._agents.get(agent) is connecting and connecting.done():
                del self._agents[agent]  # the next call tries again
            raise

    def _begin(self, agent: str) -> "asyncio.Task[Connected]":
        self._agents[agent] = asyncio.create_task(self._connected(agent), name=f"connect {agent}")
        return self._agents[agent]

    async def _connected(self, agent: str) -> Connected:
        client = self._connect(agent)
        await client.connect()
        return client, Calls(client, self._clock)

    async def close(self) -> None:
        """Disconnect all of them."""
        for agent in list(self._agents):
            await self._close(agent)

    async def _close(self, agent: str) -> None:
        connecting = self._agents.pop(agent)
        with contextlib.suppress(Exception):  # who never got connected has nothing to close
            client, calls = await connecting
            await calls.close()
            await client.close()
