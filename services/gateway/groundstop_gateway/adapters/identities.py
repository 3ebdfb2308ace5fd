"""One connection to the bus for each agent: the server guarantees in whose name an intent is submitted."""

import asyncio
from collections.abc import Callable

from groundstop.client import Client
from groundstop.clock import Clock

from groundstop_gateway.adapters.calls import Calls

AGENTS_MAX = 256

Connect = Callable[[str], Client]


class Identities:
    """The agents of a gateway, connected when they call for the first time."""

    def __init__(self, connect: Connect, clock: Clock) -> None:
        self._connect = connect
        self._clock = clock
        self._agents: dict[str, tuple[Client, Calls]] = {}
        self._lock = asyncio.Lock()

    async def of(self, agent: str) -> Calls:
        """The calls of one agent. Raises StackNotFound when the bus cannot be reached."""
        async with self._lock:
            if agent not in self._agents:
                if len(self._agents) >= AGENTS_MAX:
                    await self._close(next(iter(self._agents)))
                client = self._connect(agent)
                await client.connect()
                self._agents[agent] = client, Calls(client, self._clock)
            return self._agents[agent][1]

    async def close(self) -> None:
        """Disconnect all of them."""
        for agent in list(self._agents):
            await self._close(agent)

    async def _close(self, agent: str) -> None:
        client, calls = self._agents.pop(agent)
        await calls.close()
        await client.close()
