"""Structured logs: JSON for machines, coloured lines on a terminal, one cheap line per message handled."""

import logging
import sys
from contextlib import suppress
from typing import Any, BinaryIO

import orjson
import structlog


class Sink:
    """Where lines go. One that cannot be written (a full disk, a pipe that nobody reads) is lost, and ends no work."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, line: bytes) -> None:
        """Write, or not."""
        with suppress(OSError):
            self._file.write(line)

    def flush(self) -> None:
        """Hand over what was written, or not."""
        with suppress(OSError):
            self._file.flush()


def _orjson(value: Any, **_: Any) -> bytes:
    return orjson.dumps(value, default=str)


def configure(service: str, level: str = "info", *, stream: Any = None) -> structlog.typing.FilteringBoundLogger:
    """Set up structlog for a process and return its logger, bound to the service's name.

    Levels below ``level`` cost one attribute look-up. The standard library's loggers of our dependencies are raised to
    warnings.
    """
    out = stream if stream is not None else sys.stderr
    threshold = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if out.isatty():
        renderer: list[Any] = [structlog.dev.ConsoleRenderer()]
        factory: Any = structlog.PrintLoggerFactory(out)
    else:
        renderer = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_orjson)]
        factory = structlog.BytesLoggerFactory(Sink(out.buffer))  # type: ignore[arg-type]  # all it calls
    structlog.configure(
        processors=[*shared, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=factory,
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=out)
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(service=service)
    return logger
