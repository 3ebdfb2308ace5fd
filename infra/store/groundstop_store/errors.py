"""Errors in the words of the ClickHouse HTTP protocol: number, name, text, status."""

from __future__ import annotations

import re
from typing import Final

_CODE: Final = re.compile(r"Code: (\d+)\. ")
_VERSION: Final = re.compile(r" \(version [^()]*(?:\([^()]*\))?\)")

_BAD_REQUEST: Final = frozenset(
    {6, 26, 27, 36, 38, 41, 43, 53, 62, 69, 70, 72, 80, 117, 130, 131, 184, 386, 427, 456, 457}
)
_NOT_FOUND: Final = frozenset({46, 47, 50, 56, 60, 73, 81, 115, 170})
_STATUS: Final[dict[int, int]] = {
    **dict.fromkeys(_BAD_REQUEST, 400),
    **dict.fromkeys(_NOT_FOUND, 404),
    194: 401,
    192: 403,
    193: 403,
    516: 403,
    159: 408,
    493: 413,
    202: 503,
    48: 501,
    344: 501,
}


class StoreError(Exception):
    """A refusal or failure of one request; raised anywhere between the socket and the engine.

    `code` is ClickHouse's error number, `name` its symbol (`READONLY`), `text` what the reader needs to know.
    """

    def __init__(self, code: int, name: str, text: str) -> None:
        super().__init__(f"Code: {code}. DB::Exception: {text} ({name})")
        self.code = code


def from_engine(error: BaseException) -> StoreError:
    """The engine's own message, with its number found in the text; 1001 (STD_EXCEPTION) when it has none."""
    text = str(error)
    found = _CODE.search(text)
    if found is None:
        return StoreError(1001, "STD_EXCEPTION", text or type(error).__name__)
    wrapped = StoreError(int(found.group(1)), "", "")
    wrapped.args = (_VERSION.sub("", text[found.start() :]).strip(),)
    return wrapped


def without_paths(error: StoreError, folder: str) -> StoreError:
    """The same failure without the places on the disk that the engine names in its messages."""
    told = StoreError(error.code, "", "")
    told.args = (_STORE_PATH.sub("…", str(error).replace(folder, "…")),)
    return told


_STORE_PATH: Final = re.compile(
    r"(?:…/?)?\bstore/[0-9a-f]{3}/[0-9a-f-]{36}/?|/(?:proc|dev|etc|tmp|home|root|var)/[\w./-]+"
)


def status_of(code: int) -> int:
    """The HTTP status a ClickHouse server answers with for this error number."""
    return _STATUS.get(code, 500)


def trailer(tag: str, text: str) -> bytes:
    """The block a server appends to a body whose query failed after the first bytes went out (25.11 and later)."""
    message = text.encode()
    body = f"{len(message)} {tag}\r\n__exception__\r\n".encode()
    return f"\r\n__exception__\r\n{tag}\r\n".encode() + message + b"\n" + body
