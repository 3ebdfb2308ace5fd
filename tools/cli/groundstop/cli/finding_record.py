"""Where a local stack keeps the record's keys and heads."""

from pathlib import Path

from groundstop.errors import StackNotFound
from groundstop.stack_discovery import find_stack

FOLDER = "record"


def record_folder(data: Path | None) -> Path | None:
    """The record's folder of a local stack, running or not; None when there is none here."""
    try:
        return (data or find_stack().data) / FOLDER
    except StackNotFound:
        return None
