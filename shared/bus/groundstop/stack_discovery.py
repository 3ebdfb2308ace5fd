"""Where the stack is: state files that a launcher leaves and everybody else finds."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from groundstop.errors import StackNotFound
from groundstop.intent import Frozen
from groundstop.settings import Settings
from pydantic import ValidationError

STATE_FILE = "stack.json"
ADMIN_LINK = "console-admin-link"
"""In the data folder until somebody has used it."""


class StackState(Frozen):
    """What a running stack says about itself."""

    data: Path
    pid: int
    nats_url: str
    clickhouse_dsn: str
    analyst_dsn: str = ""
    console_url: str = ""
    keys: Path | None = None
    """Folder of identities; None for a bus that asks nobody."""
    started_at: datetime

    @property
    def first_sign_in(self) -> str:
        """The link that makes somebody the administrator of the console; empty when there is one, or no console."""
        link = self.data / ADMIN_LINK
        return link.read_text(encoding="utf-8").strip() if self.console_url and link.is_file() else ""

    def console_in_words(self) -> str:
        """Where the console is, for a terminal; empty without one."""
        first = f"; first sign-in: {self.first_sign_in}" if self.first_sign_in else ""
        return f"console {self.console_url}{first}" if self.console_url else ""


def registry() -> Path:
    """The folder with one pointer per stack of this user."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"  # noqa: TID251 - where the XDG rules look
    return Path(base) / "groundstop"


def announce(state: StackState) -> None:
    """Leave the state file in the data folder and a pointer to it. Written whole or not at all."""
    _write(state.data / STATE_FILE, state.model_dump_json(indent=2))
    pointers = registry()
    pointers.mkdir(parents=True, exist_ok=True)
    _write(pointers / f"{state.pid}.json", state.model_dump_json())


def withdraw(state: StackState) -> None:
    """Take both away."""
    (state.data / STATE_FILE).unlink(missing_ok=True)
    (registry() / f"{state.pid}.json").unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    beside = path.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    beside.chmod(0o600)
    beside.replace(path)


def _read(path: Path) -> StackState | None:
    try:
        return StackState.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def running(state: StackState) -> bool:
    """True while the launcher's process exists and its state file still names it."""
    try:
        os.kill(state.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    current = _read(state.data / STATE_FILE)
    return current is not None and current.pid == state.pid


def _pointed() -> Iterator[StackState]:
    for pointer in registry().glob("*.json"):
        state = _read(pointer)
        if state is not None and running(state):
            yield state


def find_stack(data: Path | None = None) -> StackState:
    """The stack in ``data``, in GROUNDSTOP_DATA, or the newest running one of this user. Raises StackNotFound."""
    folder = data or Settings().data
    if folder is not None:
        state = _read(folder / STATE_FILE)
        if state is None or not running(state):
            raise StackNotFound(f"no stack is running in {folder}; start one with: groundstop up --data {folder}")
        return state
    states = sorted(_pointed(), key=lambda state: state.started_at)
    if not states:
        raise StackNotFound("no running stack found; start one with: groundstop up")
    return states[-1]


OWNER = "owner"
"""The identity of whoever owns a stack's data folder: may act in anybody's name on this machine."""


def owned(keys: Path | None, name: str = OWNER) -> dict[str, Path]:
    """Settings of one identity in a folder of keys."""
    if keys is None:
        return {}
    named = {"nats_seed_file": keys / f"{name}.nk", "signing_key_file": keys / f"{name}.sign"}
    return {field: path for field, path in named.items() if path.exists()} | {"trust_root": keys / "root.pub"}


def settings_of(stack: StackState) -> Settings:
    """Settings of the owner of a stack."""
    addresses = {"nats_url": stack.nats_url, "clickhouse_dsn": stack.analyst_dsn or stack.clickhouse_dsn}
    return Settings().model_copy(update=addresses | owned(stack.keys))


def settings_for(data: Path | None = None) -> Settings:
    """Settings with the addresses and the owner's identity of the stack that is found.

    GROUNDSTOP_NATS_URL, GROUNDSTOP_NATS_SEED_FILE and the like are stronger.
    """
    given = Settings()
    try:
        state = find_stack(data)
    except StackNotFound:
        if "nats_url" in given.model_fields_set:
            return given
        raise
    found: dict[str, Any] = {"nats_url": state.nats_url, "clickhouse_dsn": state.analyst_dsn or state.clickhouse_dsn}
    if given.nats_url == state.nats_url or "nats_url" not in given.model_fields_set:
        found |= owned(state.keys)  # another bus is not for this stack's owner
    return given.model_copy(update={name: value for name, value in found.items() if name not in given.model_fields_set})
