"""Texts inside texts: base64, hex, percent, entity, escape, binary, rot13, reversed and spaced writing, unwrapped."""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
from collections.abc import Callable, Iterator
from itertools import islice
from urllib.parse import unquote

from groundstop.screening.findings import contains_any, outline, outline_table
from groundstop.screening.ideas import ideas_of
from groundstop.screening.needles import Needles
from groundstop.screening.text import View, folded, smuggled

DEPTH_MAX = 3  # encodings inside encodings
VIEWS_MAX = 64  # decoded views of one window
DECODED_CHARS_MAX = 16_384  # of one view: a window's worth
DECODED_TOTAL_MAX = 49_152  # over all views of one window
UNREAD = "unread"  # name of the view that stands for what was not decoded any more
PLAIN_CHARS_MIN = 8
CANDIDATES_MAX = 200  # per encoding and window

_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,20000}={0,2}(?:\r?\n[A-Za-z0-9+/_-]{4,76}={0,2}){0,400}")
_BASE32 = re.compile(r"\b[A-Z2-7]{24,20000}={0,6}")
_HEX = re.compile(r"(?<![0-9a-fA-F])(?:\\x|0x)?[0-9a-fA-F]{2}(?:[ :,]?(?:\\x|0x)?[0-9a-fA-F]{2}){9,8200}")
_HEX_MARKS = re.compile(r"\\x|0x|[ :,]")
_BINARY = re.compile(r"[01]{8}(?:[ ,]?[01]{8}){4,2000}")
_DECIMAL = re.compile(r"\b\d{2,3}(?:[ ,]{1,2}\d{2,3}){9,1000}\b")
_SPACED = re.compile(r"(?:\b[A-Za-z][ ._*-]{1,3}){8,400}[A-Za-z]\b")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_ENTITY = re.compile(r"&(?:#\d{2,7}|#x[0-9A-Fa-f]{2,6}|[a-z]{2,8});")
_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}")

# Words with a digit or sign for a letter inside; a letter beyond f keeps hexadecimal numbers out.
_LEET_WORD = re.compile(
    r"(?<![\w-])(?=[a-fA-F0-9@$]{0,12}[g-zG-Z])(?=[0134578@$]?[A-Za-z]{1,12}[0134578@$])"
    r"[A-Za-z0134578@$]{4,16}(?![\w-])"
)
_LEET = str.maketrans("0134578@$", "oieastbas")
LEET_WORDS_MIN = 3

# rot13 and reversed forms of words that an instruction to an assistant can hardly avoid.
_ROT13_SIGNS = ("vtaber", "vafgehpg", "cebzcg", "erirny", "cnffjbeq", "flfgrz", "cerivbhf", "qvfertneq", "rknpgyl")
_REVERSED_SIGNS = ("erongi", "tcurtsni", "tpmorp", "laever", "drowssap", "metsys", "suoiverp", "dragersid")

_WORDED = Needles.of((_ROT13_SIGNS, _REVERSED_SIGNS))


def decoded_views(text: str, depth: int = DEPTH_MAX) -> tuple[View, ...]:
    """Everything that decodes to readable text, nested up to `depth`, at most VIEWS_MAX views."""
    found: list[View] = []
    seen = {text}
    chars = 0
    queue = [(View("plain", text), 0)]
    while queue and len(found) < VIEWS_MAX:
        parent, level = queue.pop(0)
        for view in _read(parent):
            if view.text in seen:
                continue
            if chars > DECODED_TOTAL_MAX or len(found) >= VIEWS_MAX:
                found.append(View(UNREAD, "", None, view.span))
                return tuple(found)
            seen.add(view.text)
            chars += len(view.text)
            found.append(view)
            if level + 1 < depth:
                queue.append((view, level + 1))
    return tuple(found)


def _read(parent: View) -> Iterator[View]:
    """What is written inside a view, folded, since a disguise may wear another; placed where the view is."""
    for view in _decode_once(parent.text):
        span = view.span if parent.span is None else parent.span
        name = view.name if parent.span is None else f"{parent.name}+{view.name}"
        yield View(name, folded(view.text).text, None, span)
        if parent.span is not None or not view.text.isascii():
            yield from (View(f"{name}+{inner.name}", inner.text, None, span) for inner in smuggled(view.text))


def _decode_once(text: str) -> Iterator[View]:
    possible = _possible(text)
    for name, pattern, decode in _SPANS:
        if name not in possible:
            continue
        for hit in islice(pattern.finditer(text), CANDIDATES_MAX):
            plain = decode(hit.group())
            if plain and _readable(plain):
                yield View(name, plain[:DECODED_CHARS_MAX], None, hit.span())
    yield from _decode_whole(text, possible)


