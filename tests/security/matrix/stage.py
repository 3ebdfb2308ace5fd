"""Where the matrix is played: a secured bus with one thief of every role, and ears on everything in both accounts."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nats
import orjson
from groundstop import natspy
from groundstop.bootstrap import bootstrap
from groundstop.bus.delivery import DOOR, DURABLES
from groundstop.callers import commands_of
from groundstop.clock import Clock
from groundstop.identity.connecting import accepted, connection_options
from groundstop.log.denials import settled
from groundstop.log.lookup import api
from groundstop.log.stream import StreamSettings, declare
from groundstop.permissions.roles import EDGE, LOG, ROLES, SERVICES
from groundstop.permissions.server import User
from groundstop.subjects import INTAKE, STREAM
from groundstop.testing import eventually
from groundstop_embedded.plan import free_port
from groundstop_embedded.testing import Bus, secured_bus
from nats.aio.client import Client
from nats.aio.msg import Msg

from tests.security.matrix.cells import PLANTED
from tests.security.matrix.changes import Change, Heard, Snapshot, differences, said_in
from tests.security.matrix.headers import TARGETS

VALUES = {"tenant": "acme", "agent": "helper", "tool": "invoice.print"}
PASSWORD = "listens-to-everything"
ANSWERERS = {"approval": ("case", "grant", "task", "policy", "control"), "audit": ("record", "writer")}
QUIET_S = 0.01


@dataclass
class Stage:
    """One running matrix. ``heard`` grows as the ears hear; a batch begins by emptying it."""

    bus: Bus
    log: Client
    edge: Client
    thieves: dict[str, Client] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    users: dict[str, User] = field(default_factory=dict)
    refused: int = 0

    async def look(self) -> Snapshot:
        """Everything that an attack might have changed."""
        streams: dict[str, Any] = {}
        consumers: dict[str, Any] = {}
        listed = await api(self.log, "STREAM.LIST", {})
        for found in listed.get("streams") or ():
            name = found["config"]["name"]
            streams[name] = found
            for consumer in (await api(self.log, f"CONSUMER.LIST.{name}", {})).get("consumers") or ():
                consumers[f"{name} {consumer['name']}"] = consumer
        return Snapshot(streams, consumers)

    async def send(self, role: str, messages: list[tuple[str, bytes, str, dict[str, str]]]) -> None:
        """All of them in one piece, on the thief's connection, and wait until the server has dealt with them."""
        nc = self.thieves[role]
        await natspy.write(nc, b"".join(natspy.frame(*message) for message in messages))
        await settled(nc, 30)

    async def quiet(self) -> None:
        """Wait until nothing more is stored or heard."""
        before: tuple[int, ...] = ()
        while True:
            for nc in (self.log, self.edge, *self.thieves.values()):
                await nc.flush(10)
            now = (len(self.heard), *[await self._last(stream) for stream in (STREAM, INTAKE)])
            if now == before:
                return
            before = now
            await Clock().sleep(QUIET_S)

    async def _last(self, stream: str) -> int:
        return int((await api(self.log, f"STREAM.INFO.{stream}"))["state"]["last_seq"])

    async def changed(self, before: Snapshot) -> list[Change]:
        """What is different from before, stored messages read one by one, and what was heard."""
        after = await self.look()
        found = await differences(self.log, before, after)
        return [*found, *self.heard]

    async def restore(self, before: Snapshot) -> None:
        """The stage as it was: foreign streams and readers gone, the intake empty, everything planted in its place."""
        after = await self.look()
        touched = _contents(after) != _contents(before)
        for name in after.streams.keys() - before.streams.keys():
            await api(self.log, f"STREAM.DELETE.{name}")
        for key in after.consumers.keys() - before.consumers.keys():
            stream, name = key.split(" ")
            if stream in before.streams:
                await api(self.log, f"CONSUMER.DELETE.{stream}.{name}")
        if after.configs != before.configs or touched:
            await self.rebuild()
        await self._empty_intake()
        await self._plant()
        await self.quiet()
        self.heard.clear()

    async def rebuild(self) -> None:
        """Streams and durables as the product declares them, whatever somebody made of them."""
        for stream in (STREAM, INTAKE):
            await self.log.request(f"$JS.API.STREAM.DELETE.{stream}", b"", timeout=5)
        await declare(self.log, StreamSettings(), DURABLES)

    async def _empty_intake(self) -> None:
        """As the door does; the server has noted it when nothing is pending any more."""
        while (await api(self.log, f"STREAM.INFO.{INTAKE}"))["state"]["messages"]:
            inbox = self.log.new_inbox()
            subscription = await self.log.subscribe(inbox)
            request = orjson.dumps({"batch": 1000, "no_wait": True})
            await self.log.publish(f"$JS.API.CONSUMER.MSG.NEXT.{INTAKE}.{DOOR.name}", request, reply=inbox)
            await self._take(subscription)
            await subscription.unsubscribe()
            await self.log.flush()
        while (info := await api(self.log, f"CONSUMER.INFO.{INTAKE}.{DOOR.name}"))["num_ack_pending"]:
            assert info["num_redelivered"] == 0, "what was taken is taken"

    async def _take(self, subscription: Any) -> None:
        while True:
            message = await subscription.next_msg(timeout=5)
            if not message.reply.startswith("$JS.ACK."):
                return  # no more
            await self.log.publish(message.reply, b"+ACK")

    async def _plant(self) -> None:
        for subject, whose in PLANTED.items():
            await self.log.publish(subject, f"CANARY-{whose} {subject}".encode(), headers=ONCE)
        await settled(self.log)


