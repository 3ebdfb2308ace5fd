"""The three systems as one process: ``python -m groundstop_example_support.systems --data DIR [--die-with-parent]``.

Fills the databases, starts the mail server and the payment service on free ports of 127.0.0.1 and then writes
``systems.json`` and prints "ready": who sees either may use the systems. SIGTERM and SIGINT end it cleanly and remove
the file.
"""

import argparse
import asyncio
import ctypes
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from groundstop.clock import Clock

from groundstop_example_support import mail, orders, payments, settings
from groundstop_example_support.faults import Fault, Faults

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with(parent: int) -> None:
    """Ask the kernel for SIGTERM when the parent dies; leave at once when it has died already."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit(0)


def _listener() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    return listener


async def serve(data: Path, clock: Clock) -> None:
    """Run the mail server and the payment service until a signal comes."""
    faults = Faults(clock)
    server = mail.MailServer(mail.Store(mail.prepare(data / "mail.sqlite"), faults, clock))
    listener = _listener()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def announce() -> None:
        settings.write(settings.Systems(data, os.getpid(), "127.0.0.1", server.port, url))

    app = payments.make_app(
        payments.prepare(data / "payments.sqlite"), faults, clock, _on_fault(server, faults, clock, announce)
    )

    def ready() -> None:
        announce()
        print(f"ready {url}", flush=True)

    await server.open()
    await _serve_http(app, listener, clock, ready)
    await server.close()
    settings.withdraw(data)


class _Http(uvicorn.Server):
    """A server that leaves signals to us: uvicorn's own handling raises them again and would skip the tidying up."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve_http(app: Any, listener: socket.socket, clock: Clock, on_ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; ``on_ready`` is called once requests are answered."""
    http = _Http(uvicorn.Config(app, log_level="critical", access_log=False, timeout_graceful_shutdown=2))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, setattr, http, "should_exit", True)
    serving = asyncio.create_task(http.serve(sockets=[listener]))
    while not http.started and not serving.done():
        await clock.sleep(0.01)
    on_ready()
    await serving


def _on_fault(
    server: mail.MailServer, faults: Faults, clock: Clock, announce: Callable[[], None]
) -> Callable[[str, Fault, float | None], Awaitable[None]]:
    """Closing and opening the mail server's port is the one fault that no handler can play."""
    coming_back: list[asyncio.Task[None]] = []

    async def come_back(after_s: float) -> None:
        await clock.sleep(after_s)
        await open_again()

    async def open_again() -> None:
        await server.open()
        announce()

    async def on_fault(system: str, fault: Fault, for_s: float | None) -> None:
        if system != "mail" or fault.mode not in ("refuse", "ok") or fault.match:
            return
        while coming_back:
            coming_back.pop().cancel()
        if fault.mode == "ok":
            await open_again()
            return
        await server.close()
        if for_s is not None:
            coming_back.append(asyncio.create_task(come_back(for_s)))

    return on_fault


def main(arguments: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="The order database, mail server and payment service of the example")
    parser.add_argument("--data", type=Path, required=True, help="folder for the databases and systems.json")
    parser.add_argument(
        "--die-with-parent", action="store_true", help="end when the process that started this one ends"
    )
    chosen = parser.parse_args(arguments)
    if chosen.die_with_parent:
        die_with(os.getppid())
    chosen.data.mkdir(parents=True, exist_ok=True)
    orders.prepare(chosen.data / "shop.sqlite")
    asyncio.run(serve(chosen.data.resolve(), Clock()))


if __name__ == "__main__":
    main()