def _decode_whole(text: str, possible: frozenset[str]) -> Iterator[View]:
    whole = (0, len(text))
    if text.count("%") > 3 and len(_PERCENT.findall(text[:DECODED_CHARS_MAX])) > 3:
        yield View("percent", unquote(text[:DECODED_CHARS_MAX]), None, whole)
    if "&" in text and _ENTITY.search(text):
        plain = html.unescape(text[:DECODED_CHARS_MAX])
        if plain != text[:DECODED_CHARS_MAX]:
            yield View("entities", plain, None, whole)
    if "\\" in text and _ESCAPE.search(text):
        yield View("escapes", _unescape(text[:DECODED_CHARS_MAX]), None, whole)
    if "leet" in possible and _leet_words(text) >= LEET_WORDS_MIN:
        yield View("leet", text[:DECODED_CHARS_MAX].translate(_LEET), None, whole)
    low = text.lower()
    worded = _WORDED.opened(low)
    if worded & 1:
        yield View("rot13", codecs.decode(text[:DECODED_CHARS_MAX], "rot13"), None, whole)
    if worded & 2:
        yield View("reversed", text[:DECODED_CHARS_MAX][::-1], None, whole)


def _leet_words(text: str) -> int:
    """How many words speak of something once their digits and signs are read as letters; codes and ids do not."""
    words = [word.translate(_LEET).lower() for word in _LEET_WORD.findall(text)]
    return sum(1 for bits in ideas_of(words) if bits)


def _readable(text: str) -> bool:
    """Printable nearly throughout: random bytes do not decode to that. What is inside may be encoded again."""
    head = folded(text[:400]).text
    printable = sum(1 for c in head if c.isprintable() or c in "\n\t\r")
    return len(head) >= PLAIN_CHARS_MIN and printable >= 0.95 * len(head) and "\ufffd" not in head[:64]


def _base64(blob: str) -> str:
    if blob.islower() or not blob.isascii() or (blob.isalpha() and blob[1:].islower()):
        return ""  # a word or a path: capitals are a quarter of what base64 writes
    lines = blob.split()
    return _base64_text(lines) or (_base64_text(lines[:-1]) or _base64_text(lines[:1]) if len(lines) > 1 else "")


def _base64_text(lines: list[str]) -> str:
    """The decoded lines; a word below the block may look like its last line, hence the tries without."""
    compact = "".join(lines).replace("-", "+").replace("_", "/").rstrip("=")[: DECODED_CHARS_MAX * 2]
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
    compact = blob if blob.isalnum() and "x" not in blob else _HEX_MARKS.sub("", blob)
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
    return " ".join(re.sub(r"[ ._*-]", "", word) for word in re.split(r"[ ._*-]{2,}", blob))


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda hit: chr(int(hit.group()[2:], 16)), text)


_SPANS: tuple[tuple[str, re.Pattern[str], Callable[[str], str]], ...] = (
    ("base64", _BASE64, _base64),
    ("base32", _BASE32, _base32),
    ("hex", _HEX, _hex),
    ("binary", _BINARY, _binary),
    ("decimal", _DECIMAL, _decimal),
    ("spaced", _SPACED, _spaced),
)
_SHAPE = outline_table(_0="0123456789", h="abcdefABCDEF", a="ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ")
_LETTERS = outline_table(a="h")
_HEXADECIMAL = outline_table(h="0")
_CAPITAL = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_RUN = outline_table(x=_CAPITAL + _CAPITAL.lower() + "0123456789+/_-")
_CAPITALS = outline_table(x=_CAPITAL + "234567")
_RUN_SIGN, _HEX_RUN = "x" * 16, "h" * 20  # shorter runs say nothing
# Substrings of the shape without which an encoding cannot occur; looking for them costs a tenth of the expression.
_HEX_SIGNS = ("hh hh hh hh", "hh:hh:hh:hh", "hh,hh,hh,hh", "\\xhh", "0xhh")
_DECIMAL_SIGNS = ("00 00 00", "000 000", "000,000", "00,00,00", "000, 000", "00, 00, 00", "00 000 00", "000 00 ")
_LEET_SIGNS = ("a0a", "a@a", "a$a")
_SPACED_SIGNS = ("a a a a", "a.a.a.a", "a_a_a_a", "a*a*a*a", "a-a-a-a", "a  a  a", "a . a . a", "a - a - a")


def _possible(text: str) -> frozenset[str]:
    """The span encodings that the text's outline leaves possible."""
    shape = outline(text, _SHAPE)
    found: set[str] = set()
    if _RUN_SIGN in outline(text, _RUN):
        found.add("base64")
        if _RUN_SIGN in outline(text, _CAPITALS):
            found.add("base32")
    hexadecimal = outline(shape, _HEXADECIMAL)
    if _HEX_RUN in hexadecimal or contains_any(hexadecimal, _HEX_SIGNS):
        found.add("hex")
    if "0100" in text or "0110" in text or "0111" in text:
        found.add("binary")
    if contains_any(shape, _DECIMAL_SIGNS):
        found.add("decimal")
    letters = outline(shape, _LETTERS)
    if contains_any(letters, _SPACED_SIGNS):
        found.add("spaced")
    if contains_any(letters, _LEET_SIGNS):
        found.add("leet")
    return frozenset(found)
