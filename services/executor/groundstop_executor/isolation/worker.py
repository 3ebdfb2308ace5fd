"""The life of a worker process: get ready, answer calls until the executor hangs up."""

import gc
import os
import socket
import sys
import threading
from importlib import import_module
from typing import Any

from groundstop_guard.memory import GuardMemory

from groundstop_executor.isolation.frames import Frames, frame
from groundstop_executor.isolation.worker_call import run, said
from groundstop_executor.isolation.worker_limits import Limits, limit, limit_call, worn

_CHUNK_BYTES = 65_536


def _answer(ending: dict[str, Any], *, used_up: bool) -> bytes:
    """The last frame of a call. A result that JSON cannot carry had its effect: it must not look like a failure."""
    try:
        return frame(ending | {"worn": used_up})
    except ValueError as error:
        return frame({"end": "unknown", "message": f"it ended, but its result is lost: {said(error)}", "worn": used_up})


def _load(setup: dict[str, Any]) -> Limits:
    """Make ready as the executor asked: where modules are, which are wanted warm, what may be used."""
    sys.path[:] = setup["path"]
    for name in ("groundstop.catalogue", *setup["preload"]):
        import_module(name)
    gc.freeze()  # What was loaded is not garbage: leave it out of every later collection.
    limits = Limits(**setup["limits"])
    limit(limits)
    return limits


def serve(connection: socket.socket, guard: int) -> None:
    """Answer requests until the executor hangs up. ``guard``: descriptor of the guard's memory, -1 for none."""
    frames, own = Frames(), os.getpid()

    def receive() -> Any | None:
        while (message := frames.take()) is None:
            if not (chunk := connection.recv(_CHUNK_BYTES)):
                return None
            frames.feed(chunk)
        return message

    try:
        limits = _load(receive() or sys.exit(1))
    except Exception as error:
        connection.sendall(frame({"broken": said(error)}))
        return
    memory = None
    if guard >= 0:
        os.set_inheritable(guard, False)
        memory = GuardMemory(guard, readable_only=True)
    connection.sendall(frame({"ready": own}))
    while (request := receive()) is not None:
        threads = threading.active_count()
        limit_call(limits)
        ending = run(request, memory, lambda: connection.sendall(frame({"started": True})))
        if os.getpid() != own:
            os._exit(0)  # A copy that the tool forked came back from its function: it must not answer.
        connection.sendall(_answer(ending, used_up=worn(limits, threads)))
