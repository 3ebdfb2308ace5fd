"""What an executor needs beside the common settings."""

from pathlib import Path
from typing import Literal

from groundstop.settings import Settings
from groundstop.vocabulary import Risk


class ExecutorSettings(Settings):
    """GROUNDSTOP_PAUSE_TASKS, GROUNDSTOP_SECRETS and the like."""

    pause_tasks: Literal["never", "safe", "risky", "dangerous"] = "risky"
    """A failed or unknown call of a tool of this risk or above pauses its task, unless its entry says otherwise.

    What only reads pauses nothing by itself: an agent that looks for what is not there plans on."""
    secrets: Path | None = None
    """Folder with one file per secret; without it, and for what is not there, GROUNDSTOP_SECRET_<NAME> is read."""
    tool_env: str = ""
    """Comma-separated names of variables that the child processes of tools are told from our own environment. Anything
    else of it they are not told; see ``env`` in the catalogue, too."""
    tool_user: str = ""
    """Whom tools in child processes and MCP servers run as: a name, or ``20000-20999`` for a number of its own each.
    Only an executor that runs as root can do that."""
    auto_halts: bool = True
    """Halt an agent or a tool whose figures go wrong (docs/concepts/kill-switch.md)."""

    @property
    def pauses_from(self) -> Risk | None:
        """The least risk whose failures pause, None for never."""
        return None if self.pause_tasks == "never" else Risk(self.pause_tasks)
