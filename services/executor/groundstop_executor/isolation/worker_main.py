"""The child side of ``groundstop_executor.isolation.workers``.

``python -m groundstop_executor.isolation.worker_main --fd N --parent PID``.

Two processes: a *keeper*, which the executor starts, and the *worker* it forks before anything else is loaded. The
keeper is the reaper of everything the worker leaves behind, however often that forks or changes its session. When the
worker ends, the executor says so or the executor dies, the keeper kills them all and exits: a keeper that is gone
proves that nothing of its worker runs.
"""

import argparse
import os
import signal
import socket
import sys
from collections.abc import Sequence
from typing import NoReturn

from groundstop_guard.processes import become, die_with_parent, keep, keep_to_oneself, reap_descendants

_NICE = 5  # A tool that computes gives way to the processes that must be able to stop it.


def _work(connection: socket.socket, keeper: int, guard: int, user: str) -> NoReturn:
    """The life of the worker, in a session of its own."""
    connection.set_inheritable(False)
    os.setsid()
    os.nice(_NICE)
    become(user)
    keep_to_oneself()
    die_with_parent(signal.SIGKILL, keeper)
    reap_descendants()  # so that what a tool leaves behind is seen as a child
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    code = 1
    try:
        from groundstop_executor.isolation.worker import serve  # here, so that the keeper stays light

        serve(connection, guard)
        code = 0
    finally:
        os._exit(code)


def main(argv: Sequence[str]) -> NoReturn:
    """Become keeper and worker."""
    parser = argparse.ArgumentParser(prog="groundstop_executor.isolation.worker_main")
    parser.add_argument("--fd", type=int, required=True, help="the inherited socket to the executor")
    parser.add_argument("--parent", type=int, required=True, help="the process id of the executor")
    parser.add_argument("--guard", type=int, default=-1, help="the inherited descriptor of the guard's memory")
    parser.add_argument("--user", default="", help="UID:GID that the worker runs as")
    wanted = parser.parse_args(argv)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD, signal.SIGTERM})
    die_with_parent(signal.SIGTERM, wanted.parent)
    reap_descendants()
    connection, keeper = socket.socket(fileno=wanted.fd), os.getpid()
    worker = os.fork()
    if worker == 0:
        _work(connection, keeper, wanted.guard, wanted.user)
    connection.close()  # or its end would never be seen by the executor
    keep(worker)


if __name__ == "__main__":
    main(sys.argv[1:])
