"""Bearer tokens of clients: JWTs of one issuer, meant for this gateway (OAuth 2.1 resource server)."""

from typing import Any

import jwt
from groundstop.clock import Clock
from mcp.server.auth.provider import AccessToken

from groundstop_gateway.adapters.issuer import ALGORITHMS, Keys, fetching
from groundstop_gateway.settings import Http

REQUIRED = ("exp", "iss", "aud")
LEEWAY_S = 30
TOKEN_CHARS_MAX = 16 * 1024
TYPES = (None, "jwt", "at+jwt", "application/at+jwt")
"""Of access tokens (RFC 9068). An issuer signs other things with the same keys: tokens of sign-outs, of proofs."""


class Tokens:
    """Verifies tokens. Whatever is wrong with one, it is nobody's."""

    def __init__(self, http: Http, clock: Clock) -> None:
        self._http = http
        self._keys = Keys(fetching(http.jwks), clock)

    async def verify_token(self, token: str) -> AccessToken | None:
        """Whose token it is; None for one that must not be taken, whatever the reason."""
        if len(token) > TOKEN_CHARS_MAX:
            return None
        try:
            header = jwt.get_unverified_header(token)
            key = await self._keys.find(str(header.get("kid", ""))) if plausible(header) else None
            return None if key is None else self._token(token, key)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
            return None

    def _token(self, token: str, key: jwt.PyJWK) -> AccessToken | None:
        claims = jwt.decode(
            token, key, algorithms=list(ALGORITHMS), audience=self._http.resource, issuer=self._http.issuer,
            leeway=LEEWAY_S, options={"require": list(REQUIRED)},
        )  # fmt: skip
        return _token(token, claims, self._http.resource)


def plausible(header: dict[str, Any]) -> bool:
    """False for a token that no key could make good: its issuer need not be asked about it."""
    kind = header.get("typ")
    known = kind is None or (isinstance(kind, str) and kind.lower() in TYPES)
    return known and header.get("alg") in ALGORITHMS and isinstance(header.get("kid", ""), str)


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
