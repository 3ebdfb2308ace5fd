"""Who does a call on the bus: decided by the catalogue and the list of keys, never by who answers. Pure."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from groundstop.catalogue import Tool
from groundstop.identity.signatures import Keyring

from groundstop_executor.secrets import has_reference


class Whom(Enum):
    """Whoever proposed the call, or the tool's workers."""

    PROPOSER = "proposer"
    WORKERS = "workers"


def whom_to_ask(tool: Tool, ring: Keyring | None, arguments: Mapping[str, Any]) -> tuple[Whom, ...]:
    """Whom to ask, in turn.

    A tool with secrets, or with workers in the list of keys, is theirs alone, even if all of them were revoked. Any
    other is its proposer's. Where nobody signs nobody is listed: the proposer is asked first, then the tool's workers.
    """
    if tool.secrets or has_reference(arguments) or (ring is not None and ring.has_workers(tool.name)):
        return (Whom.WORKERS,)
    return (Whom.PROPOSER, Whom.WORKERS) if ring is None else (Whom.PROPOSER,)
