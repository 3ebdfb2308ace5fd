"""A small real OpenID Connect provider: discovery, authorization code with PKCE, RS256 tokens, its keys."""

import base64
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from groundstop.clock import Clock
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "console", "between-us"


@dataclass(slots=True)
class Provider:
    """``claims`` are added to each ID token or, when None, left out; ``signs`` is the key that it signs with."""

    url: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    signs: RSAKey | None = None
    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    refuses: bool = False

    def described(self) -> dict[str, Any]:
        """The discovery document."""
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return {"issuer": self.issuer or self.url} | {name: f"{self.url}/{path}" for name, path in places.items()}

    def authorized(self, query: dict[str, str]) -> str:
        """Where the browser goes after its person has signed in here."""
        assert (query["response_type"], query["client_id"], query["code_challenge_method"]) == ("code", CLIENT, "S256")
        assert "openid" in query["scope"].split() and query["nonce"]
        if self.refuses:
            return f"{query['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': query['state']})}"
        code = secrets.token_urlsafe(8)
        self.asked[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The tokens for a code, once, for who proves to have begun; None for anybody else."""
        asked = self.asked.pop(form.get("code", ""), None)
        proof = base64.urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        if asked is None or not _is_client(authorization) or form.get("grant_type") != "authorization_code":
            return None
        if proof != asked["code_challenge"] or form.get("redirect_uri") != asked["redirect_uri"]:
            return None
        now = int(Clock()().timestamp())
        claims = {"iss": self.url, "sub": "1", "aud": CLIENT, "exp": now + 60, "iat": now, "nonce": asked["nonce"]}
        claims |= {"preferred_username": "grace", "groups": ["oncall"]} | self.claims
        signed = jwt.encode(
            {"alg": "RS256", "kid": "one"}, {k: v for k, v in claims.items() if v is not None}, self.signs or self.key
        )
        return {"access_token": "x", "token_type": "Bearer", "id_token": signed}


def _is_client(authorization: str) -> bool:
    return base64.b64decode(authorization.removeprefix("Basic ")).decode() == f"{CLIENT}:{SECRET}"


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            if address.path == "/authorize":
                self.send_response(302)
                self.send_header("location", provider.authorized(dict(parse_qsl(address.query))))
                self.end_headers()
            elif address.path == "/keys":
                self._json({"keys": [provider.key.as_dict(private=False) | {"use": "sig"}]})
            else:
                self._json(provider.described())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            answer = provider.token(form, self.headers.get("authorization", ""))
            self._json(answer or {"error": "invalid_grant"}, 200 if answer else 400)

        def _json(self, value: Any, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(value).encode())

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    return Handler


@contextmanager
def running_provider() -> Iterator[Provider]:
    """A provider on a free port."""
    provider = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider))
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
