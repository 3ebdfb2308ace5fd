"""Run the console: ``python -m groundstop_console``."""

import asyncio
import contextlib
import signal
import socket
import sys

import groundstop.startup  # noqa: F401 - first: the start is quicker
import uvicorn
import uvloop
from groundstop.stack_discovery import ADMIN_LINK
from starlette.applications import Starlette

from groundstop_console.app import make
from groundstop_console.app_state import AppState
from groundstop_console.settings import PORT, ConsoleSettings

GRACE_S = 3
CONNECTIONS_MAX = 1_000
KEEP_ALIVE_S = 75
"""Longer than clients and proxies keep an idle connection (5 to 60 s): whoever waits less closes it under a request."""


def listening_socket(host: str, port: int) -> socket.socket:
    """A bound socket. Port 0 means PORT if it is free, else any. Raises OSError when a given port is taken."""
    for wanted in (port,) if port else (PORT, 0):
        bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, wanted))
        except OSError:
            bound.close()
            if wanted == 0 or port:
                raise
            continue
        return bound
    raise AssertionError("unreachable: the last try raises or returns")


async def serve(app: Starlette, app_state: AppState, bound: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT."""
    config = uvicorn.Config(
        app,
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=KEEP_ALIVE_S,
        limit_concurrency=CONNECTIONS_MAX,
        proxy_headers=bool(app_state.settings.console_proxies),
        forwarded_allow_ips=app_state.settings.console_proxies,
        ws="none",
    )
    server = uvicorn.Server(config)

    def stop() -> None:
        app_state.fanout.close()
        server.should_exit = True

    # uvicorn's own handlers would be told first and would then wait for the streams that are still open.
    server.capture_signals = contextlib.nullcontext  # type: ignore[assignment,method-assign]
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    await server.serve(sockets=[bound])


def main() -> None:
    """Bind, say where, serve."""
    settings = ConsoleSettings()
    if not settings.servers:
        sys.exit("GROUNDSTOP_NATS_URL is empty; it says where the bus listens")
    bound = listening_socket(settings.console_host, settings.console_port)
    host = f"[{settings.console_host}]" if ":" in settings.console_host else settings.console_host
    base_url = (settings.console_url or f"http://{host}:{bound.getsockname()[1]}").rstrip("/")
    app, app_state = make(settings, base_url)
    print(f"console: {base_url}", file=sys.stderr, flush=True)
    if app_state.accounts.empty and app_state.oidc is None:
        print(f"first administrator: open the link in {app_state.folder / ADMIN_LINK}", file=sys.stderr, flush=True)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(app, app_state, bound))


if __name__ == "__main__":
    main()
