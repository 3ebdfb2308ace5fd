"""A message as the log holds it: what folds and projections read, wherever they got it from."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stored:
    """One message as the log holds it. ``time_ns`` is when the server stored it, nanoseconds since 1970."""

    subject: str
    seq: int
    time_ns: int
    payload: bytes
    headers: Mapping[str, str] | None = None
