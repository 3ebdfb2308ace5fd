"""Agents of any framework under Groundstop: each tool call is an intent, and is done in the agent's own process once it
is cleared. Every adapter is an extra: ``pip install groundstop[langchain]``."""

from typing import TYPE_CHECKING, Any

from groundstop.lazy_imports import load

if TYPE_CHECKING:
    from groundstop.adapters.decorator import governed
    from groundstop.adapters.governor import Governor, NotDone

__all__ = ["Governor", "NotDone", "governed"]

_HOMES = {"Governor": "governor", "NotDone": "governor", "governed": "decorator"}


def __getattr__(name: str) -> Any:
    """The words that adapters say are pure, and read by those who have no bus."""
    return load(__name__, _HOMES, name)
