"""The public keys of one issuer: fetched beside those who wait for nothing, and seldom."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import httpx2
import jwt
import orjson
from groundstop.clock import Clock

KEYS_BYTES_MAX = 256 * 1024
KEYS_MAX = 100
FETCH_S = 5.0
AGAIN_S = 10.0
"""So long after a fetch an unknown key is not asked for again: names that nobody has cost nothing."""
FRESH_S = 300.0
"""After this long the keys are fetched anew beside the next token: a key that was withdrawn must go."""
LONGEST_S = 86_400.0
"""Keys that could not be fetched anew for so long count no more."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
"""Signatures alone: a shared secret or ``none`` would let a token's reader write one."""
KINDS = ("RSA", "EC", "OKP")
"""Of keys that verify and cannot sign: a shared secret in a public list is everybody's."""

Fetch = Callable[[], Awaitable[bytes]]


class Keys:
    """Keys by their name. Who names a known one never waits; all who name unknown ones wait for the same fetch."""

    def __init__(self, fetch: Fetch, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._tried: float | None = None
        self._fetched = 0.0
        self._running: asyncio.Task[None] | None = None

    async def find(self, name: str) -> jwt.PyJWK | None:
        """The key of this name, None when the issuer has none."""
        now = self._clock.monotonic()
        if now - self._fetched > LONGEST_S:
            self._keys = {}
        if (key := self._keys.get(name)) is not None:
            if now - self._fetched > FRESH_S:
                self._begin(now)
            return key
        if (running := self._begin(now)) is not None:
            await asyncio.wait({running})
        return self._keys.get(name)

    def _begin(self, now: float) -> "asyncio.Task[None] | None":
        """The fetch that is under way, begun now if the last one is long enough ago; None when it is not."""
        if self._running is not None:
            return self._running
        if self._tried is not None and now - self._tried < AGAIN_S:
            return None
        self._tried = now
        self._running = asyncio.create_task(self._refresh(), name="issuer keys")
        return self._running

    async def _refresh(self) -> None:
        try:
            async with asyncio.timeout(FETCH_S):
                self._keys = parsed(await self._fetch())
            self._fetched = self._clock.monotonic()
        except (OSError, ValueError, TimeoutError, jwt.PyJWTError, httpx2.HTTPError):
            pass  # what was known goes on to count
        finally:
            self._running = None


def parsed(raw: bytes) -> dict[str, jwt.PyJWK]:
    """The keys of a JWK set (RFC 7517) that verify signatures, by name; others are left out. Raises ValueError."""
    document = orjson.loads(raw)
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or len(listed) > KEYS_MAX:
        raise ValueError(f"no set of at most {KEYS_MAX} keys")
    keys = (_key(one) for one in listed if isinstance(one, dict))
    return {str(key.key_id or ""): key for key in keys if key is not None}


def _key(listed: dict[str, Any]) -> jwt.PyJWK | None:
    """One key, None for one that signs, encrypts, or is of a kind that is not known here."""
    if listed.get("kty") not in KINDS or listed.get("use", "sig") != "sig":
        return None
    try:
        key = jwt.PyJWK.from_dict(listed)
    except Exception:  # whatever is wrong with one key of the issuer's, the others count
        return None
    return key if key.algorithm_name in ALGORITHMS else None


def fetching(source: str) -> Fetch:
    """How the keys at ``source`` are read, a file or an address: at most KEYS_BYTES_MAX of them."""
    if not source.startswith(("https://", "http://")):
        return lambda: asyncio.to_thread(_read, Path(source))
    return lambda: _get(source)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return _bounded(file.read(KEYS_BYTES_MAX + 1))


async def _get(url: str) -> bytes:
    async with httpx2.AsyncClient(timeout=FETCH_S) as client, client.stream("GET", url) as answer:
        answer.raise_for_status()
        raw = b""
        async for part in answer.aiter_bytes():
            raw = _bounded(raw + part)
        return raw


def _bounded(raw: bytes) -> bytes:
    if len(raw) > KEYS_BYTES_MAX:
        raise ValueError("the issuer's keys are too long")
    return raw
