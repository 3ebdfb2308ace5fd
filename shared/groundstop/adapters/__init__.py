"""Agents of any framework under Groundstop: each tool call is an intent, and is done in the agent's own process once it
is cleared. Every adapter is an extra: ``pip install groundstop[langchain]``."""

from groundstop.adapters.decorator import governed
from groundstop.adapters.governor import Governor, NotDone

__all__ = ["Governor", "NotDone", "governed"]
