"""Bearer tokens of clients: JWTs of one issuer, meant for this gateway (OAuth 2.1 resource server)."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import jwt
import orjson
from mcp.server.auth.provider import AccessToken

from groundstop_gateway.settings import Http

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
"""Signatures alone: a shared secret or ``none`` would let a token's reader write one."""
REQUIRED = ("exp", "iss", "aud")
LEEWAY_S = 30
KEYS_BYTES_MAX = 256 * 1024


class Tokens:
    """Verifies tokens. The issuer's keys are fetched when a token names one that is not known yet."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._keys: dict[str, jwt.PyJWK] = {}
        self._lock = asyncio.Lock()

    async def verify_token(self, token: str) -> AccessToken | None:
        """Whose token it is; None for one that must not be taken, whatever the reason."""
        try:
            key = await self._key(jwt.get_unverified_header(token))
            claims = jwt.decode(
                token, key, algorithms=list(ALGORITHMS), audience=self._http.resource, issuer=self._http.issuer,
                leeway=LEEWAY_S, options={"require": list(REQUIRED)},
            )  # fmt: skip
        except (jwt.PyJWTError, OSError, ValueError, httpx2.HTTPError):
            return None
        return _token(token, claims, self._http.resource)

    async def _key(self, header: dict[str, Any]) -> jwt.PyJWK:
        name = str(header.get("kid", ""))
        async with self._lock:
            if name not in self._keys:
                self._keys = {key.key_id or "": key for key in jwt.PyJWKSet.from_dict(await self._fetched()).keys}
        if name not in self._keys:
            raise jwt.InvalidKeyError(f"no key {name!r}")
        return self._keys[name]

    async def _fetched(self) -> dict[str, Any]:
        source = self._http.jwks
        if not source.startswith(("https://", "http://")):
            raw = await asyncio.to_thread(Path(source).read_bytes)
        else:
            async with httpx2.AsyncClient(timeout=5) as client:
                answer = await client.get(source)
                answer.raise_for_status()
                raw = answer.content
        if len(raw) > KEYS_BYTES_MAX:
            raise ValueError("the issuer's keys are too long")
        keys: dict[str, Any] = orjson.loads(raw)
        return keys


def _token(token: str, claims: dict[str, Any], resource: str) -> AccessToken:
    scope = claims.get("scope", claims.get("scp", ""))
    scopes = scope.split() if isinstance(scope, str) else [str(one) for one in scope]
    client = str(claims.get("client_id") or claims.get("azp") or claims.get("sub") or "")
    if not client:
        raise ValueError("a token without client_id, azp or sub is nobody's")
    return AccessToken(
        token=token, client_id=client, scopes=scopes, expires_at=int(claims["exp"]), resource=resource,
        subject=claims.get("sub"), claims=claims,
    )  # fmt: skip
