"""Tools of every bad habit, run by test_workers in real worker processes."""

import asyncio
import mmap
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from groundstop.catalogue import EffectUnknown, ToolContext, ToolFailed


def add(left: int, right: int) -> int:
    return left + right


async def add_async(left: int, right: int) -> int:
    await asyncio.sleep(0)  # noqa: TID251 - a tool may sleep
    return left + right


def who(context: ToolContext, day: date) -> dict[str, Any]:
    return {"key": context.idempotency_key, "day": day, "pid": os.getpid()}


def note(path: str) -> None:
    """Say that the effect began."""
    with Path(path).open("a") as file:
        file.write("begun\n")


def block(path: str) -> None:
    note(path)
    time.sleep(600)


def spin_deaf(path: str) -> None:
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    note(path)
    while True:
        pass


def fork_away(path: str) -> None:
    """A grandchild in the group, one in a session of its own, and one orphaned by a double fork, then block."""
    sleeper = [sys.executable, "-c", "import signal,time; signal.signal(15, 1); time.sleep(600)"]
    pids = [subprocess.Popen(sleeper).pid, subprocess.Popen(sleeper, start_new_session=True).pid]
    shell = f"{sys.executable} -c 'import time; time.sleep(600)' >/dev/null 2>&1 & echo $!"
    pids.append(int(subprocess.check_output(["setsid", "sh", "-c", shell])))
    with Path(path).open("w") as file:
        file.write(" ".join(map(str, pids)) + "\n")
    time.sleep(600)


def leave_child(path: str) -> str:
    """Return at once but leave a process behind."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    Path(path).write_text(f"{child.pid}\n")
    return "left"


def leave_thread() -> int:
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    return os.getpid()


def bomb(path: str) -> None:
    """Fork without end, in new sessions, each parent leaving at once; at most 200 alive by a slow pace."""
    note(path)
    for _ in range(8):
        if os.fork() == 0:
            while True:
                if os.fork() != 0:
                    os._exit(0)
                os.setsid()
                with Path(path).open("a") as file:
                    file.write("hop\n")
                time.sleep(0.001)
    time.sleep(600)


def copy_returns() -> str:
    """Fork, and let the copy return like the original."""
    return "copy" if os.fork() == 0 else "original"


def leak() -> None:
    held = []
    while True:
        held.append(bytearray(16 * 1024 * 1024))


def leak_shared() -> None:
    held = []
    while True:
        held.append(mmap.mmap(-1, 64 * 1024 * 1024))


def burn(path: str) -> None:
    note(path)
    while True:
        pass


def open_files() -> int:
    held = []
    while True:
        held.append(Path("/dev/null").open())  # noqa: SIM115 - leaks on purpose


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def leave(status: int) -> None:
    sys.exit(status)


def refuse(retryable: bool) -> None:
    raise ToolFailed("no such order", retryable=retryable)


def doubt() -> None:
    raise EffectUnknown("the line went dead")


def crash() -> None:
    raise KeyError("order")


def unspeakable() -> object:
    return object()


def huge() -> str:
    return "x" * (17 * 1024 * 1024)


def pid() -> int:
    return os.getpid()


def nap(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def surroundings() -> dict[str, Any]:
    """What this process is told and holds: its variables, and what its descriptors are."""
    held = {}
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            held[entry.name] = str(entry.readlink()).partition(":")[0]
    return {"variables": dict(os.environ), "descriptors": held}  # noqa: TID251 - it is what the tool is asked for
