"""CPU seconds of processes, from the kernel's own count: what a machine's noise does not change much."""

import os
import resource
from collections.abc import Iterable, Mapping

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """User and system seconds of one process so far; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 - a kernel file, not a path of ours
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def own_cpu_s() -> float:
    """Of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def children_cpu_s() -> float:
    """Of the children of this process that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def snapshot(pids: Mapping[str, int]) -> dict[str, float]:
    """Seconds by name."""
    return {name: cpu_s(pid) for name, pid in pids.items()}


def per_intent_us(before: Mapping[str, float], after: Mapping[str, float], intents: int) -> dict[str, float]:
    """Microseconds of CPU that each process spent per intent between two snapshots."""
    return {name: round((after[name] - before[name]) / intents * 1e6, 1) for name in after if name in before}


def total(values: Iterable[float]) -> float:
    """Their sum, rounded as they are."""
    return round(sum(values), 1)
