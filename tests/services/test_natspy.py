"""The bus by nats-py's private names and by its public API alone: one interface, one suite for both."""

import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import nats
import pytest
from groundstop import natspy
from groundstop.client.requests import requests_on
from groundstop.clock import Clock
from groundstop.errors import GroundstopError, PermissionDenied
from groundstop.identity.connecting import connection_options, identity_on
from groundstop.log import Log
from groundstop.log.denials import denials_of, request, settled, subscribe
from groundstop.log.frames import Frames
from groundstop.log.inbound import header, status_of, subscribe_direct, unsubscribe_direct
from groundstop.testing import a_submission, eventually
from groundstop_embedded.testing import Bus, bare_bus, running_bus, secured_bus
from nats.aio.client import Client
from nats.aio.msg import Msg
from structlog.testing import capture_logs

from tests.contracts.test_natspy import LIBRARY, used_names
from tests.integration.test_pull import test_orders_end_at_their_bytes_and_go_on

__all__ = ["test_orders_end_at_their_bytes_and_go_on"]  # runs here over both, too

BUSES = ("fast", "plain")
Received = list[tuple[str, str, bytes, bytes]]


@pytest.fixture(params=BUSES)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which of the two the connections of a test are used through."""
    monkeypatch.setenv("GROUNDSTOP_BUS", request.param)
    return str(request.param)


@pytest.fixture
def server(tmp_path: Path) -> Any:
    """A nats-server without the log."""
    with bare_bus(tmp_path / "bare") as started:
        yield started


@pytest.fixture
async def nc(kind: str, server: Bus) -> AsyncIterator[Client]:
    await server.ready()
    connection = await natspy.connect(servers=server.url, max_reconnect_attempts=-1, reconnect_time_wait=0.05)
    assert natspy.bus_of(connection).name == kind
    yield connection
    await connection.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until it holds."""

    async def holds() -> bool:
        return condition()

    await eventually(holds)


async def _direct(nc: Client, subject: str) -> tuple[Received, Any]:
    received: Received = []
    return received, await subscribe_direct(nc, subject, lambda *message: received.append(message))


async def test_a_senders_messages_arrive_in_order_with_reply_and_headers(nc: Client) -> None:
    """Also those of several turns of the loop, and more than nats-py's buffer takes at once."""
    received, _ = await _direct(nc, "a.>")
    frames = Frames(nc)
    for number in range(3_000):
        headers = {"n": str(number), "ce-id": "ä"} if number % 2 else None
        frames.publish(f"a.{number}", b"x" * 2_000, reply=f"r.{number}", headers=headers)
        if number % 100 == 0:
            await asyncio.sleep(0)  # noqa: TID251 - a turn of the loop
    await until(lambda: len(received) == 3_000)
    assert [subject for subject, *_ in received] == [f"a.{number}" for number in range(3_000)]
    assert {(reply, header(raw, "n")) for _, reply, _, raw in received[1::2]} == {
        (f"r.{number}", str(number)) for number in range(1, 3_000, 2)
    }
    assert {header(raw, "ce-id") for *_, raw in received[1::2]} == {"ä"}
    assert {raw for *_, raw in received[::2]} == {b""}


async def test_nothing_is_sent_later_that_was_published_while_the_connection_was_away(nc: Client, server: Bus) -> None:
    """Whoever waits for an answer asks again; a second copy from a buffer would come as a surprise."""
    received, _ = await _direct(nc, "a")
    frames = Frames(nc)
    frames.publish("a", b"before")
    await until(lambda: len(received) == 1)
    server.kill()
    await until(lambda: not nc.is_connected)
    frames.publish("a", b"away")
    server.start()
    await until(lambda: nc.is_connected)
    await nc.flush()
    frames.publish("a", b"after")
    await until(lambda: len(received) > 1)
    await settled(nc)
    assert [payload for _, _, payload, _ in received] == [b"before", b"after"]


async def test_what_is_lost_between_publish_and_the_next_turn_is_not_sent_later(nc: Client, server: Bus) -> None:
    received, _ = await _direct(nc, "a")
    frames = Frames(nc)
    bus = natspy.bus_of(nc)
    early = [bus.prepared("a", b"early", "", None)]
    server.kill()
    await until(lambda: not nc.is_connected)
    await bus.send(early)
    server.start()
    await until(lambda: nc.is_connected)
    frames.publish("a", b"after")
    await until(lambda: len(received) > 0)
    assert [payload for _, _, payload, _ in received] == [b"after"]


