"""The digest: what "this exact call" means."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson
import rfc8785
from groundstop.errors import BadInput
from groundstop.vocabulary import Reason

INTEGER_MAX = 2**53 - 1
"""The largest that RFC 8785 carries exactly (section 3.2.2.3)."""


def digest(tenant: str, agent: str, tool: str, tool_version: str, arguments: Mapping[str, Any]) -> str:
    """SHA-256, hex, over the RFC 8785 canonical JSON of {tenant, agent, tool, tool_version, arguments}.

    Raises BadInput(arguments_not_canonical) for values JSON cannot carry exactly: NaN, infinities, integers beyond
    2^53, lone surrogates.
    """
    named = {"tenant": tenant, "agent": agent, "tool": tool, "tool_version": tool_version}
    call: Any = named | {"arguments": dict(arguments)}
    try:
        return sha256(canonical(call)).hexdigest()
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise BadInput(Reason.NOT_CANONICAL, f"arguments have no canonical JSON form: {error}") from error


def canonical(value: Any) -> bytes:
    """The RFC 8785 form of a value. What is the same in sorted compact JSON is written so, in a tenth of the time."""
    if _is_plain(value):
        try:
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        except orjson.JSONEncodeError:  # lone surrogates, great depth: the library's to judge
            pass
    return rfc8785.dumps(value)


def _is_plain(value: Any) -> bool:
    """False for what the two forms write differently: fractions, integers beyond 2^53, keys that are not ASCII."""
    kind = type(value)
    if kind is dict:
        return all(type(key) is str and key.isascii() and _is_plain(inner) for key, inner in value.items())
    if kind is list:
        return all(map(_is_plain, value))
    return kind is str or kind is bool or value is None or (kind is int and -INTEGER_MAX <= value <= INTEGER_MAX)
