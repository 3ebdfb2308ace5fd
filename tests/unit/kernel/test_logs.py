"""A log line that cannot be written is lost, and nothing else is."""

import io
from pathlib import Path

import structlog
from groundstop import logs


def test_a_full_disk_ends_no_work() -> None:
    """A service writes its lines beside its data: both are full at once, and then it has to answer all the same."""
    with Path("/dev/full").open("wb", buffering=0) as full:
        stream = io.TextIOWrapper(full)  # type: ignore[type-var]
        logs.configure("test", stream=stream).warning("nobody_reads_this")
        stream.detach()
    structlog.reset_defaults()
