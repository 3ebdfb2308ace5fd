"""Signing in with an OpenID Connect provider: authorization code with PKCE, ID token verified against its keys."""

import re
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]  # no stubs
from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]
from groundstop.clock import Clock
from groundstop.errors import GroundstopError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import ValidationError

from groundstop_console.domain.people import ALL_TENANTS, Person, Role
from groundstop_console.settings import ConsoleSettings

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
PENDING_MAX = 1_000
PENDING_S = 600.0
SKEW_S = 60
TIMEOUT_S = 10.0
DESCRIBED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
_NOT_A_TOKEN = re.compile(r"[^A-Za-z0-9_-]")


class SignInFailed(GroundstopError):
    """The provider did not vouch for anybody who may come in; says why."""


@dataclass(frozen=True, slots=True)
class _Pending:
    browser: str
    verifier: str
    nonce: str
    next: str
    at: float


class Oidc:
    """One provider. ``begin`` gives the address to go to, ``finish`` the person who came back.

    Authlib speaks OAuth 2 with PKCE; what it brings back is checked here, by joserfc, against the provider's keys.
    """

    def __init__(self, settings: ConsoleSettings, base_url: str, clock: Clock) -> None:
        self._settings = settings
        self._issuer = settings.console_oidc_issuer.rstrip("/")
        self._redirect = f"{base_url}/oidc/callback"
        self._clock = clock
        self._pending: OrderedDict[str, _Pending] = OrderedDict()
        self._http = httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False)

    async def stop(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def begin(self, browser: str, where: str) -> str:
        """Where to send this browser; ``where`` is the page it wants in the end. Raises SignInFailed."""
        described = await self._described()
        state, verifier, nonce = secrets.token_urlsafe(24), secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        self._pending[state] = _Pending(browser, verifier, nonce, where, self._clock.monotonic())
        while len(self._pending) > PENDING_MAX:
            self._pending.popitem(last=False)
        async with self._client(described) as client:
            address, _ = client.create_authorization_url(
                described["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
            )
        return str(address)

    async def finish(self, browser: str, state: str, code: str) -> tuple[Person, str]:
        """Who it is and where they wanted to go. Raises SignInFailed."""
        pending = self._pending.pop(state, None)
        same = pending is not None and secrets.compare_digest(pending.browser.encode(), browser.encode())
        if pending is None or not same or self._clock.monotonic() - pending.at > PENDING_S:
            raise SignInFailed("this sign-in was not begun here, or too long ago")
        return self._person(await self._claims(code, pending)), pending.next

    def _client(self, described: Mapping[str, Any]) -> AsyncOAuth2Client:
        secret = self._settings.console_oidc_client_secret
        known = described.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        posted = "client_secret_post" if "client_secret_post" in known else "client_secret_basic"
        method = "none" if not secret else "client_secret_basic" if "client_secret_basic" in known else posted
        return AsyncOAuth2Client(
            self._settings.console_oidc_client_id,
            secret or None,
            token_endpoint_auth_method=method,
            scope="openid profile email",
            redirect_uri=self._redirect,
            code_challenge_method="S256",
            timeout=TIMEOUT_S,
            trust_env=False,
        )

    async def _described(self) -> dict[str, Any]:
        """The provider's own description, which must be of the issuer that was set up. Raises SignInFailed."""
        described = await self._get(f"{self._issuer}/.well-known/openid-configuration")
        missing = [name for name in DESCRIBED if not isinstance(described.get(name), str)]
        if missing or described["issuer"].rstrip("/") != self._issuer:
            raise SignInFailed("the identity provider does not describe itself as the issuer that was set up")
        return described

    async def _get(self, url: str) -> dict[str, Any]:
        try:
            answer = await self._http.get(url)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise SignInFailed("the identity provider does not answer") from error
        return found

    async def _claims(self, code: str, pending: _Pending) -> dict[str, Any]:
        described = await self._described()
        try:
            async with self._client(described) as client:
                token = await client.fetch_token(described["token_endpoint"], code=code, code_verifier=pending.verifier)
            keys = KeySet.import_key_set(await self._get(described["jwks_uri"]))  # type: ignore[arg-type]
            claims = dict(jwt.decode(token["id_token"], keys, algorithms=list(ALGORITHMS)).claims)
            self._check(claims, described["issuer"], pending.nonce)
        except (httpx.HTTPError, AuthlibBaseError, JoseError, KeyError, ValueError) as error:
            raise SignInFailed(f"the identity provider's answer is not valid: {error}") from error
        return claims

    def _check(self, claims: dict[str, Any], issuer: str, nonce: str) -> None:
        """OpenID Connect Core 1.0, 3.1.3.7. Raises JoseError, SignInFailed."""
        client = self._settings.console_oidc_client_id
        expected = jwt.JWTClaimsRegistry(
            now=int(self._clock().timestamp()),
            leeway=SKEW_S,
            iss={"essential": True, "value": issuer},
            sub={"essential": True},
            aud={"essential": True, "value": client},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        expected.validate(claims)
        if len(_many(claims["aud"])) > 1 and claims.get("azp") != client:
            raise SignInFailed("the identity provider vouched to somebody else, too")

    def _person(self, claims: dict[str, Any]) -> Person:
        name = str(claims.get("preferred_username") or claims.get("email") or claims["sub"])
        role = role_of(claims.get(self._settings.console_oidc_role_claim), self._settings.console_oidc_roles)
        if role is None:
            raise SignInFailed(f"{name} is in no group that may use this console")
        claim = self._settings.console_oidc_tenant_claim
        tenants = tuple(map(str, _many(claims.get(claim)))) if claim else (ALL_TENANTS,)
        try:
            return Person(name=_NOT_A_TOKEN.sub("-", name)[:64], role=role, tenants=tenants)
        except ValidationError as error:
            raise SignInFailed(f"the name {name!r} cannot be used on the bus") from error


def _many(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value] if value else []


def role_of(claim: Any, mapping: str) -> Role | None:
    """The highest role that any value of the claim is mapped to; None when none is."""
    pairs = (pair.rpartition("=") for pair in mapping.split(",") if "=" in pair)
    known = {value.strip(): Role(role.strip()) for value, _, role in pairs}
    held = [known[str(value)] for value in _many(claim) if str(value) in known]
    return max(held, key=list(Role).index, default=None)