async def test_an_error_in_a_receiver_ends_nothing(nc: Client) -> None:
    """The next message comes to it, and others are not disturbed."""
    taken: list[bytes] = []

    def fails(subject: str, reply: str, payload: bytes, headers: bytes) -> None:
        taken.append(payload)
        raise ValueError(payload)

    await subscribe_direct(nc, "a", fails)
    received, _ = await _direct(nc, "b")
    with capture_logs() as lines:
        for number in range(3):
            Frames(nc).publish("a", b"%d" % number)
            Frames(nc).publish("b", b"%d" % number)
        await until(lambda: len(taken) == 3 and len(received) == 3)
    assert [line["event"] for line in lines] == ["direct_message_failed"] * 3


async def test_a_subscription_that_was_ended_receives_no_more(nc: Client) -> None:
    received, subscription = await _direct(nc, "a")
    other, _ = await _direct(nc, "a")
    Frames(nc).publish("a", b"1")
    await until(lambda: len(received) == 1 and len(other) == 1)
    await unsubscribe_direct(nc, subscription)
    Frames(nc).publish("a", b"2")
    await until(lambda: len(other) == 2)
    assert len(received) == 1


async def test_a_status_of_the_server_is_told_from_a_message_that_says_so(nc: Client) -> None:
    """A heartbeat is skipped unanswered: a sender's own header must not make its message one."""
    received, _ = await _direct(nc, "in")
    await nc.publish("nobody.there", b"", reply="in")
    await until(lambda: len(received) == 1)
    assert (status_of(received[0][3]), received[0][2]) == ("503", b"")
    forged = {"Status": "100", "Description": "Idle Heartbeat"}
    Frames(nc).publish("in", b"", reply="r", headers=forged)
    Frames(nc).publish("in", b"payload", headers=forged)
    await until(lambda: len(received) == 3)
    assert [status_of(raw) for *_, raw in received[1:]] == ["", ""]
    assert [header(raw, "Status") for *_, raw in received[1:]] == ["100", "100"]


async def test_a_status_keeps_its_description_and_its_headers(nc: Client) -> None:
    """An order that ends says why, and how much of it was not delivered."""
    js = nc.jetstream()
    await js.add_stream(name="S", subjects=["s.>"])
    await js.publish("s.1", b"x" * 5_000)
    await js.add_consumer("S", durable_name="d", ack_policy="explicit")
    received, subscription = await _direct(nc, nc.new_inbox())
    orders = (
        {"batch": 5, "no_wait": True, "max_bytes": 100},
        {"batch": 2, "no_wait": True},
        {"batch": 7, "no_wait": True},
    )
    for count, order in enumerate(orders, start=1):
        await nc.publish("$JS.API.CONSUMER.MSG.NEXT.S.d", json.dumps(order).encode(), reply=subscription.subject)
        await until(lambda count=count: len(received) >= count)  # type: ignore[misc]
    await until(lambda: len(received) == 4)
    too_large, message, *ends = [raw for *_, raw in received]
    assert too_large.startswith(b"NATS/1.0 409 Message Size Exceeds MaxBytes\r\n")
    assert (header(too_large, "Nats-Pending-Messages"), header(too_large, "Nats-Pending-Bytes")) == ("5", "100")
    assert (message, received[1][0]) == (b"", "s.1")
    assert {status_of(raw) for raw in ends} == {"404", "408"} or {status_of(raw) for raw in ends} == {"404"}


@pytest.fixture
async def secured(tmp_path: Path) -> AsyncIterator[Bus]:
    async with secured_bus(tmp_path / "secured") as started:
        yield started


async def test_what_the_server_refuses_is_heard_and_who_we_are_is_known(kind: str, secured: Bus) -> None:
    """Each refusal reaches whoever waits for it, and errors that are none reach whoever connected."""
    others: list[str] = []

    async def on_error(error: Exception) -> None:
        others.append(str(error))

    options = connection_options(secured.settings_as("audit"))
    nc = await natspy.connect(**options, error_cb=on_error, max_reconnect_attempts=-1)
    identity = identity_on(nc)
    assert identity is not None
    assert identity.seed == options["nkeys_seed_str"]
    heard: list[str] = []
    denials_of(nc).listen(lambda subject, _: heard.append(subject))
    Frames(nc).publish("gs.control.0", b"{}")
    await until(lambda: heard == ["gs.control.0"])
    with pytest.raises(PermissionDenied):
        await request(nc, "gs.control.1", b"{}", timeout_s=30)
    with pytest.raises(PermissionDenied):
        await subscribe(nc, "_INBOX.somebody.else")
    log = Log(nc, Clock())
    await log.start()
    with pytest.raises(PermissionDenied):
        await log.publish_once(a_submission())
    await log.stop()
    assert others == []
    secured.kill()
    await until(lambda: len(others) > 0)
    await nc.close()


