"""Questions to the stream's leader and its mirrors: one message by subject or sequence, or the newest of many."""

import base64
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError

from groundstop.errors import NoAcknowledgement, Refused
from groundstop.log.wire import Stored, as_json
from groundstop.subjects import STREAM

TIMEOUT_S = 5.0
NO_MESSAGE = 10037


async def api(nc: Client, verb: str, request: Any = None, timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
    """A request to the JetStream API. Raises Refused with the server's error, NoAcknowledgement when nobody answers."""
    body = b"" if request is None else as_json(request)
    try:
        reply = await nc.request(f"$JS.API.{verb}", body, timeout=timeout_s)
    except (TimeoutError, NoRespondersError) as error:
        raise NoAcknowledgement(f"no answer to {verb} in {timeout_s:g} s") from error
    answer: dict[str, Any] = orjson.loads(reply.data)
    if problem := answer.get("error"):
        raise Refused(problem.get("err_code", 0), f"{verb}: {problem.get('description')}")
    return answer


async def _get(nc: Client, request: dict[str, Any]) -> Stored | None:
    try:
        answer = await api(nc, f"STREAM.MSG.GET.{STREAM}", request)
    except Refused as error:
        if error.code == NO_MESSAGE:
            return None
        raise
    message = answer["message"]
    return Stored(
        subject=message["subject"],
        seq=message["seq"],
        time_ns=_nanoseconds(message["time"]),
        payload=base64.b64decode(message.get("data", "")),
        headers=_parse_headers(base64.b64decode(message.get("hdrs", ""))),
    )


async def last(nc: Client, subject: str) -> Stored | None:
    """The newest message on ``subject`` (wildcards allowed), asked of the leader: never stale. None without one."""
    return await _get(nc, {"last_by_subj": subject})


async def message_at(nc: Client, seq: int) -> Stored | None:
    """The message at ``seq``, or None when it is gone."""
    return await _get(nc, {"seq": seq})


async def newest_of(nc: Client, patterns: Sequence[str], timeout_s: float = TIMEOUT_S) -> AsyncIterator[Stored]:
    """The newest message of every subject that matches one of ``patterns``, in order of sequence."""
    inbox = nc.new_inbox()
    subscription = await nc.subscribe(inbox)
    try:
        await nc.publish(f"$JS.API.DIRECT.GET.{STREAM}", as_json({"multi_last": list(patterns)}), reply=inbox)
        while True:
            try:
                message = await subscription.next_msg(timeout_s)
            except TimeoutError as error:
                raise NoAcknowledgement(f"the log did not answer in {timeout_s:g} s") from error
            headers = message.headers or {}
            if "Nats-Subject" not in headers:
                return  # 204 end of batch, 404 nothing matched
            yield _direct(message)
    finally:
        await subscription.unsubscribe()


def _direct(message: Msg) -> Stored:
    headers = message.headers or {}
    return Stored(
        subject=headers["Nats-Subject"],
        seq=int(headers["Nats-Sequence"]),
        time_ns=_nanoseconds(headers["Nats-Time-Stamp"]),
        payload=message.data,
        headers=headers,
    )


def _nanoseconds(rfc3339: str) -> int:
    """RFC 3339 with up to nine decimals, UTC, to nanoseconds since 1970."""
    whole, _, rest = rfc3339.rstrip("Z").partition(".")
    seconds = int(datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp())
    return seconds * 1_000_000_000 + int(rest.ljust(9, "0")[:9] or "0")


def _parse_headers(raw: bytes) -> dict[str, str]:
    lines = raw.decode("utf-8", "replace").split("\r\n")[1:]
    pairs = (line.partition(":") for line in lines if line)
    return {name.strip(): value.strip() for name, _, value in pairs}
