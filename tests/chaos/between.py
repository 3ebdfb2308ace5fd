"""Something between two ends of a connection: what it does to what passes is its user's to say."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

End = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Carry = Callable[[End, End], tuple[Awaitable[None], Awaitable[None]]]
"""Of who connected and of what they wanted to reach: the work in both directions. Raise EOFError when one has gone."""
LINE_MAX = 2**23


@contextlib.asynccontextmanager
async def between(target: Callable[[], int], carry: Carry) -> AsyncIterator[int]:
    """For the length of a block a port that leads to the port that ``target`` says; every connection ends with it."""
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        there = await asyncio.open_connection("127.0.0.1", target(), limit=LINE_MAX)
        try:
            async with asyncio.TaskGroup() as group:
                for work in carry((reader, writer), there):
                    group.create_task(_done(work))
        except* (ConnectionError, EOFError):
            pass  # one side has gone: so does the other
        finally:
            for each in (writer, there[1]):
                each.transport.abort()
            tasks.discard(task)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, limit=LINE_MAX)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _done(work: Awaitable[None]) -> None:
    await work