async def test_a_connection_that_was_opened_elsewhere(kind: str, secured: Bus) -> None:
    """Whoever embeds the SDK may have one. The public API then says neither who it is nor what is refused: it works,
    and one line says what to do."""
    with capture_logs() as lines:
        nc = await nats.connect(**connection_options(secured.settings_as("audit")))
        heard: list[str] = []
        denials_of(nc).listen(lambda subject, _: heard.append(subject))
        Frames(nc).publish("gs.control.0", b"{}")
        await settled(nc)
        await settled(nc)
    warned = [line["event"] for line in lines].count("connection_opened_elsewhere")
    if kind == "fast":
        assert (heard, identity_on(nc) is None, warned) == (["gs.control.0"], False, 0)
    else:
        assert (heard, identity_on(nc) is None, warned) == ([], True, 1)
    await nc.close()


async def test_log_and_messages_of_both_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one writes the other reads, byte for byte: in a stack one process may run with either."""
    async with running_bus(tmp_path / "bus") as bus:
        seen: dict[str, list[tuple[dict[str, str], bytes]]] = {}
        for kind in BUSES:
            monkeypatch.setenv("GROUNDSTOP_BUS", kind)
            nc = await natspy.connect(servers=bus.url)
            fact = a_submission()
            log = Log(nc, Clock())
            await log.start()
            heard: list[tuple[dict[str, str], bytes]] = []

            async def on_message(message: Msg, heard: list[tuple[dict[str, str], bytes]] = heard) -> None:
                heard.append((dict(message.headers or {}), message.data))

            await nc.subscribe(fact.subject(), cb=on_message)
            assert (await log.publish_once(fact)).stored
            assert not (await log.publish_once(fact)).stored
            await until(lambda heard=heard: len(heard) == 2)  # type: ignore[misc]
            changing = {"ce-id": "", "ce-subject": "", "traceparent": ""}
            seen[kind] = [(headers | changing, b"") for headers, _ in heard]
            assert [json.loads(data) for _, data in heard] == [json.loads(fact.model_dump_json())] * 2
            await log.stop()
            await nc.close()
        assert seen["fast"] == seen["plain"]


async def test_on_a_connection_of_unknown_identity_no_unsigned_request_is_believed(
    monkeypatch: pytest.MonkeyPatch, secured: Bus
) -> None:
    """Nothing tells it from a connection of a bus that asks nobody, where requests need no signature."""
    monkeypatch.setenv("GROUNDSTOP_BUS", "plain")
    settings = secured.settings_as("audit")
    nc = await nats.connect(**connection_options(settings))
    nobody = settings.model_copy(update={"nats_seed_file": None, "trust_root": None})
    with pytest.raises(GroundstopError, match=r"natspy\.connect"):
        await requests_on(nc, Clock(), nobody)
    await nc.close()


def _changed_library(folder: Path, name: str) -> Path:
    """A copy of nats-py in which ``name`` has another name everywhere, as an upgrade would do it."""
    shutil.copytree(LIBRARY, folder / "nats", ignore=shutil.ignore_patterns("__pycache__"))
    changed = 0
    for path in (folder / "nats").rglob("*.py"):
        text, count = re.subn(rf"\b{name}\b", f"{name}_2", path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")
        changed += count
    assert changed, f"{name} is not in nats-py"
    return folder


@pytest.mark.parametrize("name", used_names())
async def test_a_private_name_that_an_upgrade_moved_is_named_once_and_the_bus_works(
    name: str, bus: Bus, tmp_path: Path
) -> None:
    """With the library really changed: the rest of it works as before, and so do we."""
    script = Path(__file__).with_name("moved_library.py")
    path = [str(_changed_library(tmp_path / "changed", name)), *sys.path]
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(script), bus.url,
        env=dict(os.environ) | {"PYTHONPATH": os.pathsep.join(path), "GROUNDSTOP_BUS": "fast"},  # noqa: TID251
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    seen = json.loads(out)
    assert seen["library"].startswith(str(tmp_path))
    assert (seen["stored"], seen["read"], seen["buses"]) == (100, 100, ["plain", "plain"])
    (warning,) = [line for line in seen["lines"] if line["log_level"] != "info"]
    assert (warning["event"], warning["bus"]) == ("nats_py_changed", "plain")
    assert [one.split(" ")[0].rpartition(".")[2] for one in warning["moved"]] == [name]
