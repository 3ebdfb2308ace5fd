"""What the child processes of tools are told and whom they run as: what was named, and nobody else's business."""

import itertools
import os
import pwd
from collections.abc import Iterator, Mapping
from typing import Any

from groundstop.catalogue import ToolFailed
from groundstop.environment import INTERPRETER, least, least_python
from groundstop.errors import GroundstopError

from groundstop_executor.secrets import Resolve, variables


class Users:
    """Whom the next process runs as, ``uid:gid``; empty for ourselves."""

    def __init__(self, wanted: str = "", uid: int = 0) -> None:
        """``wanted``: a name, or a range of numbers of which each process gets the next. Raises GroundstopError."""
        if wanted and uid != 0:
            raise GroundstopError("GROUNDSTOP_TOOL_USER needs an executor that runs as root")
        self._turn: Iterator[str] = itertools.cycle(_numbers(wanted) if wanted else ("",))

    def next(self) -> str:
        """Somebody who runs nothing else, as long as the range is not used up."""
        return next(self._turn)


def _numbers(wanted: str) -> list[str]:
    first, _, last = wanted.partition("-")
    if first.isdecimal() and last.isdecimal() and 0 < int(first) <= int(last):
        return [f"{number}:{number}" for number in range(int(first), int(last) + 1)]
    try:
        known = pwd.getpwnam(wanted)
    except KeyError as error:
        raise GroundstopError(f"GROUNDSTOP_TOOL_USER: there is no user {wanted!r}, and it is no range") from error
    return [f"{known.pw_uid}:{known.pw_gid}"]


def _nothing(name: str) -> str:
    raise ToolFailed(f"there is no secret {name!r} here", retryable=False)


class Host:
    """The executor's side of its children. ``names``: variables of ours that every tool's process is told."""

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        resolve: Resolve = _nothing,
        names: tuple[str, ...] = (),
        users: Users | None = None,
    ) -> None:
        self._environment = os.environ if environment is None else environment  # noqa: TID251 - what children are told
        self._resolve = resolve
        self._names = names
        self.users = users or Users()

    def interpreter(self) -> dict[str, str]:
        """For a warm worker, an interpreter of ours: what every tool's process is told."""
        return least_python(self._environment, self._names)

    def server(self) -> dict[str, str]:
        """For a server that is started for one entry of the catalogue, beside what the entry names."""
        return least(self._environment)

    def interpreter_only(self, named: Mapping[str, str]) -> dict[str, str]:
        """What the keeper of a server needs to run, and the server is not told; but for what the entry names."""
        mine = self._environment
        return {name: mine[name] for name in mine if name.startswith(INTERPRETER) and name not in named}

    def variables(self, env: Mapping[str, Any], seen: list[str]) -> dict[str, str]:
        """What an entry of the catalogue names; values of secrets are added to ``seen``. Raises ToolFailed."""
        return variables(env, self._resolve, self._environment, seen)
