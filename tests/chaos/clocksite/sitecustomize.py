"""Clocks that jump: the host's clock of a service that is started with this folder on its path can be set by a file.

Nothing of this is in the services: the interpreter imports this module by itself, and it wraps the one place that asks
the machine what time it is. GROUNDSTOP_CLOCKS names a folder; in it, a file called like the service (``rate_limiter``)
holds how many seconds its clock is ahead. Monotonic time is left alone, as it is by whoever sets a clock.
"""

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

FOLDER = os.environ.get("GROUNDSTOP_CLOCKS", "")  # noqa: TID251 - there is no other way into a process that starts
MODULE = sys.orig_argv[2] if len(sys.orig_argv) > 2 and sys.orig_argv[1] == "-m" else ""
SERVICES = ("classifier", "rate_limiter", "approval", "executor", "audit")


def put_off(file: Path) -> None:
    """Have every clock of this process be ahead by what ``file`` says, as of when it is asked."""
    from groundstop.clock import Clock

    right = Clock.__call__

    def wrong(self: Any) -> datetime:
        try:
            ahead_s = float(file.read_text())
        except (OSError, ValueError):  # nobody has touched this clock, or is about to
            ahead_s = 0.0
        return right(self) + timedelta(seconds=ahead_s)

    Clock.__call__ = wrong  # type: ignore[method-assign]


if FOLDER and MODULE.removeprefix("groundstop_").partition(".")[0] in SERVICES:
    put_off(Path(FOLDER) / MODULE.removeprefix("groundstop_").partition(".")[0])
