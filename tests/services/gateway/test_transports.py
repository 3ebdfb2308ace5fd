"""The gateway as users start it: one line in a client's configuration, and an OAuth resource server over HTTP."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from groundstop.clock import Clock
from groundstop_embedded.plan import free_port
from groundstop_gateway.app import gateway_server, http_app
from groundstop_gateway.settings import Http
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]
ANSWER_S = 60.0
ISSUER = "https://login.example"


async def test_one_line_in_a_clients_configuration_governs_a_server(gate: Any) -> None:
    pins, data = str(gate.folder / "pins.json"), str(gate.stack.plan.options.data)
    line = ["-m", "groundstop.cli", "mcp", "--name", "fx", "--agent", "liner", "--data", data, "--pins", pins, "--"]
    command = StdioServerParameters(command=sys.executable, args=[*line, *gate.command], env=_environment())
    async with Client(command) as client:
        calling = asyncio.create_task(client.call_tool("delete", {"path": "/one"}))
        await gate.people.approve((await gate.case("liner"))["case"])
        result = await asyncio.wait_for(calling, ANSWER_S)
    assert result.content[0].text == "delete /one: done"
    assert gate.effects == ["delete /one"]


def _environment() -> dict[str, str]:
    """What a child needs to find this checkout."""
    return {key: value for key, value in os.environ.items() if key.startswith("PYTHON")}  # noqa: TID251


class Issuer:
    """An authorization server's keys and tokens."""

    def __init__(self, folder: Path) -> None:
        self._key = Ed25519PrivateKey.generate()
        folder.mkdir(exist_ok=True)
        public = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(self._key.public_key()))
        self.jwks = folder / "jwks.json"
        self.jwks.write_text(json.dumps({"keys": [{**public, "kid": "one", "alg": "EdDSA", "use": "sig"}]}))

    def token(self, resource: str, **changed: Any) -> str:
        """A token that is taken, unless ``changed`` spoils it."""
        now = int(Clock()().timestamp())
        claims = {"iss": ISSUER, "aud": resource, "exp": now + 60, "client_id": "desk-app", "scope": "tools"}
        return jwt.encode({**claims, **changed}, self._key, algorithm="EdDSA", headers={"kid": "one"})

    def shared_secret(self, resource: str) -> str:
        """A token that whoever reads the public keys could write."""
        claims = {"iss": ISSUER, "aud": resource, "exp": 9e9, "client_id": "x"}
        return jwt.encode(claims, "k" * 32, headers={"kid": "one"})


@asynccontextmanager
async def listening(gate: Any, http: Http) -> AsyncIterator[None]:
    """A gateway on HTTP while the block runs."""
    async with gateway_server(gate.options("nobody"), Clock()) as server:
        config = uvicorn.Config(http_app(server, http, Clock()), host=http.host, port=http.port, log_level="warning")
        web = uvicorn.Server(config)
        serving = asyncio.create_task(web.serve())
        while not web.started:
            assert not serving.done()
            await Clock().sleep(0.02)
        try:
            yield
        finally:
            web.should_exit = True
            await serving


async def test_over_http_a_token_says_whose_calls_they_are(gate: Any) -> None:
    issuer, port = Issuer(gate.folder), free_port()
    resource = f"http://127.0.0.1:{port}/mcp"
    http = Http(port=port, resource=resource, issuer=ISSUER, jwks=str(issuer.jwks), scopes=("tools",))
    async with listening(gate, http), httpx2.AsyncClient() as plain:
        about = (await plain.get(f"http://127.0.0.1:{port}/.well-known/oauth-protected-resource/mcp")).json()
        assert (about["resource"], about["authorization_servers"]) == (resource, [ISSUER])
        for token in (
            "rubbish",
            issuer.token("https://other.example/mcp"),
            issuer.token(resource, iss="https://evil.example"),
            issuer.token(resource, exp=1),
            Issuer(gate.folder / "stranger").token(resource),
            jwt.encode(
                {"iss": ISSUER, "aud": resource, "exp": 9e9, "client_id": "x"}, "k" * 32, headers={"kid": "one"}
            ),
        ):
            answer = await plain.post(resource, json={}, headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 401, token
            assert "oauth-protected-resource" in answer.headers["www-authenticate"]
        weak = await plain.post(
            resource, json={}, headers={"Authorization": f"Bearer {issuer.token(resource, scope='other')}"}
        )
        assert weak.status_code == 403
        headers = {"Authorization": f"Bearer {issuer.token(resource)}"}
        async with (
            httpx2.AsyncClient(headers=headers) as allowed,
            Client(streamable_http_client(resource, http_client=allowed), cache=None) as client,
        ):
            result = await client.call_tool("read", {"path": "/http"})
    assert result.content[0].text == "read /http: done"
    trace = await gate.people.trace((result.meta or {})["groundstop"]["intent"])
    assert trace[0].actor == "desk-app"
