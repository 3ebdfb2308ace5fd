"""The official MCP conformance suite says the same of a server with and without the gateway in front of it."""

import asyncio
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
import uvicorn
import yaml
from groundstop.clock import Clock
from groundstop.testing import eventually
from groundstop_embedded.plan import Options, free_port
from groundstop_embedded.testing import running_stack
from groundstop_gateway.app import gateway_server, http_app
from groundstop_gateway.domain.catalogue import entries
from groundstop_gateway.listing import listings
from groundstop_gateway.settings import GatewayOptions, Http, ServerSpec

SERVER = str(Path(__file__).with_name("everything_server.py"))
PACKAGES = ("@modelcontextprotocol/conformance@0.1.16", "node@22")
INSTALL_S = 120
SUITE_S = 200
SCENARIOS = 30
LINE = re.compile(r"[✓✗] (\S+): (\d+) passed, (\d+) failed")


@pytest.fixture
def suite(pytestconfig: pytest.Config) -> list[str]:
    """The command line of the suite, installed once, into pytest's cache, with a Node that is new enough for it."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm here")
    assert pytestconfig.cache is not None
    folder = pytestconfig.cache.mkdir("mcp-conformance")
    if not (folder / "node_modules" / "node").exists():
        install = [npm, "install", "--silent", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", *PACKAGES]
        try:
            subprocess.run(install, cwd=folder, check=True, capture_output=True, timeout=INSTALL_S)
        except (subprocess.SubprocessError, OSError):
            pytest.skip("the suite could not be installed")
    modules = folder / "node_modules"
    script = modules / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
    return [str(modules / ".bin" / "node"), str(script), "server", "--url"]


async def figures(suite: list[str], url: str) -> dict[str, tuple[int, int]]:
    """Scenario -> checks passed and failed."""
    async with httpx2.AsyncClient() as client:
        await eventually(lambda: _answers(client, url), url, 60)
    process = await asyncio.create_subprocess_exec(*suite, url, stdout=asyncio.subprocess.PIPE)
    said, _ = await asyncio.wait_for(process.communicate(), SUITE_S)
    return {match[1]: (int(match[2]), int(match[3])) for match in LINE.finditer(said.decode())}


async def _answers(client: httpx2.AsyncClient, url: str) -> bool:
    try:
        await client.get(url)
    except httpx2.HTTPError:
        return False
    return True


@asynccontextmanager
async def bare() -> AsyncIterator[str]:
    """The server by itself."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(sys.executable, SERVER, str(port))
    try:
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def governed(folder: Path) -> AsyncIterator[str]:
    """The server behind a gateway, its tools declared safe."""
    spec, port = ServerSpec(command=sys.executable, args=(SERVER,)), free_port()
    found = await listings({"every": spec})
    catalogue = folder / "tools.yaml"
    catalogue.write_text(yaml.safe_dump({"tools": entries("every", found["every"], "safe")}), encoding="utf-8")
    options = Options(data=folder / "stack", executors=1, catalogue=(str(catalogue),))
    async with running_stack(options):
        gateway = GatewayOptions(servers={"every": spec}, data=options.data, pins=folder / "pins.json")
        async with gateway_server(gateway, Clock()) as server:
            config = uvicorn.Config(http_app(server, Http(), Clock()), host="127.0.0.1", port=port, log_level="warning")
            web = uvicorn.Server(config)
            serving = asyncio.create_task(web.serve())
            try:
                yield f"http://127.0.0.1:{port}/mcp"
            finally:
                web.should_exit = True
                await serving


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_the_suite_says_the_same_with_and_without_the_gateway(suite: list[str], tmp_path: Path) -> None:
    async with bare() as url:
        without = await figures(suite, url)
    async with governed(tmp_path) as url:
        behind = await figures(suite, url)
    assert len(without) >= SCENARIOS
    assert behind == without
