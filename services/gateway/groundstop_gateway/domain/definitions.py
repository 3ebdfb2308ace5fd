"""What a server says about its tools: text from outside that a model will read, so it is screened and pinned."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import rfc8785
from groundstop.screening import screen_structure
from groundstop.screening.findings import FLAG_AT, HIDDEN_TEXT, PROMPT_INJECTION

PINNED = ("name", "title", "description", "inputSchema", "outputSchema", "annotations")
"""The parts of a tool's definition that a model or a policy goes by."""

Definition = Mapping[str, Any]


def essence(definition: Definition) -> dict[str, Any]:
    """The parts that are pinned, without what is empty."""
    return {part: definition[part] for part in PINNED if definition.get(part) not in (None, "", {})}


def fingerprint(definition: Definition) -> str:
    """SHA-256, hex, over the canonical JSON (RFC 8785) of what is pinned. Also the tool's version in every intent:
    who approves a call approves it for the definition that was in force.

    What RFC 8785 cannot write (the bounds of a 64-bit integer, half a surrogate) is taken as sorted ASCII JSON: one odd
    schema must not hide the other tools of its server."""
    pinned = essence(definition)
    try:
        written = rfc8785.dumps(pinned)
    except (rfc8785.CanonicalizationError, RecursionError, UnicodeError):
        written = json.dumps(pinned, sort_keys=True, default=repr).encode()
    return sha256(written).hexdigest()


def poison(definition: Definition) -> str:
    """Why a definition must not reach a model, in a sentence; empty when nothing speaks against it."""
    found = screen_structure(essence(definition), "tool_description").findings
    bad = [one for one in found if one.kind in (PROMPT_INJECTION, HIDDEN_TEXT) and one.confidence >= FLAG_AT[one.kind]]
    if not bad:
        return ""
    worst = max(bad, key=lambda one: one.confidence)
    return f"its definition holds {worst.kind.replace('_', ' ')} at {worst.path or '$'}: {worst.excerpt!r}"


def changes(before: Definition, after: Definition) -> list[str]:
    """The names of the pinned parts that differ."""
    old, new = essence(before), essence(after)
    return [part for part in PINNED if old.get(part) != new.get(part)]
