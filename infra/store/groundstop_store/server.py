"""The embedded ClickHouse face: one process owns a chDB folder and serves it over the ClickHouse HTTP protocol.

`python -m groundstop_store.server --data DIR --port N`; see `command` for the launcher's form.
"""

from __future__ import annotations

import argparse
import ctypes
import logging
import os
import secrets
import signal
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import uvicorn

from groundstop_store.engine import Engine
from groundstop_store.errors import StoreError
from groundstop_store.http import Store
from groundstop_store.lanes import WORKERS
from groundstop_store.log import LineHandler, write_line
from groundstop_store.names import reader_guard
from groundstop_store.users import MIB, USERS, Passwords, load_passwords

MEMORY_BYTES_MAX: Final = 2048 * MIB
FINISH_S_MAX: Final = 10  # a running insert ends within this time after SIGTERM
_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h


def command(data: Path, port: int, password_file: Path | None) -> list[str]:
    """The argv that starts a store over `data` on the loopback `port`, ending with its parent.

    `password_file` holds `user:password` lines (see `write_passwords`); None leaves both users open on loopback.
    """
    argv = [sys.executable, "-m", "groundstop_store.server", "--data", str(data), "--port", str(port)]
    secret = ["--password-file", str(password_file)] if password_file else []
    return [*argv, *secret, "--die-with-parent"]


def write_passwords(path: Path) -> dict[str, str]:
    """Draw a password for every user and write the file that `--password-file` reads, for its owner's eyes only."""
    passwords = {name: secrets.token_urlsafe(24) for name in USERS}
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{name}:{password}\n" for name, password in passwords.items())
    return passwords


def main(argv: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT: 0. Otherwise 1: the port is taken, 2: bad arguments, 3: the folder is taken."""
    options = _options(argv)
    if options.die_with_parent:
        _die_with_parent()
    os.environ["TZ"] = "UTC"  # noqa: TID251 before the engine is loaded: it reads its zone from here
    time.tzset()
    try:
        passwords = load_passwords(options.password_file)
        if not passwords and options.host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError(f"--host {options.host}: without --password-file only the loopback address is served")
    except (ValueError, OSError) as error:
        write_line("bad_arguments", error=str(error))
        return 2
    return _serve(options, passwords)


class _Server(uvicorn.Server):
    """A server that cancels running selects when it is told to stop, so that only inserts are waited for."""

    def __init__(self, config: uvicorn.Config, engine: Engine) -> None:
        super().__init__(config)
        self._engine = engine

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, end the selects, wait for the rest."""
        self._engine.kill_reads()
        await super().shutdown(sockets)


def _serve(options: argparse.Namespace, passwords: Passwords) -> int:
    options.data.mkdir(parents=True, exist_ok=True)
    try:
        engine = Engine(options.data, options.memory_bytes_max)
    except StoreError as error:
        write_line("folder_not_opened", data=options.data, error=str(error))
        return 3
    workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="store")
    table_functions = engine.column("SELECT name FROM system.table_functions")
    readers = reader_guard(table_functions, engine.column("SELECT name FROM system.functions"))
    app = Store(engine, readers, passwords, secrets.token_hex(8), write_line, workers)
    logging.basicConfig(level=logging.WARNING, handlers=[LineHandler()])
    server = _Server(_config(app, options), engine)
    for number in (signal.SIGTERM, signal.SIGINT):
        # Until uvicorn listens for signals, and when it raises them again at its end: both must end with 0.
        signal.signal(number, lambda *_: setattr(server, "should_exit", True))
    write_line("serving", host=options.host, port=options.port, data=options.data, version=engine.version)
    status = _run(server)
    workers.shutdown(wait=True, cancel_futures=True)
    engine.close()
    write_line("closed", status=status)
    return status


def _config(app: Store, options: argparse.Namespace) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=options.host,
        port=options.port,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=FINISH_S_MAX,
        timeout_keep_alive=75,
        server_header=False,
        date_header=False,
    )


def _run(server: _Server) -> int:
    """Serve to the end. 1 when the port could not be taken, which uvicorn says by ending the process."""
    try:
        server.run()
    except SystemExit:
        return 1
    return 0


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="groundstop_store.server", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the chDB folder; made when missing")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--memory-bytes-max", type=int, default=MEMORY_BYTES_MAX)
    parser.add_argument("--password-file", type=Path)
    parser.add_argument("--die-with-parent", action="store_true")
    return parser.parse_args(argv)


def _die_with_parent() -> None:
    """Ask Linux for SIGTERM when the parent ends; elsewhere the launcher has to do it."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            raise SystemExit(0)


if __name__ == "__main__":
    raise SystemExit(main())
