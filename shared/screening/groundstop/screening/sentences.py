"""A text cut into its sentences, cells, values, comments and lines: each with the ideas of its words, in one pass.

Everything that parts one text from another becomes a line break of the same length, so that offsets stay what they are.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import NamedTuple

from groundstop.screening.ideas import ideas_of, signs_of, unspaced

WORDS_MAX = 48  # of one sentence; a longer one is read in pieces
WORDS_MIN = 2
PIECE_CHARS = 320
JSON_SIGNS_MIN = 3

WORD = re.compile(r"[a-z']+|[0-9]+|[,:]|[^\x00-\x7f]+")
_OTHER = "\x1a"  # stands for a character beyond ASCII where only the breaks matter
_BREAKS = bytes.maketrans(b"|<>{}[]\t\r", b"\n" * 9)
_BREAKS_JSON = bytes.maketrans(b'|<>{}[]\t\r"', b"\n" * 10)
_WIDE_BREAKS = "\u3002\u0964\u2022\u00b7"
# Same length on both sides.
_PARTED = tuple(
    (sign, sign[: len(sign) - 1] + b"\n")
    for sign in (
        b". ",
        b"? ",
        b"! ",
        b"; ",
        b"\\n",
        b"\\r",
        b"\\t",
        b"   ",
        b" - ",
        b': "',
        b"*/",
        b"/*",
        b"--",
        b" # ",
        b" // ",
    )
)
_CELL = re.compile(rb",(?=[^\s\d])")


class Sentence(NamedTuple):
    """A part of the text: its span, its words, the ideas of each, and of all together."""

    start: int
    end: int
    words: list[str]
    ideas: list[int]
    mask: int


def _marked(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return _OTHER * (error.end - error.start), error.end


codecs.register_error("groundstop.other", _marked)


def parted(text: str) -> bytes:
    """The text, one byte a character, with a line break wherever a sentence, a cell, a value or a comment ends."""
    raw = text.encode("ascii", "groundstop.other")
    escaped = b"\\" in raw
    if escaped:
        raw = raw.replace(b'\\"', b" '")
    structured = raw.count(b'":') + raw.count(b'",') >= JSON_SIGNS_MIN or raw[:1] in b"{["
    result = raw.translate(_BREAKS_JSON if structured else _BREAKS)
    for sign, end in _PARTED:
        result = result.replace(sign, end)
    if result.count(b",") > 2 * result.count(b", ") + 4:
        result = _CELL.sub(b"\n", result)
    return result


def lowered(text: str) -> str:
    """Lower case, as long as it was; the full stops and bullets of other scripts as line breaks."""
    low = text.lower()
    if len(low) != len(text):
        low = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    if not low.isascii():
        for sign in _WIDE_BREAKS:
            low = low.replace(sign, "\n")
        low = _WIDE_END.sub("\n", low)
    return low


_WIDE_END = re.compile(r"[.!?](?=[^\x00-\x7f])")


def sentences(text: str) -> list[Sentence]:
    """Every part of a folded text that has words enough to say something, in order."""
    low = lowered(text)
    result: list[Sentence] = []
    at = 0
    for line in parted(low).split(b"\n"):
        end = at + len(line)
        if end - at > 7 and (line.count(b" ") > 1 or b"\x1a" in line):
            if end - at <= PIECE_CHARS:
                _take(low[at:end], at, result)
            else:
                for piece, start in _pieces(low[at:end], at):
                    _take(piece, start, result)
        at = end + 1
    return result


def _pieces(line: str, at: int) -> Iterator[tuple[str, int]]:
    """A long line in pieces that end between words."""
    done = 0
    while done < len(line):
        end = min(len(line), done + PIECE_CHARS)
        if end < len(line):
            blank = line.rfind(" ", done + PIECE_CHARS // 2, end)
            end = blank + 1 if blank > 0 else end
        yield line[done:end], at + done
        done = end


def _take(line: str, at: int, result: list[Sentence]) -> None:
    words = WORD.findall(line)
    if len(words) < WORDS_MIN:
        return
    found = ideas_of(words)
    if not line.isascii() and unspaced(line):
        words, found = _split(words, found)
    mask = 0
    for bits in found:
        mask |= bits
    result.append(Sentence(at, at + len(line), words, found, mask))


def _split(words: list[str], found: list[int]) -> tuple[list[str], list[int]]:
    """Runs without spaces as the signs that they hold."""
    parts: list[str] = []
    bits: list[int] = []
    for word, known in zip(words, found, strict=True):
        signs = signs_of(word) if not word.isascii() else []
        parts += [word[:4]] * len(signs) or [word]
        bits += signs or [known]
    return parts, bits
