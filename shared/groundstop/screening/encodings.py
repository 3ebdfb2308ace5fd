"""Texts inside texts: base64, hex, percent, entity, escape, binary, rot13, reversed and spaced-out writing, unwrapped."""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from groundstop.screening.text import View

DEPTH_MAX = 3  # encodings inside encodings
VIEWS_MAX = 24  # decoded views of one text
DECODED_CHARS_MAX = 4_096
CANDIDATES_MAX = 12  # per encoding and text

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,8192}={0,2}(?:\r?\n[A-Za-z0-9+/_-]{4,76}={0,2}){0,100}")
_BASE32 = re.compile(r"\b[A-Z2-7]{24,4096}={0,6}")
_HEX = re.compile(r"(?:\\x|0x)?[0-9a-fA-F]{2}(?:[ :,]?(?:\\x|0x)?[0-9a-fA-F]{2}){9,4000}")
_BINARY = re.compile(r"[01]{8}(?:[ ,]?[01]{8}){4,2000}")
_DECIMAL = re.compile(r"\b\d{2,3}(?:[ ,]{1,2}\d{2,3}){9,1000}\b")
_SPACED = re.compile(r"(?:\b[A-Za-z][ ._*-]){8,400}[A-Za-z]\b")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_ENTITY = re.compile(r"&(?:#\d{2,7}|#x[0-9A-Fa-f]{2,6}|[a-z]{2,8});")
_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}")
_PLAUSIBLE = re.compile(r"[A-Za-z]{2,}")

# rot13 and reversed forms of words that an instruction to an assistant can hardly avoid.
_ROT13_SIGNS = ("vtaber", "vafgehpg", "cebzcg", "erirny", "cnffjbeq", "flfgrz", "cerivbhf", "qvfertneq", "rknpgyl")
_REVERSED_SIGNS = ("erongi", "erongI", "tcurtsni", "tpmorp", "laever", "drowssap", "metsys", "suoiverp", "dragersid")


def decoded_views(text: str, depth: int = DEPTH_MAX) -> tuple[View, ...]:
    """Everything that decodes to readable text, nested up to `depth`, at most VIEWS_MAX views."""
    found: list[View] = []
    queue = [(View("plain", text), 0)]
    while queue and len(found) < VIEWS_MAX:
        parent, level = queue.pop(0)
        for view in _decode_once(parent.text):
            placed = view if parent.span is None else View(f"{parent.name}+{view.name}", view.text, None, parent.span)
            found.append(placed)
            if level + 1 < depth:
                queue.append((placed, level + 1))
    return tuple(found[:VIEWS_MAX])


def _decode_once(text: str) -> Iterator[View]:
    for name, sign, pattern, decode in _SPANS:
        if sign is not None and not any(s in text for s in sign):
            continue
        for number, hit in enumerate(pattern.finditer(text)):
            if number >= CANDIDATES_MAX:
                break
            plain = decode(hit.group())
            if plain and _readable(plain):
                yield View(name, plain[:DECODED_CHARS_MAX], None, hit.span())
    yield from _decode_whole(text)


def _decode_whole(text: str) -> Iterator[View]:
    whole = (0, len(text))
    if text.count("%") > 3 and len(_PERCENT.findall(text[:DECODED_CHARS_MAX])) > 3:
        yield View("percent", unquote(text[:DECODED_CHARS_MAX]), None, whole)
    if "&" in text and _ENTITY.search(text):
        plain = html.unescape(text[:DECODED_CHARS_MAX])
        if plain != text[:DECODED_CHARS_MAX]:
            yield View("entities", plain, None, whole)
    if "\\" in text and _ESCAPE.search(text):
        yield View("escapes", _unescape(text[:DECODED_CHARS_MAX]), None, whole)
    low = text.lower()
    if any(sign in low for sign in _ROT13_SIGNS):
        yield View("rot13", codecs.decode(text[:DECODED_CHARS_MAX], "rot13"), None, whole)
    if any(sign in low for sign in _REVERSED_SIGNS):
        yield View("reversed", text[:DECODED_CHARS_MAX][::-1], None, whole)


def _readable(text: str) -> bool:
    """Mostly printable and with words in it: random bytes decode to neither."""
    head = text[:400]
    printable = sum(1 for c in head if c.isprintable() or c in "\n\t\r")
    return printable >= 0.95 * len(head) and len(_PLAUSIBLE.findall(head)) >= 1 and "\ufffd" not in head[:64]


def _base64(blob: str) -> str:
    compact = "".join(blob.split()).replace("-", "+").replace("_", "/").rstrip("=")[: DECODED_CHARS_MAX * 2]
    compact = compact[: len(compact) - (1 if len(compact) % 4 == 1 else 0)]
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4)).decode("utf-8")
    except (ValueError, binascii.Error):
        return ""


def _base32(blob: str) -> str:
    compact = blob.rstrip("=")
    try:
        return base64.b32decode(compact + "=" * (-len(compact) % 8)).decode("utf-8")
    except (ValueError, binascii.Error):
        return ""


def _hex(blob: str) -> str:
    compact = re.sub(r"\\x|0x|[ :,]", "", blob)
    try:
        return bytes.fromhex(compact[: len(compact) // 2 * 2]).decode("utf-8")
    except ValueError:
        return ""


def _binary(blob: str) -> str:
    bits = blob.replace(" ", "").replace(",", "")
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) - 7, 8)).decode("utf-8", "replace")


def _decimal(blob: str) -> str:
    codes = [int(part) for part in re.findall(r"\d+", blob)]
    return "".join(chr(code) for code in codes) if all(9 <= code < 127 for code in codes) else ""


def _spaced(blob: str) -> str:
    separator = blob[1]
    words = re.split(re.escape(separator) + r"{2,}", blob)
    return " ".join(word.replace(separator, "") for word in words)


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda hit: chr(int(hit.group()[2:], 16)), text)


_SPANS: tuple[tuple[str, tuple[str, ...] | None, re.Pattern[str], Callable[[str], str]], ...] = (
    ("base64", None, _BASE64, _base64),
    ("base32", None, _BASE32, _base32),
    ("hex", None, _HEX, _hex),
    ("binary", ("0100", "0110", "0111"), _BINARY, _binary),
    ("decimal", ("1",), _DECIMAL, _decimal),
    ("spaced", None, _SPACED, _spaced),
)
