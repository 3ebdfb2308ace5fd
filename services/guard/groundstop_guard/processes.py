"""Holding on to processes: ending with one's parent, and ending everything below oneself. Standard library alone."""

import ctypes
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36


def die_with_parent(number: int, parent: int) -> None:
    """Have the kernel send this process ``number`` when ``parent`` ends; ends at once if it already has (prctl(2))."""
    _prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        os._exit(1)


def reap_descendants() -> None:
    """Become the parent of whatever below this process loses its own (prctl(2), PR_SET_CHILD_SUBREAPER)."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def keep_to_oneself() -> None:
    """Have other processes of the same user read neither environment, descriptors nor memory of this one: its entries
    in /proc are root's, and nobody may trace it (prctl(2), PR_SET_DUMPABLE). Ends with exec."""
    _prctl(_PR_SET_DUMPABLE, 0)


def become(user: str) -> None:
    """Be ``user``, ``uid:gid``, for good; nothing for an empty one. What the parent's death sends must be set again."""
    if not user:
        return
    uid, gid = map(int, user.split(":"))
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}, {value})")


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


def reaped() -> dict[int, int]:
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


def end_all() -> dict[int, int]:
    """Kill everything below this process and come back, with their exit codes, when no process of it is left."""
    codes: dict[int, int] = {}
    while True:
        for pid in _stop_all(os.getpid()):
            _send(pid, signal.SIGKILL)
        try:
            while ended := reaped():
                codes |= ended
        except ChildProcessError:
            return codes
        signal.sigtimedwait({signal.SIGCHLD}, 0.005)


def keep(child: int) -> NoReturn:
    """Wait for the end of ``child``, or for SIGTERM; then leave nothing behind. Exits with 128 + signal or code."""
    codes: dict[int, int] = {}
    while child not in codes and signal.sigwait({signal.SIGCHLD, signal.SIGTERM}) != signal.SIGTERM:
        codes |= reaped()
    code = (codes | end_all())[child]
    os._exit(128 - code if code < 0 else code)
