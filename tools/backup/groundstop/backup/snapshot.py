"""The log as the server itself writes and reads it: sequences, times and headers stay what they were.

Chunks come one by one to an inbox of ours and are acknowledged, which is what bounds those in flight; a restore sends
them back as requests. The file is what ``nats stream backup`` writes, so either program reads the other's.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any

import nats.errors
import orjson
from groundstop.backup.manifest import BackupProblem, LogPart
from groundstop.errors import Refused
from groundstop.log.denials import request
from groundstop.log.lookup import api
from groundstop.log.stream import CONSUMER_NOT_FOUND, STREAM_NOT_FOUND, Durable
from groundstop.subjects import STREAM
from nats.aio.client import Client
from nats.aio.msg import Msg

FILE = "log/stream.tar.s2"
INTAKE_FILE = "log/intake.tar.s2"
CHUNK_BYTES = 128 * 1024
SILENCE_S = 30.0
"""How long the server may take for its next chunk, or for taking one."""
Progress = Callable[[int], None]
"""Is told how many bytes were moved."""


async def floors(nc: Client, durables: Iterable[Durable]) -> dict[str, int]:
    """Up to where each durable has acknowledged everything: what it made of that is in the log already."""
    found = {}
    for durable in durables:
        if durable.stream != STREAM:
            continue  # the intake's own messages say what is left to do
        try:
            info = await api(nc, f"CONSUMER.INFO.{STREAM}.{durable.name}")
        except Refused as error:
            if error.code != CONSUMER_NOT_FOUND:
                raise
            continue
        found[durable.name] = int(info["ack_floor"]["stream_seq"])
    return found


async def save(
    nc: Client, path: Path, durables: Iterable[Durable], progress: Progress, stream: str = STREAM
) -> LogPart:
    """Write a snapshot of one stream while it goes on. Raises BackupProblem, and Refused with the server's reason.

    The server writes the durables' own state after the messages; by then they may have acknowledged what the snapshot
    no longer has. So that is left out, and where they stood before is noted instead: what lies behind comes again.
    """
    stood = await floors(nc, durables)
    inbox = nc.new_inbox()
    arrived: asyncio.Queue[Msg] = asyncio.Queue()
    subscription = await nc.subscribe(inbox, cb=arrived.put)
    wanted = {"deliver_subject": inbox, "no_consumers": True, "chunk_size": CHUNK_BYTES}
    try:
        head = await api(nc, f"STREAM.SNAPSHOT.{stream}", wanted)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            async for chunk in _chunks(arrived):
                file.write(chunk)
                progress(len(chunk))
    finally:
        await subscription.unsubscribe()
    state: dict[str, Any] = head["state"]
    numbers = {name: int(state[name]) for name in ("messages", "first_seq", "last_seq")}
    return LogPart(stream=stream, config=head["config"], state=state, floors=stood, **numbers)


async def _chunks(arrived: "asyncio.Queue[Msg]") -> AsyncIterator[bytes]:
    while True:
        try:
            message = await asyncio.wait_for(arrived.get(), SILENCE_S)
        except TimeoutError as error:
            raise BackupProblem(f"the server sent nothing more of its snapshot for {SILENCE_S:g} s") from error
        if not message.data:
            status = (message.headers or {}).get("Status", "204")
            if status != "204":
                raise BackupProblem(f"the server gave the snapshot up: {message.headers}")
            return
        yield message.data
        if message.reply:
            await message.respond(b"")


async def exists(nc: Client) -> bool:
    """Whether the server has a log."""
    try:
        await api(nc, f"STREAM.INFO.{STREAM}")
    except Refused as error:
        if error.code == STREAM_NOT_FOUND:
            return False
        raise
    return True


async def load(nc: Client, path: Path, part: LogPart, replicas: int, progress: Progress) -> dict[str, Any]:
    """Restore a stream into a server that has none; its state there. Raises Refused, BackupProblem."""
    config = part.config | {"num_replicas": replicas}
    begun = await api(nc, f"STREAM.RESTORE.{part.stream}", {"config": config, "state": part.state}, timeout_s=SILENCE_S)
    where = str(begun["deliver_subject"])
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                await _taken(nc, where, chunk)
                progress(len(chunk))
        ended = await request(nc, where, b"", timeout_s=SILENCE_S)
    except (TimeoutError, nats.errors.Error) as error:
        raise BackupProblem(f"the server took no more of the log: {error!r}") from error
    problem(orjson.loads(ended.data))
    state: dict[str, Any] = (await api(nc, f"STREAM.INFO.{part.stream}"))["state"]
    return state


async def _taken(nc: Client, where: str, chunk: bytes) -> None:
    answer = await request(nc, where, chunk, timeout_s=SILENCE_S)
    if answer.data:
        problem(orjson.loads(answer.data))


def problem(answer: dict[str, Any]) -> None:
    """Raise BackupProblem when the server's answer is an error."""
    if error := answer.get("error"):
        raise BackupProblem(f"the server refused the log: {error.get('description')}")


async def resume(nc: Client, stood: dict[str, int]) -> None:
    """Let each durable go on behind where it stood; the durables must have been declared."""
    for name, floor in stood.items():
        await api(nc, f"CONSUMER.RESET.{STREAM}.{name}", {"seq": floor + 1})