def _contents(found: Snapshot) -> tuple[int, int]:
    """What tells whether the log was written to, or something of it removed."""
    state = found.streams.get(STREAM, {}).get("state", {})
    return state.get("last_seq", 0), state.get("messages", 0)


ONCE = {"Nats-Expected-Last-Subject-Sequence": "0"}


@asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[Stage]:
    """A bus with everybody on it."""
    port = free_port()
    websocket = f'\nwebsocket {{ listen: "127.0.0.1:{port}", no_tls: true }}\n'
    async with secured_bus(folder, websocket) as bus, AsyncExitStack() as leaving:
        _issue(bus)
        log, edge = await _ear(bus, LOG), await _ear(bus, EDGE)
        stage = Stage(bus, log, edge)
        for nc, account in ((log, LOG), (edge, EDGE)):
            leaving.push_async_callback(nc.close)
            await nc.subscribe(">", cb=_listener(stage, account))
            for subject in TARGETS:  # some deliveries begin only where somebody listens to that very subject
                await nc.subscribe(subject, cb=_deaf)
        await _answer(stage, leaving)
        for role in ROLES:
            stage.thieves[role] = await _break_in(stage, role, port)
            leaving.push_async_callback(stage.thieves[role].close)
        await bootstrap_again(stage)
        yield stage


async def bootstrap_again(stage: Stage) -> None:
    """Everything planted, nothing heard yet."""
    await bootstrap(stage.bus.settings_as("bootstrap"))
    await stage._plant()
    await stage.quiet()
    stage.heard.clear()


def name_of(role: str) -> str:
    """The name of a role's thief: services have the name of their role, an agent its own."""
    return "helper" if role == "agent" else role


def _issue(bus: Bus) -> None:
    assert bus.keys is not None
    have = {issued.name for issued in bus.keys.register().issued}
    for role in ROLES:
        if name_of(role) not in have:
            bus.keys.issue(name_of(role), role, VALUES, Clock()())
    text = bus.keys.users_conf.read_text(encoding="ascii")
    head, rest = text.split("accounts: ", 1)
    body, tail = rest.rsplit("\nsystem_account", 1)
    accounts = orjson.loads(body)
    for account in (LOG, EDGE):
        accounts[account]["users"].append({"user": account, "password": PASSWORD})
    changed = f"{head}accounts: {orjson.dumps(accounts).decode()}\nsystem_account{tail}"
    bus.keys.users_conf.write_text(changed, encoding="ascii")
    bus.reload()


async def _ear(bus: Bus, account: str) -> Client:
    """A connection that may do everything in one account. Requests of its own do not count as heard."""
    found: list[Client] = []

    async def tried() -> bool:
        try:
            found.append(
                await nats.connect(
                    bus.url, user=account, password=PASSWORD, allow_reconnect=False, connect_timeout=2,
                    inbox_prefix=f"_EAR.{account}", error_cb=_quiet, pending_size=64 * 1024 * 1024,
                )
            )  # fmt: skip
        except (nats.errors.Error, OSError):
            return False
        return True

    await eventually(tried, f"{account} to be let in")
    return found[0]


async def _quiet(_: Exception) -> None:
    """Being refused is what this is about."""


async def _deaf(_: Msg) -> None:
    """Heard already, by the ear that hears everything."""


def _listener(stage: Stage, account: str) -> Any:
    async def hear(message: Msg) -> None:
        if message.subject.startswith(("_EAR.", "$JS.EVENT.")) or message.reply.startswith("_EAR."):
            return
        stage.heard.append(Heard(account, message.subject, said_in(message.data)))

    return hear


async def _answer(stage: Stage, leaving: AsyncExitStack) -> None:
    """Services that answer whatever they are asked, as the identities that they are."""
    for name, families in ANSWERERS.items():
        nc = await nats.connect(**connection_options(stage.bus.settings_as(name)), error_cb=_quiet)
        leaving.push_async_callback(nc.close)

        async def respond(message: Msg, nc: Client = nc) -> None:
            if message.reply:
                await nc.publish(message.reply, b'{"answered": true}')

        for family in families:
            await nc.subscribe(commands_of(f"{family}.*"), queue=name, cb=respond)
        await nc.subscribe(commands_of(f"health.{name}"), cb=respond)
        await nc.flush()


async def _break_in(stage: Stage, role: str, websocket: int) -> Client:
    settings = stage.bus.settings_as(name_of(role))
    assert stage.bus.keys is not None
    stage.users[role] = stage.bus.keys.find(name_of(role)).user()
    options = connection_options(settings)
    if "STANDARD" not in ROLES[role].over:
        options["servers"] = [f"ws://127.0.0.1:{websocket}"]
    elif role not in SERVICES:
        await eventually(lambda: accepted(settings), f"{role} to be let in")

    async def denied(_: Exception) -> None:
        stage.refused += 1

    return await nats.connect(**options, error_cb=denied, skip_subject_validation=True, pending_size=64 * 1024 * 1024)
