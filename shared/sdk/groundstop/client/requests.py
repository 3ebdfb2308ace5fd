"""Whose requests a worker or a proposer believes: an executor's, by its signature. A subject proves nothing.

Whoever can have the server deliver a stored message (a consumer, a question with somebody else's reply subject) can
have it delivered to the subject that a worker listens on.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
import structlog
from groundstop import subjects
from groundstop.clock import Clock
from groundstop.errors import GroundstopError
from groundstop.events import KeysPublished
from groundstop.identity.connecting import identity_of, identity_on
from groundstop.identity.keyfiles import ring_from, ring_of_root
from groundstop.identity.seeds import Identity
from groundstop.identity.signatures import BadSignature, Keyring
from groundstop.identity.worker_messages import RUN, check_request
from groundstop.log.denials import subscribe
from groundstop.log.lookup import direct_last
from groundstop.natspy import bus_of
from groundstop.settings import Settings
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import ValidationError

AHEAD_S = 60.0
"""So far an executor's clock may be ahead of ours: what says that it was sent later than this is not believed."""
SEEN_MAX = 100_000
LIST_OLD_S = 30.0
"""A list of keys that was heard or asked for so long ago is asked for again: a published one may have been missed."""
_KEPT_AS = "requests"
_log = structlog.get_logger("groundstop.requests")


class Refused(GroundstopError):
    """A request that is not believed. ``why`` is counted: unsigned, unknown_signer, wrong_signer, bad_signature,
    unreadable, not_for_us, expired, replayed, no_root."""

    def __init__(self, why: str, message: str) -> None:
        super().__init__(message)
        self.why = why


class Requests:
    """The requests that come in on one connection. Without a ring nobody signs in this deployment: all are believed.

    ``refused`` counts those that were not, by reason.
    """

    def __init__(self, nc: Client, clock: Clock, ring: Keyring | None, identity: Identity | None) -> None:
        self.identity = identity
        self.refused: Counter[str] = Counter()
        self._nc = nc
        self._clock = clock
        self._ring = ring
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._asked_at = 0.0

    @property
    def signed(self) -> bool:
        """True where executors sign."""
        return self._ring is not None

    async def start(self) -> None:
        """Hear of the list of keys. Raises PermissionDenied, and GroundstopError where we are told of no root."""
        if self._ring is not None:
            await subscribe(self._nc, subjects.KEYS, cb=self._on_keys)
            await self._ask()
        elif self.identity is not None and await direct_last(self._nc, subjects.KEYS) is not None:
            raise GroundstopError(
                "executors sign their requests here, and nothing says by which root: set GROUNDSTOP_TRUST_ROOT to "
                "root.pub, or use a seed file that names it (groundstop keys rotate NAME)"
            )

    async def _on_keys(self, message: Msg) -> None:
        self._take(message.data)

    async def _ask(self) -> None:
        self._asked_at = self._clock.monotonic()
        stored = await direct_last(self._nc, subjects.KEYS)
        if stored is not None:
            self._take(stored.payload)

    def _take(self, payload: bytes) -> None:
        assert self._ring is not None, "only then are lists asked for"
        try:
            listed = KeysPublished.model_validate_json(payload)
        except ValidationError as error:
            _log.error("keys_refused", error=str(error)[:300])
            return
        if not self._ring.take(listed) and listed.number > self._ring.number:
            _log.error("keys_refused", error="the root has not signed this list")

    async def believed(self, kind: str, subject: str, data: bytes) -> dict[str, Any] | None:
        """The body of a request on ``subject``, None for one that is refused: that is logged and counted."""
        try:
            body = _read(data)
            if self._ring is not None:
                await self._check(kind, subject, body)
        except (Refused, BadSignature) as error:
            why = error.why if isinstance(error, Refused) else error.reason.value
            self.refused[why] += 1
            _log.warning("request_refused", subject=subject, kind=kind, why=why, error=str(error)[:300])
            return None
        return body

    async def _check(self, kind: str, subject: str, body: Mapping[str, Any]) -> None:
        assert self._ring is not None, "asked for by believed"
        key = str(body.get("signature", "")).partition(":")[0]
        if (key and self._ring.find(key) is None) or self._clock.monotonic() - self._asked_at > LIST_OLD_S:
            try:
                await self._ask()
            except GroundstopError as error:
                _log.warning("keys_not_asked", error=str(error)[:300])
        check_request(kind, body, self._ring, self._clock())
        if body.get("to") != subject:
            raise Refused("not_for_us", f"the request is for {str(body.get('to'))[:200]!r}")
        self._check_time(kind, body)

    def _check_time(self, kind: str, body: Mapping[str, Any]) -> None:
        """Too late, too early, or the same call again: within its time a call is remembered."""
        try:
            age_s = (self._clock() - _time(body["sent_at"])).total_seconds()
            left_s, call = float(body["valid_s"]) - age_s, str(body["call"])
        except (KeyError, TypeError, ValueError) as error:
            raise Refused("unreadable", f"the request does not say when it was sent: {error!r}") from error
        if left_s < 0 or age_s < -AHEAD_S:
            raise Refused("expired", f"the request was sent {age_s:.1f} s ago")
        if kind == RUN:
            self._remember(call, self._clock.monotonic() + left_s)

    def _remember(self, call: str, until: float) -> None:
        now = self._clock.monotonic()
        while self._seen and next(iter(self._seen.values())) < now:
            self._seen.popitem(last=False)
        if call in self._seen or len(self._seen) >= SEEN_MAX:
            raise Refused("replayed", f"call {call[:80]!r} was asked for before")
        self._seen[call] = until


def _time(text: Any) -> datetime:
    """A time with its zone. Raises ValueError, TypeError."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at


def _read(data: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Refused("unreadable", f"the request is no JSON: {error}") from error
    if not isinstance(body, dict):
        raise Refused("unreadable", "the request is no object")
    return body


async def requests_on(nc: Client, clock: Clock, settings: Settings | None = None) -> Requests:
    """What believes or refuses the requests on a connection; made and started at the first call.

    The root is what GROUNDSTOP_TRUST_ROOT or the seed file says; answers are signed by whoever the connection is.
    """
    kept = bus_of(nc).kept
    starting: asyncio.Task[Requests] | None = kept.get(_KEPT_AS)
    if starting is None or (starting.done() and starting.exception() is not None):
        starting = asyncio.create_task(_started(nc, clock, settings or Settings()))
        kept[_KEPT_AS] = starting
    return await asyncio.shield(starting)


async def _started(nc: Client, clock: Clock, settings: Settings) -> Requests:
    mine = identity_of(settings)
    ring = ring_from(settings)
    if ring is None and mine is not None and mine.root:
        ring = ring_of_root(mine.root)
    identity = identity_on(nc)
    if not bus_of(nc).knows_identity:
        # Taken for a connection of a bus that asks nobody, it would have unsigned requests believed.
        if ring is None:
            raise GroundstopError("whose connection this is cannot be told: open it with groundstop.natspy.connect")
        identity = mine
    made = Requests(nc, clock, ring, identity)
    await made.start()
    return made
