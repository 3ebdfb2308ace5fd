"""Every private name of nats-py that Groundstop uses, and the same interface on nats-py's public API alone.

``Fast`` uses private names: frames are written in one piece, and the parser's result goes straight to a function
(docs/decisions/0003 has the measurements). ``Plain`` uses what nats-py documents. ``bus_of`` chooses one for each
connection: the setting ``bus`` (GROUNDSTOP_BUS) says which, and when ``check`` finds that a private name is missing or
changed, it is ``Plain`` and one line of the log names what moved. docs/decisions/0016 says why there are two.
"""

import asyncio
import contextlib
import functools
import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from importlib.metadata import version
from typing import Any, TypeAlias

import nats
import nats.errors
import structlog
from groundstop.settings import Settings
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import Header

OnMessage = Callable[[str, str, bytes, bytes], None]
"""Subject, reply subject, payload, raw headers (empty without)."""
OnError = Callable[[Exception], bool]
"""Told each error that the server or the connection reports; true when it has dealt with it."""
ErrorCallback = Callable[[Exception], Awaitable[None]]
Message: TypeAlias = tuple[str, bytes, str, dict[str, str] | None]

_logger = structlog.get_logger("groundstop.natspy")
_ATTRIBUTE = "groundstop_bus"
_VERSION = b"NATS/1.0\r\n"


# The choice


async def connect(*, error_cb: ErrorCallback | None = None, **options: Any) -> Client:
    """nats.connect, for every connection of ours: nats-py's public API tells only whoever connects about errors."""
    opening = Opening(options.get("nkeys_seed_str"), error_cb)
    nc = await nats.connect(**options, error_cb=opening.tell)
    attach(nc, opening)
    return nc


def attach(nc: Client, opening: "Opening") -> None:
    """Choose for a connection that was opened with ``opening.tell`` as its error callback."""
    setattr(nc, _ATTRIBUTE, _chosen(nc, opening))


def bus_of(nc: Client) -> "Bus":
    """What a connection is used through; chosen once for each connection."""
    found: Bus | None = getattr(nc, _ATTRIBUTE, None)
    if found is None:
        found = _chosen(nc, None)
        setattr(nc, _ATTRIBUTE, found)
    return found


def _chosen(nc: Client, opening: "Opening | None") -> "Bus":
    return Plain(nc, opening) if Settings().bus == "plain" or _moved() else Fast(nc)


@functools.cache
def _moved() -> tuple[str, ...]:
    """What ``check`` finds; once for each process, with one line of the log when it finds something."""
    moved = check()
    if moved:
        _logger.warning("nats_py_changed", moved=moved, nats_py=version("nats-py"), bus="plain")
    return moved


class Opening:
    """What only whoever opens a connection knows: its identity's seed, and the errors that it reports."""

    def __init__(self, seed: str | None, otherwise: ErrorCallback | None) -> None:
        self.seed = seed
        self.listeners: list[OnError] = []
        self._otherwise = otherwise or _log_error

    async def tell(self, error: Exception) -> None:
        """The error callback: each listener in turn, then the callback of whoever connected."""
        if not any(listener(error) for listener in list(self.listeners)):
            await self._otherwise(error)


async def _log_error(error: Exception) -> None:
    """As nats-py does without a callback."""
    logging.getLogger("nats.aio.client").error("nats: encountered error", exc_info=error)


# The two implementations


class Fast:
    """With private names. The only class of Groundstop that knows how nats-py works inside."""

    name = "fast"

    def __init__(self, nc: Client) -> None:
        self._nc = nc
        self._table: dict[int, OnMessage] | None = None
        self.kept: dict[str, Any] = {}
        """What Groundstop keeps with the connection, by name."""
        self.knows_identity = True
        self._opening = _opening_of(nc)

    @property
    def seed(self) -> str | None:
        """The nkey's seed that the connection was opened with; None for a bus that asks nobody."""
        return self._opening.seed

    def listen(self, listener: OnError) -> None:
        """Tell ``listener`` about every error from here on, before the callback of whoever connected."""
        self._opening.listeners.append(listener)

    def prepared(self, subject: str, payload: bytes, reply: str, headers: Mapping[str, str] | None) -> bytes:
        """A message in the form that ``send`` takes."""
        return frame(subject, payload, reply, headers)

    async def send(self, messages: Sequence[Any]) -> None:
        """Send prepared messages in order; while the connection is away, none."""
        if self._nc.is_connected:
            with contextlib.suppress(nats.errors.Error, ConnectionError):
                await write(self._nc, b"".join(messages))

    async def subscribe(self, subject: str, on_message: OnMessage) -> Subscription:
        """Have ``on_message`` called for each message, in order."""
        if self._table is None:
            self._table = {}
            _put_in_front(self._nc, self._table)
        subscription = await self._nc.subscribe(subject)
        self._table[subscription._id] = on_message
        return subscription

    async def unsubscribe(self, subscription: Subscription) -> None:
        """End a subscription of ``subscribe``."""
        await subscription.unsubscribe()
        if self._table is not None:
            self._table.pop(subscription._id, None)


