"""Ports that several processes draw at the same time, and that a server finds free again when it comes back."""

import socket
import subprocess
import sys

from groundstop_store.ports import FIRST, SPAN, free_port, preferred_port

DRAWING = "from groundstop_store.ports import free_port; print(*[free_port() for _ in range(20)])"


def test_no_port_is_one_that_the_kernel_gives_to_connections() -> None:
    """A client that tries again would in time be connected to itself, in the place of the server it waits for."""
    for _ in range(50):
        assert FIRST <= free_port() < FIRST + SPAN <= 32_768


def test_processes_that_draw_at_one_moment_draw_different_ports() -> None:
    drawing = [subprocess.Popen([sys.executable, "-c", DRAWING], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    drawn = [port for process in drawing for port in process.communicate(timeout=60)[0].split()]
    assert len(drawn) == len(set(drawn)) == 80


def test_a_port_that_is_taken_is_replaced() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert preferred_port(port) != port
    assert preferred_port(port) == port
