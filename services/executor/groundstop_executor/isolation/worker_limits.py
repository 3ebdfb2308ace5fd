"""What a worker process may use, and when it is worn: something was left behind, or most of a limit is used up."""

import os
import resource
import threading
from pathlib import Path
from typing import NamedTuple

# Shared mappings, libraries and thread stacks are address space but not data (getrlimit(2)).
_ADDRESS_SPACE_EXTRA_BYTES = 1 << 30
_WORN_PART = 0.75
# A worker may use the CPU time of this many full calls: a hard limit stops those that ignore SIGXCPU.
_LIFE_CALLS = 10


class Limits(NamedTuple):
    """What one worker may use: bytes of private memory (per process), CPU seconds per call, open files."""

    memory_bytes_max: int = 512 * 1024 * 1024
    cpu_s_max: int = 60
    open_files_max: int = 256


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def worn(limits: Limits, threads: int) -> bool:
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


def limit(limits: Limits) -> None:
    """Set the limits of this process for good."""
    space = limits.memory_bytes_max + _ADDRESS_SPACE_EXTRA_BYTES
    resource.setrlimit(resource.RLIMIT_DATA, (limits.memory_bytes_max,) * 2)
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits.open_files_max,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (_LIFE_CALLS * limits.cpu_s_max,) * 2)


def limit_call(limits: Limits) -> None:
    """Let the next call use ``cpu_s_max`` from now on."""
    hard = _LIFE_CALLS * limits.cpu_s_max
    resource.setrlimit(resource.RLIMIT_CPU, (min(hard, int(_cpu_s()) + 1 + limits.cpu_s_max), hard))