class Plain:
    """The same on nats-py's public API: a coroutine and a message object for each message."""

    name = "plain"

    def __init__(self, nc: Client, opening: Opening | None) -> None:
        self._nc = nc
        self._turn = asyncio.Lock()
        self.kept: dict[str, Any] = {}
        self.knows_identity = opening is not None
        """False for a connection opened elsewhere: ``seed`` is None then, whoever it is."""
        if opening is None:
            # The public API tells neither whose connection it is nor, later on, which errors it has.
            _logger.warning("connection_opened_elsewhere", help="open it with groundstop.natspy.connect")
        self._opening = opening or Opening(None, None)

    @property
    def seed(self) -> str | None:
        """As of Fast; None for a connection that was not opened by ``connect``."""
        return self._opening.seed

    def listen(self, listener: OnError) -> None:
        """As of Fast; hears nothing of a connection that was not opened by ``connect``."""
        self._opening.listeners.append(listener)

    def prepared(self, subject: str, payload: bytes, reply: str, headers: Mapping[str, str] | None) -> Message:
        """As of Fast: what cannot be encoded raises here, not later in ``send``."""
        "".join((subject, reply, *(headers or {}).keys(), *(headers or {}).values())).encode()
        return subject, payload, reply, dict(headers) if headers else None

    async def send(self, messages: Sequence[Any]) -> None:
        """As of Fast. A batch waits for the one before it, which keeps the order when nats-py's buffer is full."""
        async with self._turn:
            for subject, payload, reply, headers in messages:
                if not self._nc.is_connected:
                    return
                with contextlib.suppress(nats.errors.Error, ConnectionError):
                    await self._nc.publish(subject, payload, reply=reply, headers=headers)

    async def subscribe(self, subject: str, on_message: OnMessage) -> Subscription:
        """As of Fast, without limits on what waits: who subscribes bounds what is under way."""

        async def process(message: Msg) -> None:
            try:
                on_message(message.subject, message.reply, message.data, raw_headers(message))
            except Exception:  # logged as Fast does; nats-py would tell the error callback
                _logger.exception("direct_message_failed", subject=message.subject)

        return await self._nc.subscribe(subject, cb=process, pending_msgs_limit=0, pending_bytes_limit=0)

    async def unsubscribe(self, subscription: Subscription) -> None:
        """As of Fast."""
        await subscription.unsubscribe()


Bus: TypeAlias = Fast | Plain


def raw_headers(message: Msg) -> bytes:
    """The headers as they are on the wire, rebuilt from what nats-py made of them.

    A status of the server has neither payload nor reply subject. An ordinary message, which may carry a header named
    ``Status`` by its sender's choice, never becomes one: what a stream delivers has a reply subject.
    """
    if not message.headers:
        return b""
    headers, first = dict(message.headers), "NATS/1.0"
    if not message.data and not message.reply and (status := headers.pop(Header.STATUS.value, "")):
        first = f"{first} {status} {headers.pop(Header.DESCRIPTION.value, '')}".rstrip()
    return "\r\n".join((first, *(f"{name}: {value}" for name, value in headers.items()), "", "")).encode()


# The private names


def frame(subject: str, payload: bytes, reply: str, headers: Mapping[str, str] | None) -> bytes:
    """PUB or HPUB. Header values must not hold line breaks; models that reach here forbid them."""
    if not headers:
        return f"PUB {subject} {reply} {len(payload)}\r\n".encode() + payload + b"\r\n"
    lines = _VERSION + "".join([f"{name}: {value}\r\n" for name, value in headers.items()]).encode() + b"\r\n"
    head = f"HPUB {subject} {reply} {len(lines)} {len(lines) + len(payload)}\r\n".encode()
    return b"".join((head, lines, payload, b"\r\n"))


async def write(nc: Client, frames: bytes) -> None:
    """Write bytes of the protocol as they are: what nats-py's own publish ends in."""
    await nc._send_command(frames)
    if nc._flush_queue is not None and nc._flush_queue.empty():
        await nc._flush_pending()


def _put_in_front(nc: Client, table: Mapping[int, OnMessage]) -> None:
    """Have the parser ask ``table`` first, by a subscription's number, and nats-py's own dispatch after it."""
    connection: Any = nc
    dispatch = connection._process_msg

    async def process(sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes | None) -> None:
        on_message = table.get(sid)
        if on_message is None:
            await dispatch(sid, subject, reply, data, headers)
            return
        try:
            on_message(subject.decode(), reply.decode(), data, headers or b"")
        except Exception:
            # An error here would end the connection's reader: everything else on it would stop, silently.
            _logger.exception("direct_message_failed", subject=subject.decode("utf-8", "replace"))

    connection._process_msg = process


