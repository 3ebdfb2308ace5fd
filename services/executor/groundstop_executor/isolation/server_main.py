"""Keeps one server for the executor.

``python -m groundstop_executor.isolation.server_main --pidfile F --parent PID -- COMMAND``.

The server inherits stdin and stdout, and of the environment what is not for this interpreter alone. This process is the
reaper of everything the server starts: on SIGTERM, or when
the executor ends, it kills them all, and only then exits.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from groundstop_guard.processes import become, die_with_parent, keep, reap_descendants


def main(argv: Sequence[str]) -> NoReturn:
    """Become keeper and server."""
    parser = argparse.ArgumentParser(prog="groundstop_executor.isolation.server_main")
    parser.add_argument("--pidfile", type=Path, required=True, help="where the keeper's process id is told")
    parser.add_argument("--parent", type=int, required=True, help="the process id of the executor")
    parser.add_argument("--drop", default="", help="variables, separated by commas, that are not the server's")
    parser.add_argument("--user", default="", help="UID:GID that the server runs as")
    parser.add_argument("command", nargs="+")
    wanted = parser.parse_args(argv)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD, signal.SIGTERM})
    die_with_parent(signal.SIGTERM, wanted.parent)
    reap_descendants()
    wanted.pidfile.write_text(str(os.getpid()), encoding="ascii")
    server = os.fork()
    if server == 0:
        os.setsid()
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        become(wanted.user)
        for name in wanted.drop.split(","):
            os.environ.pop(name, None)  # noqa: TID251 - the environment that the server gets
        os.execvp(wanted.command[0], wanted.command)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)  # or the server's end would never be seen on its pipes
    keep(server)


if __name__ == "__main__":
    main(sys.argv[1:])
