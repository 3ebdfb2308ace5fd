"""One JSON object a line on standard error; nothing else leaves this process by a file descriptor."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

Log = Callable[..., None]


def write_line(event: str, **fields: object) -> None:
    """Write one log line. `event` is a constant name; values are bound as fields, never formatted into it."""
    sys.stderr.write(json.dumps({"event": event, "service": "store", **fields}, default=str) + "\n")
    sys.stderr.flush()
