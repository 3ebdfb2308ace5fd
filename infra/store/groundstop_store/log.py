"""One JSON object a line on standard error; nothing else leaves this process by a file descriptor."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from contextlib import suppress

Log = Callable[..., None]


def write_line(event: str, **fields: object) -> None:
    """Write one log line. `event` is a constant name; values are bound as fields, never formatted into it.

    On a full disk it is lost: whoever asked still gets an answer.
    """
    with suppress(OSError):
        sys.stderr.write(json.dumps({"event": event, "service": "store", **fields}, default=str) + "\n")
        sys.stderr.flush()


class LineHandler(logging.Handler):
    """Turns the web server's warnings into the same lines, without tracebacks of connections we end on purpose."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; the error's own text replaces a traceback."""
        error = record.exc_info[1] if record.exc_info else None
        write_line("web_server", level=record.levelname, message=record.msg, error=repr(error) if error else None)
