"""The child side of ``groundstop_executor.workers``: ``python -m groundstop_executor.worker_main --fd N --parent PID``.

Two processes: a *keeper*, which the executor starts, and the *worker* it forks before anything else is loaded. The
keeper is the reaper of everything the worker leaves behind, however often that forks or changes its session. When the
worker ends, the executor says so or the executor dies, the keeper kills them all and exits: a keeper that is gone
proves that nothing of its worker runs. Frames are JSON behind four bytes of length, most significant first.
"""

import argparse
import ctypes
import gc
import inspect
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

FRAME_BYTES_MAX = 16 * 1024 * 1024
_CHUNK_BYTES = 65_536
_MESSAGE_CHARS_MAX = 2_000
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_PR_SET_CHILD_SUBREAPER = 36
# Shared mappings, libraries and thread stacks are address space but not data (getrlimit(2)).
_ADDRESS_SPACE_EXTRA_BYTES = 1 << 30
_WORN_PART = 0.75
_NICE = 5  # A tool that computes gives way to the processes that must be able to stop it.
# A worker may use the CPU time of this many full calls: a hard limit stops those that ignore SIGXCPU.
_LIFE_CALLS = 10


class Limits(NamedTuple):
    """What one worker may use: bytes of private memory (per process), CPU seconds per call, open files."""

    memory_bytes_max: int = 512 * 1024 * 1024
    cpu_s_max: int = 60
    open_files_max: int = 256


class Frames:
    """Cuts a byte stream into JSON frames; does no I/O of its own."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, chunk: bytes) -> None:
        """Add what was read."""
        self._bytes += chunk

    def take(self) -> Any | None:
        """The next whole frame, None when there is none yet. Raises ValueError for one that is too long."""
        from pydantic_core import from_json  # the keeper must stay light

        size = int.from_bytes(self._bytes[:4], "big")
        if size > FRAME_BYTES_MAX:
            raise ValueError(f"a frame of {size} bytes; the longest allowed has {FRAME_BYTES_MAX}")
        if len(self._bytes) < 4 + max(size, 1):
            return None
        body = bytes(self._bytes[4 : 4 + size])
        del self._bytes[: 4 + size]
        return from_json(body)


def frame(value: Any) -> bytes:
    """``value`` as one frame. Raises ValueError when it is too long or has no JSON form."""
    from pydantic_core import to_json

    body = to_json(value, inf_nan_mode="constants")
    if len(body) > FRAME_BYTES_MAX:
        raise ValueError(f"{len(body)} bytes of JSON; the most allowed is {FRAME_BYTES_MAX}")
    return len(body).to_bytes(4, "big") + body


def die_with_parent(number: int, parent: int) -> None:
    """Have the kernel send this process ``number`` when ``parent`` ends; ends at once if it already has (prctl(2))."""
    _prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        os._exit(1)


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}, {value})")


# ---- the keeper


def children(pid: int) -> list[int]:
    """The children of a process, of all its threads; empty when it is gone."""
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                found += map(int, (task / "children").read_text().split())
    return found


def _stop_all(root: int) -> set[int]:
    """Stop everything below ``root``. Each is stopped before its children are listed, so none is born unseen."""
    stopped: set[int] = set()
    grew = True
    while grew:
        before, below = len(stopped), [root]
        while below:
            for pid in children(below.pop()):
                if pid not in stopped:
                    _send(pid, signal.SIGSTOP)
                    stopped.add(pid)
                below.append(pid)
        grew = len(stopped) > before
    return stopped


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _reaped() -> dict[int, int]:
    """The children that have ended, with their exit codes. Raises ChildProcessError when no child is left."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            if ended:
                return ended
            raise
        if pid == 0:
            return ended
        ended[pid] = os.waitstatus_to_exitcode(status)


def _end_all() -> dict[int, int]:
    """Kill everything below this process and come back, with their exit codes, when no process of it is left."""
    codes: dict[int, int] = {}
    while True:
        for pid in _stop_all(os.getpid()):
            _send(pid, signal.SIGKILL)
        try:
            while ended := _reaped():
                codes |= ended
        except ChildProcessError:
            return codes
        signal.sigtimedwait({signal.SIGCHLD}, 0.005)