def _opening_of(nc: Client) -> Opening:
    """The same for any connection, whoever opened it; its errors come here first from now on."""
    connection: Any = nc
    opening = Opening(connection._nkeys_seed_str, connection._error_cb)
    connection._error_cb = opening.tell
    return opening


# The self-test


def check() -> tuple[str, ...]:
    """The private names that are missing or that changed, and how; empty when ``Fast`` can be used.

    First each name and its signature; then, when all are there, what ``Fast`` does with them on a client that is not
    connected, through nats-py's own parser. Needs no server.
    """
    client = Client()
    moved = [*_methods(client), *_attributes(client)]
    return tuple(moved or _rehearsed(client))


def _methods(client: Client) -> list[str]:
    """Those that are called: there, coroutines, and taking what they are given."""
    moved: list[str] = []
    calls: dict[str, tuple[Any, ...]] = {
        "_send_command": (b"",),
        "_flush_pending": (),
        "_process_msg": (1, b"", b"", b"", b""),
    }
    for name, arguments in calls.items():
        method = getattr(client, name, None)
        if method is None:
            moved.append(f"Client.{name} is missing")
        elif not inspect.iscoroutinefunction(method):
            moved.append(f"Client.{name} is no coroutine function")
        else:
            try:
                inspect.signature(method).bind(*arguments)
            except TypeError as error:
                moved.append(f"Client.{name}{inspect.signature(method)}: {error}")
    return moved


def _attributes(client: Client) -> list[str]:
    """Those that are read or replaced: there, and what they should be before a connection is made."""
    missing = object()
    moved: list[str] = []
    for name, is_right in _SHAPES.items():
        value = getattr(client, name, missing)
        if value is missing:
            moved.append(f"Client.{name} is missing")
        elif not is_right(value):
            moved.append(f"Client.{name} is {value!r}")
    try:
        if (number := getattr(Subscription(client, id=7), "_id", missing)) != 7:
            moved.append("Subscription._id is missing" if number is missing else f"Subscription._id is {number!r}")
    except TypeError as error:
        moved.append(f"Subscription: {error}")
    return moved


_SHAPES: dict[str, Callable[[Any], bool]] = {
    "_flush_queue": lambda value: value is None or hasattr(value, "empty"),
    "_error_cb": inspect.iscoroutinefunction,
    "_nkeys_seed_str": lambda value: value is None,
}


def _rehearsed(client: Client) -> list[str]:
    """A frame goes into nats-py's buffer; a message and an error go from its parser to our functions."""
    arrived: list[tuple[str, str, bytes, bytes]] = []
    errors: list[str] = []

    def on_error(error: Exception) -> bool:
        errors.append(str(error))
        return True

    def on_message(*message: Any) -> None:
        arrived.append(message)

    _opening_of(client).listeners.append(on_error)
    _put_in_front(client, {7: on_message})
    line = frame("a", b"b", "", None)
    headers = _VERSION + b"c: d\r\n\r\n"
    message = b"HMSG a.b 7 r %d %d\r\n%sabc\r\n" % (len(headers), len(headers) + 3, headers)
    moved = [
        problem
        for name, work in (
            ("Client._send_command", lambda: client._send_command(line)),
            ("Client._process_msg", lambda: _parsed(client, message)),
            ("Client._error_cb", lambda: _parsed(client, b"-ERR 'Permissions Violation for Publish to \"a\"'\r\n")),
        )
        if (problem := _at_once(name, work))
    ]
    if client.pending_data_size != len(line):
        moved.append("Client._send_command does not put what it is given into the buffer")
    if arrived != [("a.b", "r", b"abc", headers)]:
        moved.append(f"Client._process_msg is not where the parser hands a message: {arrived}")
    if errors != ['nats: permissions violation for publish to "a"']:
        moved.append(f"Client._error_cb is not where an error of the server goes: {errors}")
    return moved


def _parsed(client: Client, data: bytes) -> Coroutine[Any, Any, None]:
    from nats.protocol.parser import Parser  # here, where its absence is one more thing to report

    return Parser(client).parse(data)


def _at_once(name: str, work: Callable[[], Coroutine[Any, Any, Any]]) -> str:
    """Run a coroutine that has nothing to wait for; why it could not be run, or nothing."""
    try:
        coroutine = work()
        try:
            coroutine.send(None)
        finally:
            coroutine.close()
    except StopIteration:
        return ""
    except Exception as error:
        return f"{name}: {error!r}"
    return f"{name} waits for something before it is done"
