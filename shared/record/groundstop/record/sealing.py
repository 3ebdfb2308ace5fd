"""Fields of payloads that can be made unreadable later, while the chain over the rows stays what it is.

A sealed value is ``{"$sealed": "<key id>.<nonce and ciphertext, base64url>"}``: AES-256-GCM under the intent's own key,
with key id, sequence and path as associated data, so that no sealed value can be moved elsewhere. The hash covers the
sealed form; destroying the key redacts the value everywhere at once, archives included.
"""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from groundstop.errors import GroundstopError

SEALED, REDACTED = "$sealed", "$redacted"
KEY_BYTES, NONCE_BYTES = 32, 12
PERSONAL = frozenset({
    "after", "arguments", "assumptions", "before", "comment", "error", "excerpt", "note", "question", "reason",
    "reasoning", "result", "text", "undo", "user",
})  # fmt: skip
"""Fields in which people are named or speak. None of them is read into a column."""

INSIDE = object()
"""The answer of ``rewritten``'s function for a value that stays, apart from what is inside of it."""
Keys = Callable[[str], bytes | None]
"""From a key's id to the key; None when it was destroyed."""


def fields_of(setting: str) -> frozenset[str]:
    """The fields that a setting names: ``personal`` for all of PERSONAL, or some of them. Raises GroundstopError."""
    names = frozenset(name.strip() for name in setting.split(",") if name.strip())
    if names == {"personal"}:
        return PERSONAL
    if unknown := names - PERSONAL:
        raise GroundstopError(f"cannot seal {sorted(unknown)}: choose personal, or of {sorted(PERSONAL)}")
    return names


def sealed(payload: bytes, fields: frozenset[str], key_id: str, key: bytes, seq: int) -> bytes:
    """``payload`` with the values of ``fields`` sealed at any depth; the same bytes when there are none."""
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return payload
    box, changed = AESGCM(key), False

    def seal(name: str, inner: Any, path: str) -> Any:
        nonlocal changed
        if name not in fields or inner in (None, "", [], {}):
            return INSIDE
        changed = True
        return {SEALED: _seal(box, key_id, seq, path, orjson.dumps(inner))}

    found = rewritten(value, seal)
    return orjson.dumps(found) if changed else payload


def opened(payload: bytes, seq: int, keys: Keys) -> bytes:
    """``payload`` as it was; what cannot be opened any more is ``{"$redacted": true}``."""
    if SEALED.encode() not in payload:
        return payload

    def unseal(_: str, inner: Any, path: str) -> Any:
        is_sealed = isinstance(inner, dict) and set(inner) == {SEALED}
        return _open(str(inner[SEALED]), seq, path, keys) if is_sealed else INSIDE

    return orjson.dumps(rewritten(orjson.loads(payload), unseal))


def rewritten(value: Any, replace: Callable[[str, Any, str], Any], name: str = "", path: str = "") -> Any:
    """A JSON value with what ``replace`` answers in the place of every value inside.

    ``replace`` is told the field (empty for an item of a list), the value and its path; INSIDE: look into it.
    """
    if (found := replace(name, value, path)) is not INSIDE:
        return found
    if isinstance(value, list):
        return [rewritten(item, replace, "", f"{path}[{number}]") for number, item in enumerate(value)]
    if isinstance(value, dict):
        return {field: rewritten(inner, replace, field, f"{path}.{field}") for field, inner in value.items()}
    return value


def _seal(box: AESGCM, key_id: str, seq: int, path: str, plain: bytes) -> str:
    """The nonce is derived from what is unique (key, sequence, path): building a row again gives the same bytes."""
    bound = f"{key_id}|{seq}|{path}".encode()
    nonce = hashlib.sha256(b"groundstop-seal-v1\0" + bound).digest()[:NONCE_BYTES]
    return f"{key_id}.{base64.urlsafe_b64encode(nonce + box.encrypt(nonce, plain, bound)).decode()}"


def _open(text: str, seq: int, path: str, keys: Keys) -> Any:
    key_id, _, body = text.partition(".")
    key = keys(key_id)
    if key is None:
        return {REDACTED: True}
    data = base64.urlsafe_b64decode(body)
    try:
        plain = AESGCM(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], f"{key_id}|{seq}|{path}".encode())
    except InvalidTag as error:
        raise GroundstopError(f"the sealed value at {path or '.'} of {seq} was altered or moved") from error
    return orjson.loads(plain)