def _keep(worker: int) -> NoReturn:
    """Wait for the end of the worker, or for SIGTERM; then leave nothing behind. Exits with 128 + signal or code."""
    codes: dict[int, int] = {}
    while worker not in codes and signal.sigwait({signal.SIGCHLD, signal.SIGTERM}) != signal.SIGTERM:
        codes |= _reaped()
    code = (codes | _end_all())[worker]
    os._exit(128 - code if code < 0 else code)


# ---- the worker


@lru_cache(maxsize=1024)
def _parameters(function: Callable[..., Any]) -> dict[str, Any]:
    """Parameter name -> its TypeAdapter; None for the one that receives the context."""
    from typing import get_type_hints

    from groundstop.catalogue import ToolContext
    from pydantic import TypeAdapter

    hints = get_type_hints(function, include_extras=True)
    kinds = {name: hints.get(name, Any) for name in inspect.signature(function).parameters}
    return {name: None if kind is ToolContext else TypeAdapter(kind) for name, kind in kinds.items()}


def keywords(function: Callable[..., Any], arguments: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """The keyword arguments of a tool's function: JSON values as the types it declares, and the context if it asks.

    Raises TypeError, naming the argument but not its value, when they do not fit.
    """
    wanted = _parameters(function)
    given = {name: _typed(name, wanted.get(name), value) for name, value in arguments.items()}
    given |= {name: context for name, adapter in wanted.items() if adapter is None}
    inspect.signature(function).bind(**given)
    return given


def _typed(name: str, adapter: Any, value: Any) -> Any:
    from pydantic import ValidationError

    if adapter is None:
        raise TypeError(f"there is no argument {name!r}")
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc']))} {fault['msg']}".strip() for fault in error.errors())
        raise TypeError(f"argument {name!r}: {'; '.join(faults)}") from None


def _call(function: Callable[..., Any], given: dict[str, Any]) -> Any:
    result = function(**given)
    if not inspect.isawaitable(result):
        return result

    import asyncio  # the keeper must stay light

    async def wait() -> Any:
        return await result

    return asyncio.run(wait())


def _said(error: BaseException) -> str:
    text = f"{type(error).__name__}: {error}"[:_MESSAGE_CHARS_MAX]
    return text.encode("utf-8", "replace").decode()


def _ending(error: BaseException) -> dict[str, Any]:
    """How an exception of the tool crosses over: as what the tool said about its effect."""
    from groundstop.catalogue import EffectUnknown, ToolFailed

    if isinstance(error, EffectUnknown):
        return {"end": "unknown", "message": str(error)[:_MESSAGE_CHARS_MAX]}
    if isinstance(error, ToolFailed):
        return {"end": "failed", "message": str(error)[:_MESSAGE_CHARS_MAX], "retryable": error.retryable}
    names = [kind.__name__ for kind in type(error).__mro__ if kind not in (object, BaseException)]
    return {"end": "raised", "message": _said(error), "names": names}


def _halted(memory: Any, request: dict[str, Any]) -> str:
    """What forbids the call now, by the guard's own memory; empty for nothing. The executor may be too busy to know."""
    if memory is None or "targets" not in request:
        return ""
    import time

    from groundstop.controls import Target, halted_by
    from groundstop.words import Risk

    view = memory.read()
    if view.lapses != request["contact"] or not view.live(time.monotonic()):
        return "lost-contact"
    targets = (
        Target(tenant, agent, task, action_type, tool, Risk(risk))
        for tenant, agent, task, action_type, tool, risk in request["targets"]
    )
    return next((halt.control for target in targets if (halt := halted_by(view.halts, target))), "")


def _run(request: dict[str, Any], memory: Any, begin: Callable[[], None]) -> dict[str, Any]:
    """Run one tool; ``begin`` is called just before it. Whatever fails earlier cannot have had an effect."""
    from groundstop.catalogue import Tool, ToolContext, resolve

    try:
        function = resolve(Tool.model_validate(request["tool"]))
        given = keywords(function, request["arguments"], ToolContext.model_validate(request["context"]))
    except Exception as error:
        return {"end": "failed", "message": _said(error), "retryable": False}
    if control := _halted(memory, request):
        return {"end": "halted", "message": control}
    begin()
    try:
        return {"end": "result", "result": _call(function, given)}
    except BaseException as error:  # SystemExit too: a tool must not end its worker by raising
        return _ending(error)


def _answer(ending: dict[str, Any], worn: bool) -> bytes:
    """The last frame of a call. A result that JSON cannot carry had its effect: it must not look like a failure."""
    try:
        return frame(ending | {"worn": worn})
    except ValueError as error:
        return frame({"end": "unknown", "message": f"it ended, but its result is lost: {_said(error)}", "worn": worn})


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _worn(limits: Limits, threads: int) -> bool:
    """True when a call left something behind: a process, a thread, or most of a limit used up."""
    data_bytes = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    return (
        _has_children()
        or threading.active_count() > threads
        or data_bytes > _WORN_PART * limits.memory_bytes_max
        or len(os.listdir("/proc/self/fd")) > _WORN_PART * limits.open_files_max  # noqa: PTH208 - the cheap form
        or _cpu_s() > (_LIFE_CALLS - 1) * limits.cpu_s_max
    )


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _limit(limits: Limits) -> None:
    space = limits.memory_bytes_max + _ADDRESS_SPACE_EXTRA_BYTES
    resource.setrlimit(resource.RLIMIT_DATA, (limits.memory_bytes_max,) * 2)
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits.open_files_max,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (_LIFE_CALLS * limits.cpu_s_max,) * 2)


