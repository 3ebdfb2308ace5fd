"""Fields of a multipart/form-data body: clients send long queries and many parameters that way."""

from __future__ import annotations

import re
from typing import Final

from groundstop_store.errors import StoreError

_BOUNDARY: Final = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
_FIELD: Final = re.compile(rb'[;\s]name="([^"]*)"', re.IGNORECASE)
_FILE: Final = re.compile(rb"[;\s]filename\*?=", re.IGNORECASE)
FIELDS_MAX: Final = 1000


def form_fields(content_type: str, body: bytes) -> dict[str, bytes]:
    """The fields by name. Raises StoreError for a body that is no form, and for files (external tables)."""
    found = _BOUNDARY.search(content_type)
    parts = body.split(b"--" + found.group(1).encode(), FIELDS_MAX + 2) if found else []
    if len(parts) < 2 or len(parts) > FIELDS_MAX + 1:
        raise StoreError(36, "BAD_ARGUMENTS", f"Malformed form: expected 1 to {FIELDS_MAX} fields")
    return dict(_field(part) for part in parts[1:-1])


def _field(part: bytes) -> tuple[str, bytes]:
    head, separator, value = part.partition(b"\r\n\r\n")
    name = _FIELD.search(head)
    if not separator or name is None:
        raise StoreError(36, "BAD_ARGUMENTS", "Malformed form: a part without a name")
    if _FILE.search(head):
        raise StoreError(48, "NOT_IMPLEMENTED", "External tables are not supported by the embedded store")
    return name.group(1).decode("utf-8", "replace"), value.removesuffix(b"\r\n")
