"""Disks that fill up: a small one of its own where this process may mount, else a limit on what a process may write."""

import contextlib
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import psutil

SIZE_MB = 256


@dataclass(frozen=True)
class Disk:
    """``fill`` leaves no byte, ``make_room`` takes that back; ``kind`` is for the report."""

    kind: str
    fill: Callable[[], None]
    make_room: Callable[[], None]


def may_mount() -> bool:
    """Whether this process can have a disk of its own."""
    if os.geteuid() != 0:
        return False
    probe = Path(mkdtemp())
    try:
        return subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(probe)], capture_output=True).returncode == 0
    finally:
        subprocess.run(["umount", str(probe)], capture_output=True, check=False)
        probe.rmdir()


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """``folder`` on a disk of SIZE_MB for the length of a block."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(folder)], check=True)
    ballast = folder / "ballast"
    try:
        yield Disk("disk full", lambda: _fill(ballast), ballast.unlink)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _fill(ballast: Path) -> None:
    """Every byte that is left."""
    with ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(65_536))
    with ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"0")


def limited(process: psutil.Process) -> Disk:
    """What ``process`` writes is refused by the kernel, as a quota would: no file of its may grow."""
    ordinary = process.rlimit(psutil.RLIMIT_FSIZE)

    def fill() -> None:
        process.rlimit(psutil.RLIMIT_FSIZE, (0, ordinary[1]))

    def make_room() -> None:
        process.rlimit(psutil.RLIMIT_FSIZE, (resource.RLIM_INFINITY, ordinary[1]))

    return Disk("writes refused", fill, make_room)
