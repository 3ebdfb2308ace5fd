"""A log whose leader is being elected answers that it cannot: asked again, and never held against a message."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from typing import Any

import nats
import orjson
import pytest
from groundstop import subjects
from groundstop.clock import Clock
from groundstop.errors import NoAcknowledgement, Refused
from groundstop.events import Control, Halt
from groundstop.log import Log
from groundstop.log.control_store import ControlStore
from groundstop.log.lookup import NO_MESSAGE, api
from groundstop.testing import NOON, a_clearance, eventually
from groundstop_embedded.child import die_with_parent
from groundstop_embedded.plan import free_port, nats_binary
from nats.aio.client import Client
from nats.aio.msg import Msg

AWAY = {"code": 503, "err_code": 10008, "description": "JetStream system temporarily unavailable"}
WRONG = {"code": 400, "err_code": 10003, "description": "bad request"}
WITHIN_S = 60.0


@pytest.fixture
async def plain() -> AsyncIterator[Client]:
    """A connection to a server without JetStream: what answers in its stead is told what to say."""
    port = free_port()
    command = [nats_binary(), "-a", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)  # noqa: ASYNC220

    async def connected() -> Client | None:
        try:
            return await nats.connect(f"nats://127.0.0.1:{port}", allow_reconnect=False, connect_timeout=1)
        except (OSError, nats.errors.Error):
            return None

    nc = await eventually(connected, "a server", WITHIN_S)
    yield nc
    await nc.close()
    process.kill()
    process.wait()


async def saying(nc: Client, subject: str, *answers: dict[str, Any]) -> list[bytes]:
    """Answer on ``subject``, the last of ``answers`` for ever; what was asked."""
    left, asked = list(answers), []

    async def answer(message: Msg) -> None:
        asked.append(message.data)
        await message.respond(orjson.dumps(left.pop(0) if len(left) > 1 else left[0]))

    await nc.subscribe(subject, cb=answer)
    return asked


async def test_a_question_is_asked_again_until_there_is_a_leader(plain: Client) -> None:
    asked = await saying(plain, "$JS.API.INFO", {"error": AWAY}, {"error": AWAY}, {"memory": 7})
    assert (await api(plain, "INFO"))["memory"] == 7
    assert len(asked) == 3


async def test_no_leader_in_time_is_no_answer_and_a_refusal_is_one(plain: Client) -> None:
    """What has no answer is tried again without being counted; what is refused five times is a dead letter."""
    await saying(plain, "$JS.API.INFO", {"error": AWAY})
    with pytest.raises(NoAcknowledgement):
        await api(plain, "INFO", timeout_s=0.5)
    await saying(plain, "$JS.API.OTHER", {"error": WRONG})
    with pytest.raises(Refused):
        await api(plain, "OTHER")


async def test_a_halt_without_a_leader_is_not_refused(plain: Client) -> None:
    """Whoever presses is told to press again, and the operator's side does so by itself."""
    await saying(plain, "$JS.API.STREAM.MSG.GET.*", {"error": {"code": 404, "err_code": NO_MESSAGE}})
    await saying(plain, subjects.CONTROLS, {"error": AWAY})

    def change(halts: tuple[Halt, ...], seq: int) -> Control:
        return Control(
            id="c", at=NOON, actor="ann", control="c", action="halt", scope="all", reason="stop", by="ann", halts=halts,
            replaces=seq,
        )  # fmt: skip

    with pytest.raises(NoAcknowledgement):
        await ControlStore(plain, Clock(), None).change(change, lambda control: control)


async def test_a_fact_is_sent_again_until_there_is_a_leader(plain: Client) -> None:
    asked = await saying(plain, "gs.>", {"error": AWAY}, {"error": AWAY}, {"stream": "EVENTS", "seq": 9})
    log = Log(plain, Clock())
    await log.start()
    ack = await asyncio.wait_for(log.publish_once(a_clearance(Clock()())), WITHIN_S)
    assert ack.stored and ack.seq == 9
    assert len(asked) == 3
    await log.stop()
