"""The gateway's HTTP: each route with every method, host, origin, size and stolen session, and what is allowed."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from groundstop.clock import Clock
from groundstop_embedded.plan import free_port
from groundstop_gateway.app import BODY_BYTES_MAX, http_app
from groundstop_gateway.settings import Http
from mcp.server import Server
from mcp_types import CallToolRequestParams, CallToolResult, ListToolsResult, PaginatedRequestParams, TextContent, Tool
from starlette.routing import Route

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(120)]
ISSUER, NAME = "https://login.example", "gate.example"
METHODS = ("GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS", "HEAD", "TRACE")
ROUTES = {"/mcp": ("GET", "POST", "DELETE"), "/.well-known/oauth-protected-resource/mcp": ("GET", "HEAD", "OPTIONS")}
"""Every route with the methods it answers to; the first one to tokens alone."""
OUR_HOSTS = ("{here}", "localhost:{port}", f"{NAME}:{{port}}", "[::1]", "10.0.0.1")
OTHERS_HOSTS = (
    "evil.example", "evil.example:{port}", f"{NAME}.evil.example", "127.0.0.1.evil.example", "localhost.evil.example",
    "", "@", "{here}@evil.example", "127.0.0.1:99999999",
)  # fmt: skip
HOSTS = dict.fromkeys(OUR_HOSTS, True) | dict.fromkeys(OTHERS_HOSTS, False)
OUR_ORIGINS = ("http://{here}", "http://localhost:9", f"https://{NAME}", "https://page.example")
OTHERS_ORIGINS = (
    "https://evil.example", "null", "http://127.0.0.1.evil.example", "http://evil.example:{port}", "file://",
    "https://page.example.evil", "http://page.example", "http://[", "http://localhost@evil.example",
    "chrome-extension://abc",
)  # fmt: skip
ORIGINS = dict.fromkeys(OUR_ORIGINS, True) | dict.fromkeys(OTHERS_ORIGINS, False)
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
HELLO = {
    "jsonrpc": "2.0", "id": 0, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}  # fmt: skip
JSON = {"content-type": "application/json", "accept": "application/json, text/event-stream"}


@dataclass
class Gate:
    """A listening gateway before nothing, and an issuer of tokens."""

    port: int
    resource: str
    key: Ed25519PrivateKey
    app: Any

    @property
    def here(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.here}"

    def headers(self, client: str, subject: str = "", **more: str) -> dict[str, str]:
        claims = {"iss": ISSUER, "aud": self.resource, "exp": int(Clock()().timestamp()) + 600, "client_id": client}
        token = jwt.encode(claims | ({"sub": subject} if subject else {}), self.key, "EdDSA", headers={"kid": "one"})
        return {**JSON, "authorization": f"Bearer {token}", **more}

    def filled(self, text: str) -> str:
        return text.replace("{here}", self.here).replace("{port}", str(self.port))


def a_server() -> Server[Any]:
    async def list_tools(_: Any, __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[Tool(name="read", input_schema={"type": "object"})])

    async def call_tool(_: Any, params: CallToolRequestParams) -> CallToolResult:
        return CallToolResult(content=[TextContent(type="text", text="done")])

    return Server("door", version="1", on_list_tools=list_tools, on_call_tool=call_tool)


@asynccontextmanager
async def gate_of(folder: Path, issuer: bool = True) -> AsyncIterator[Gate]:
    key, port = Ed25519PrivateKey.generate(), free_port()
    public = {**json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key())), "kid": "one", "alg": "EdDSA"}
    (folder / "jwks.json").write_text(json.dumps({"keys": [public]}))
    resource = f"https://{NAME}/mcp"
    sure = {"issuer": ISSUER, "jwks": str(folder / "jwks.json"), "resource": resource} if issuer else {}
    http = Http.model_validate({"port": port, "origins": ["https://page.example"], "hosts": [NAME], **sure})
    app = http_app(a_server(), http, Clock())
    web = uvicorn.Server(uvicorn.Config(app, host=http.host, port=port, log_level="error"))
    serving = asyncio.create_task(web.serve())
    while not web.started:
        assert not serving.done()
        await Clock().sleep(0.01)
    try:
        yield Gate(port, resource, key, app)
    finally:
        web.should_exit = True
        await serving


async def test_a_route_that_nobody_looked_at_is_none(tmp_path: Path) -> None:
    async with gate_of(tmp_path) as gate:
        routed = {route.path for route in gate.app._app.routes if isinstance(route, Route)}
    assert routed == set(ROUTES)


async def test_a_request_that_names_another_host_or_comes_from_another_page_is_refused(tmp_path: Path) -> None:
    """Also on the routes that need no token, and on those that are not there."""
    async with gate_of(tmp_path) as gate, httpx2.AsyncClient() as client:
        for (host, known), (origin, ours), path in product(HOSTS.items(), ORIGINS.items(), (*ROUTES, "/nowhere")):
            headers = gate.headers("desk", host=gate.filled(host), origin=gate.filled(origin))
            answer = await client.post(gate.url + path, json=HELLO, headers=headers)
            refused = answer.status_code in (400, 403, 421)
            assert refused is not (known and ours) or path != "/mcp", (host, origin, path, answer.status_code)
            assert refused or (known and ours), (host, origin, path, answer.status_code)
            assert "access-control-allow-origin" not in answer.headers or path != "/mcp"


async def test_a_route_answers_to_its_own_methods_and_to_who_has_a_token(tmp_path: Path) -> None:
    async with gate_of(tmp_path) as gate, httpx2.AsyncClient() as client:
        for path, method in product(ROUTES, METHODS):
            plain = await client.request(method, gate.url + path, headers={"x-http-method-override": "POST", **JSON})
            if path == "/mcp":
                assert plain.status_code == 401, method
                with_token = await client.request(method, gate.url + path, headers=gate.headers("desk"))
                assert with_token.status_code == (405 if method not in ROUTES[path] else 400), method
            else:
                served = method in ROUTES[path]
                assert (plain.status_code < 400 or plain.status_code == 400) is served, (method, plain.status_code)


async def began(client: httpx2.AsyncClient, gate: Gate, headers: dict[str, str]) -> str:
    answer = await client.post(f"{gate.url}/mcp", json=HELLO, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.headers["mcp-session-id"])


async def test_a_stolen_session_is_nothing_without_the_token_that_began_it(tmp_path: Path) -> None:
    """Another client, another user of the same client, and nobody at all: as if there were no such session."""
    async with gate_of(tmp_path) as gate, httpx2.AsyncClient() as client:
        ann = gate.headers("desk", "ann")
        session = {"mcp-session-id": await began(client, gate, ann)}
        never = {"mcp-session-id": "0" * 32}
        thieves = (gate.headers("other", "ann"), gate.headers("desk", "bob"), gate.headers("desk"))
        for method, thief in product(("POST", "GET", "DELETE"), thieves):
            stolen, unknown = [
                await client.request(
                    method, f"{gate.url}/mcp", json=CALL if method == "POST" else None, headers=thief | name
                )
                for name in (session, never)
            ]
            assert stolen.status_code == 404
            assert stolen.text == unknown.text
        nobody = await client.post(f"{gate.url}/mcp", json=CALL, headers=JSON | session)
        assert nobody.status_code == 401
        own = await client.post(f"{gate.url}/mcp", json=CALL, headers=ann | session)
        assert (own.status_code, "read" in own.text) == (200, True)
        gone = await client.delete(f"{gate.url}/mcp", headers=ann | session)
        assert gone.status_code == 200
        assert (await client.post(f"{gate.url}/mcp", json=CALL, headers=ann | session)).status_code == 404


async def test_sessions_cannot_be_guessed_chosen_or_resumed(tmp_path: Path) -> None:
    """Their names are random; one that a client brings begins none; no stream is kept that a number could ask for."""
    async with gate_of(tmp_path) as gate, httpx2.AsyncClient() as client:
        ann = gate.headers("desk", "ann")
        names = [await began(client, gate, ann) for _ in range(20)]
        assert len({name[:8] for name in names}) == len({name[-8:] for name in names}) == 20
        assert all(len(name) >= 32 for name in names)
        fixed = await client.post(f"{gate.url}/mcp", json=HELLO, headers=ann | {"mcp-session-id": "mine"})
        assert fixed.status_code == 404
        first = await client.post(f"{gate.url}/mcp", json=CALL, headers=ann | {"mcp-session-id": names[0]})
        assert "\nid:" not in f"\n{first.text}"
        for last in ("0", "1", names[1], "../x"):
            again = ann | {"mcp-session-id": names[0], "last-event-id": last, "accept": "text/event-stream"}
            async with client.stream("GET", f"{gate.url}/mcp", headers=again) as stream:
                assert stream.status_code in (200, 400, 409)


async def test_what_is_too_long_is_not_read(tmp_path: Path) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(2 * BODY_BYTES_MAX // 65_536):
            yield b" " * 65_536

    async with gate_of(tmp_path) as gate, httpx2.AsyncClient(timeout=30) as client:
        declared = await client.post(
            f"{gate.url}/mcp", content=b" " * (BODY_BYTES_MAX + 1), headers=gate.headers("desk")
        )
        assert declared.status_code == 413
        chunked = await client.post(f"{gate.url}/mcp", content=parts(), headers=gate.headers("desk"))
        assert chunked.status_code == 413
        for size in (40_000, 200_000):
            try:
                answer = await client.get(f"{gate.url}/mcp", headers=gate.headers("desk", **{"x-long": "x" * size}))
                assert answer.status_code in (400, 431)
            except httpx2.TransportError:  # the server hung up at the sight of it
                assert size > 60_000
        huge = await client.post(
            f"{gate.url}/mcp", json=HELLO, headers=JSON | {"authorization": f"Bearer {'a.' * 15_000}"}
        )
        assert huge.status_code in (401, 431)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
async def test_what_a_form_of_another_page_can_send_is_no_request(tmp_path: Path, kind: str) -> None:
    """A form needs no leave of the browser's; JSON from another origin does, and is given none."""
    async with gate_of(tmp_path, issuer=False) as gate, httpx2.AsyncClient() as client:
        headers = {"accept": JSON["accept"], "content-type": kind}
        answer = await client.post(f"{gate.url}/mcp", content=json.dumps(HELLO).encode(), headers=headers)
        assert answer.status_code in (400, 415)
        asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}
        leave = await client.options(f"{gate.url}/mcp", headers=asked)
        assert leave.status_code in (403, 405)
        assert "access-control-allow-origin" not in leave.headers
        own = await client.post(f"{gate.url}/mcp", json=HELLO, headers=JSON)
        assert own.status_code == 200
