"""Questions to the stream's leader and its mirrors: one message by subject or sequence, or the newest of many."""

import base64
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson
from groundstop.clock import Clock
from groundstop.errors import NoAcknowledgement, Refused
from groundstop.log.denials import Asking
from groundstop.log.denials import request as ask
from groundstop.log.wire import UNAVAILABLE, as_json
from groundstop.stored import Stored
from groundstop.subjects import STREAM
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

TIMEOUT_S = 5.0
AGAIN_S = 0.1
NO_MESSAGE = 10037
TOO_MANY = "413"


async def api(nc: Client, verb: str, request: Any = None, timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
    """A request to the JetStream API. Raises Refused with the server's error, NoAcknowledgement when nobody answers, or
    nobody can at the moment."""
    body = b"" if request is None else as_json(request)
    try:
        answer = await _asked(nc, f"$JS.API.{verb}", body, timeout_s)
    except (TimeoutError, NatsError) as error:
        raise NoAcknowledgement(f"no answer to {verb} in {timeout_s:g} s: {error!r}") from error
    if problem := answer.get("error"):
        what = NoAcknowledgement if problem.get("code") == UNAVAILABLE else partial(Refused, problem.get("err_code", 0))
        raise what(f"{verb}: {problem.get('description')}")
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


async def _asked(nc: Client, subject: str, body: bytes, timeout_s: float) -> dict[str, Any]:
    """While a server reads its configuration anew, or another leader is elected, JetStream is away: ask again."""
    clock = Clock()
    deadline = clock.monotonic() + timeout_s
    while True:
        late = clock.monotonic() + AGAIN_S > deadline
        try:
            reply = await ask(nc, subject, body, timeout_s=max(0.1, deadline - clock.monotonic()))
            answer: dict[str, Any] = orjson.loads(reply.data)
            if late or answer.get("error", {}).get("code") != UNAVAILABLE:
                return answer
        except NoRespondersError:
            if late:
                raise
        await clock.sleep(AGAIN_S)


async def last(nc: Client, subject: str) -> Stored | None:
    """The newest message on ``subject`` (wildcards allowed), asked of the leader: never stale. None without one."""
    return await _get(nc, {"last_by_subj": subject})


async def first(nc: Client, subject: str) -> Stored | None:
    """The oldest message on ``subject`` that the log still holds. None without one."""
    return await _get(nc, {"seq": 1, "next_by_subj": subject})


async def following(nc: Client, subject: str, seq: int) -> Stored | None:
    """The oldest message on ``subject`` behind ``seq``, asked of the leader. None without one."""
    return await _get(nc, {"seq": seq + 1, "next_by_subj": subject})


async def preceding(nc: Client, subject: str, seq: int, timeout_s: float = TIMEOUT_S) -> Stored | None:
    """The newest message on ``subject`` before ``seq``. None without one."""
    asked = {"multi_last": [subject], "up_to_seq": seq - 1}
    if seq <= 1:
        return None  # 0 would stand for no bound
    try:
        message = await ask(nc, f"$JS.API.DIRECT.GET.{STREAM}", as_json(asked), timeout_s=timeout_s)
    except (TimeoutError, NatsError) as error:
        raise NoAcknowledgement(f"the log did not answer in {timeout_s:g} s: {error!r}") from error
    return _direct(message) if "Nats-Subject" in (message.headers or {}) else None


async def message_at(nc: Client, seq: int) -> Stored | None:
    """The message at ``seq``, or None when it is gone."""
    return await _get(nc, {"seq": seq})


def newest_of(nc: Client, patterns: Sequence[str], timeout_s: float = TIMEOUT_S) -> AsyncIterator[Stored]:
    """The newest message of every subject that matches one of ``patterns``, in order of sequence."""
    return _many(nc, {"multi_last": list(patterns)}, timeout_s)


async def page_of(nc: Client, question: dict[str, Any], timeout_s: float = TIMEOUT_S) -> list[Stored]:
    """Up to ``batch`` messages in order; ``question`` says from where, of which subjects, and how many at most."""
    return [stored async for stored in _many(nc, question, timeout_s)]


async def _many(nc: Client, question: dict[str, Any], timeout_s: float) -> AsyncIterator[Stored]:
    """Each question has an inbox of its own: its end tells the server that no more answers are wanted."""
    inbox, where = nc.new_inbox(), f"$JS.API.DIRECT.GET.{STREAM}"
    subscription = await nc.subscribe(inbox)
    with Asking(nc, where) as asking:
        try:
            await nc.publish(where, as_json(question), reply=inbox)
            while True:
                try:
                    message = await asking.answer(subscription.next_msg(timeout_s))
                except (TimeoutError, NatsError) as error:
                    raise NoAcknowledgement(f"the log did not answer in {timeout_s:g} s: {error!r}") from error
                headers = message.headers or {}
                if headers.get("Status") == TOO_MANY:
                    raise Refused(int(TOO_MANY), f"more than 1,024 subjects match {question}"[:300] + ": read them")
                if "Nats-Subject" not in headers:
                    return  # 204 end of batch, 404 nothing matched
                yield _direct(message)
        finally:
            await subscription.unsubscribe()


async def direct_last(nc: Client, pattern: str, timeout_s: float = TIMEOUT_S) -> Stored | None:
    """The newest message on ``pattern``, asked on a subject that names it: what an agent may ask about its own facts.

    Any replica answers, which may be some milliseconds behind the leader.
    """
    where = f"$JS.API.DIRECT.GET.{STREAM}.{pattern}"
    try:
        message = await ask(nc, where, b"", timeout_s=timeout_s)
    except (TimeoutError, NatsError) as error:
        raise NoAcknowledgement(f"the log did not answer in {timeout_s:g} s: {error!r}") from error
    return _direct(message) if "Nats-Subject" in (message.headers or {}) else None


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
