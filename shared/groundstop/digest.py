"""The digest: what "this exact call" means."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import rfc8785

from groundstop.errors import BadInput
from groundstop.words import Reason


def digest(tenant: str, agent: str, tool: str, tool_version: str, arguments: Mapping[str, Any]) -> str:
    """SHA-256, hex, over the RFC 8785 canonical JSON of {tenant, agent, tool, tool_version, arguments}.

    Raises BadInput(arguments_not_canonical) for values JSON cannot carry exactly: NaN, infinities, integers beyond
    2^53, lone surrogates.
    """
    named = {"tenant": tenant, "agent": agent, "tool": tool, "tool_version": tool_version}
    call: Any = named | {"arguments": dict(arguments)}
    try:
        return sha256(rfc8785.dumps(call)).hexdigest()
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise BadInput(Reason.NOT_CANONICAL, f"arguments have no canonical JSON form: {error}") from error
