"""Ports of the loopback interface for what is started here."""

import itertools
import os
import socket

FIRST, SPAN, STRIDE = 20_000, 12_000, 64
"""Ports 20000 to 31999, and how far apart two processes begin.

Not from 32768 on: there the kernel draws the near end of every connection. A client that keeps calling a server which
is down is sooner or later given the very port that it calls, and so connected to itself; and the server finds its port
taken when it comes back. And two processes that draw at the same moment must not draw the same.
"""
_drawn = itertools.count()


def free_port() -> int:
    """A port that nobody listens on, and that this process has not been given before. Raises OSError: there is none."""
    begin = os.getpid() * STRIDE
    for place in itertools.islice(_drawn, SPAN):
        port = FIRST + (begin + place) % SPAN
        if is_free(port):
            return port
    raise OSError(f"no free port from {FIRST} to {FIRST + SPAN - 1}")


def is_free(port: int, *, again: bool = False) -> bool:
    """Whether nobody listens there; ``again``: connections of a server that has just ended do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, again)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def preferred_port(port: int) -> int:
    """``port`` if nobody listens on it, else any free one."""
    return port if is_free(port, again=True) else free_port()
