"""The pins in a file that several gateways and the command line share."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from groundstop.errors import GroundstopError
from groundstop.stack_discovery import registry
from pydantic import ValidationError

from groundstop_gateway.domain.pins import Pins

FILE = "mcp-pins.json"


def default_path() -> Path:
    """Where the pins of this user are."""
    return registry() / FILE


class PinFile:
    """Read, change and write under a lock; written whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Pins:
        """The pins. Raises GroundstopError for a file that is none: forgetting all pins is no way to go on."""
        try:
            return Pins.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return Pins()
        except ValidationError as error:
            raise GroundstopError(f"{self._path} holds no pins: {error.errors()[0]['msg']}") from error

    def change(self, move: Callable[[Pins], Pins]) -> Pins:
        """The pins after ``move``, stored."""
        with self._locked():
            before = self.read()
            after = move(before)
            if after != before:
                beside = self._path.with_suffix(".new")
                beside.write_text(after.model_dump_json(indent=1), encoding="utf-8")
                beside.chmod(0o600)
                beside.replace(self._path)
            return after

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