def _limit_call(limits: Limits) -> None:
    """Let the next call use ``cpu_s_max`` from now on."""
    hard = _LIFE_CALLS * limits.cpu_s_max
    resource.setrlimit(resource.RLIMIT_CPU, (min(hard, int(_cpu_s()) + 1 + limits.cpu_s_max), hard))


def _load(setup: dict[str, Any]) -> Limits:
    """Make ready as the executor asked: where modules are, which are wanted warm, what may be used."""
    sys.path[:] = setup["path"]
    for name in ("groundstop.catalogue", *setup["preload"]):
        import_module(name)
    gc.freeze()  # What was loaded is not garbage: leave it out of every later collection.
    limits = Limits(**setup["limits"])
    _limit(limits)
    return limits


def _serve(connection: socket.socket, guard: int) -> None:
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
        connection.sendall(frame({"broken": _said(error)}))
        return
    memory = None
    if guard >= 0:
        from groundstop_executor.guard_memory import GuardMemory

        os.set_inheritable(guard, False)
        memory = GuardMemory(guard, readable_only=True)
    connection.sendall(frame({"ready": own}))
    while (request := receive()) is not None:
        threads = threading.active_count()
        _limit_call(limits)
        ending = _run(request, memory, lambda: connection.sendall(frame({"started": True})))
        if os.getpid() != own:
            os._exit(0)  # A copy that the tool forked came back from its function: it must not answer.
        connection.sendall(_answer(ending, _worn(limits, threads)))


def _work(connection: socket.socket, keeper: int, guard: int) -> NoReturn:
    """The life of the worker, in a session of its own."""
    die_with_parent(signal.SIGKILL, keeper)
    connection.set_inheritable(False)
    os.setsid()
    os.nice(_NICE)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)  # so that what a tool leaves behind is seen as a child
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    code = 1
    try:
        _serve(connection, guard)
        code = 0
    finally:
        os._exit(code)


def main(argv: Sequence[str]) -> NoReturn:
    """Become keeper and worker."""
    parser = argparse.ArgumentParser(prog="groundstop_executor.worker_main")
    parser.add_argument("--fd", type=int, required=True, help="the inherited socket to the executor")
    parser.add_argument("--parent", type=int, required=True, help="the process id of the executor")
    parser.add_argument("--guard", type=int, default=-1, help="the inherited descriptor of the guard's memory")
    wanted = parser.parse_args(argv)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD, signal.SIGTERM})
    die_with_parent(signal.SIGTERM, wanted.parent)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    connection, keeper = socket.socket(fileno=wanted.fd), os.getpid()
    worker = os.fork()
    if worker == 0:
        _work(connection, keeper, wanted.guard)
    connection.close()  # or its end would never be seen by the executor
    _keep(worker)


if __name__ == "__main__":
    main(sys.argv[1:])
