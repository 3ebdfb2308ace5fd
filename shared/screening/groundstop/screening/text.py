"""Views of a text: as written, folded to plain letters, and with what was hidden or encoded in it made visible.

A view carries the offsets back into the original, so that every finding points at what a human can look at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt
from groundstop.screening.findings import contains_any
from groundstop.screening.letters import DROPPED, LATIN, NO_LETTER, OTHER, PRETENDING, Codes, codes_of, letters, text_of

_CONTROLS = bytes(code for code in (*range(32), 127) if code not in (9, 10, 13))
_TERMINAL = re.compile(r"\x1b\[[0-9;?]{0,16}[A-Za-z]")
_TAG_FIRST, _TAG_LAST = 0xE0020, 0xE007E
_SELECTORS = ((0xFE00, 0xFE0F, 0), (0xE0100, 0xE01EF, 16))
_NEWLINE = 10

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One reading of the text. `origin[i]` is the original offset of character i; None means the identity.

    A decoded view has a single `span`, because its characters have no counterpart one by one.
    """

    name: str
    text: str
    origin: npt.NDArray[np.int64] | None = None
    span: tuple[int, int] | None = None

    def locate(self, start: int, end: int) -> tuple[int, int]:
        """The original span of view characters [start, end)."""
        if self.span is not None:
            return self.span
        if self.origin is None:
            return start, end
        if not len(self.origin):
            return 0, 0
        last = len(self.origin) - 1
        return int(self.origin[min(start, last)]), int(self.origin[min(max(end - 1, start), last)]) + 1


def folded(text: str) -> View:
    """The text with look-alikes, compatibility forms and accents folded, invisible and control characters dropped."""
    if "\x1b" in text:
        text = _TERMINAL.sub(lambda hit: "\x00" * len(hit.group()), text)
    if text.isascii():
        raw = text.encode("ascii")
        if len(raw.translate(None, _CONTROLS)) == len(raw):
            return View("plain", text)
    table = letters()
    codes = codes_of(text)
    plain = _unmasked(codes, table.becomes[codes])
    kept = plain != DROPPED
    origin = np.flatnonzero(kept)
    return _expanded(plain[kept], origin, table.expansions)


def _unmasked(codes: Codes, plain: Codes) -> Codes:
    """Letters of other scripts that pass for Latin ones become those, where they stand among Latin letters or where
    nothing of their line is true to their own script."""
    table = letters()
    kinds = table.kinds[codes]
    if not (kinds == PRETENDING).any():
        return plain
    kinds[plain == DROPPED] = LATIN  # what is not seen parts no word
    words = np.cumsum(kinds == NO_LETTER)
    lines = np.cumsum(codes == _NEWLINE)
    latin = np.bincount(words, weights=(kinds == LATIN) & (plain != DROPPED)) > 0
    true = np.bincount(lines, weights=kinds == OTHER) > 0
    masked: Mask = (kinds == PRETENDING) & (latin[words] | ~true[lines])
    return np.where(masked, table.passes[codes], plain)


def _expanded(plain: Codes, origin: npt.NDArray[np.int64], expansions: tuple[str, ...]) -> View:
    """Ligatures become their letters."""
    places = np.flatnonzero(plain < DROPPED)
    if not len(places):
        return View("folded", text_of(plain), origin)
    texts = [expansions[-2 - int(plain[at])] for at in places]
    sizes = np.ones(len(plain), dtype=np.int64)
    sizes[places] = [len(text) for text in texts]
    result = np.repeat(plain, sizes)
    result[np.repeat(plain < DROPPED, sizes)] = codes_of("".join(texts))
    return View("folded", text_of(result), np.repeat(origin, sizes))


_JOINERS = (0x200C, 0x200D)  # between letters of Arabic or Indic writing, or the parts of an emoji, they are spelling
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_MARKS_OF_DIRECTION = (0x200E, 0x200F, 0x061C)
_FIRST_JOINED = 0x600


def has_unseen(text: str) -> bool:
    """Whether anything in the text does not show in print."""
    return not text.isascii() and bool(letters().unseen[codes_of(text)].any())


def invisible_count(text: str) -> int:
    """How many characters of the text cannot be seen (zero width, direction marks, tags, selectors), less those that
    the spelling of Persian, Hindi or emoji asks for."""
    if not has_unseen(text):
        return 0
    codes = codes_of(text)
    unseen = letters().unseen[codes]
    hidden = unseen & (codes >= 0xA0) & ~_in(codes, 0xD800, 0xDFFF) & ~_in(codes, *_SELECTORS[0][:2])
    before = np.concatenate(([0], codes[:-1]))
    hidden &= ~(np.isin(codes, _JOINERS) & (before >= _FIRST_JOINED) & ~letters().unseen[before])
    if _RIGHT_TO_LEFT.search(text):
        hidden &= ~np.isin(codes, _MARKS_OF_DIRECTION)
    return int(hidden.sum())


def _in(codes: Codes, first: int, last: int) -> Mask:
    return (codes >= first) & (codes <= last)


_UNSEEN = re.compile(
    r"(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*[01](?:px|pt|em)?\b|opacity\s*:\s*0\b|color\s*:\s*(?:#fff(?:fff)?|white)"
    r"|aria-hidden=.true)[^<>]{0,120}>([^<>]{8,600})",
    re.IGNORECASE,
)
UNSEEN_MAX = 32  # comments and invisible elements of one window that are read apart
COMMENT_CHARS_MAX = 4_096


def _has_style(text: str) -> bool:
    low = text.lower()
    return contains_any(low, ("display", "visibility", "font-size", "opacity", "color", "aria-hidden"))


def unseen_markup(text: str) -> tuple[View, ...]:
    """What a browser does not show: comments, and elements styled away. Readers do not see it, models do."""
    found = list(islice(_comments(text), UNSEEN_MAX)) if "<!--" in text else []
    if "<" in text and _has_style(text):
        found += [hit.span(1) for hit in islice(_UNSEEN.finditer(text), UNSEEN_MAX)]
    return tuple(View("unseen_markup", text[start:end], None, (start, end)) for start, end in found)


def _comments(text: str) -> Iterator[tuple[int, int]]:
    """What stands between the signs of a comment; one that never ends is read to the next."""
    at = text.find("<!--")
    while at >= 0:
        end = text.find("-->", at + 4, at + COMMENT_CHARS_MAX)
        after = text.find("<!--", at + 4)
        stop = end if end >= 0 else min(len(text), at + COMMENT_CHARS_MAX, after if after >= 0 else len(text))
        if stop - at > 12:
            yield at + 4, stop
        at = text.find("<!--", max(stop, at + 4))


_SMUGGLERS = re.compile("[\u200b-\u200d\ufe00-\ufe0f\U000e0020-\U000e007e\U000e0100-\U000e01ef]")


def smuggled(text: str) -> tuple[View, ...]:
    """Texts written in Unicode tags or in variation selectors (one byte each), which no screen or reader shows."""
    if not has_unseen(text) or _SMUGGLERS.search(text) is None:
        return ()
    found = (_from_tags(text), _from_selectors(text), _from_zero_width_bits(text))
    return tuple(view for view in found if view is not None)


def _from_tags(text: str) -> View | None:
    hits = [i for i, c in enumerate(text) if _TAG_FIRST <= ord(c) <= _TAG_LAST]
    if len(hits) < 4:
        return None
    plain = "".join(chr(ord(text[i]) - 0xE0000) for i in hits)
    return View("unicode_tags", plain, None, (hits[0], hits[-1] + 1))


def _from_selectors(text: str) -> View | None:
    hits: list[tuple[int, int]] = []
    for i, char in enumerate(text):
        code = ord(char)
        for first, last, base in _SELECTORS:
            if first <= code <= last:
                hits.append((i, code - first + base))
    if len(hits) < 8:
        return None
    plain = bytes(byte for _, byte in hits).decode("utf-8", "replace")
    return View("variation_selectors", plain, None, (hits[0][0], hits[-1][0] + 1))


def _from_zero_width_bits(text: str) -> View | None:
    """Zero width space and non-joiner (or joiner) as bits, the common zero-width steganography."""
    hits = [i for i, c in enumerate(text) if c in "\u200b\u200c\u200d"]
    if len(hits) < 32:
        return None
    bits = "".join("0" if text[i] == "\u200b" else "1" for i in hits if text[i] != "\u200d" or "\u200c" not in text)
    span = (hits[0], hits[-1] + 1)
    return View("zero_width_bits", _bits_to_text(bits), None, span)


def _bits_to_text(bits: str) -> str:
    values = (int(bits[i : i + 8], 2) for i in range(0, len(bits) - 7, 8))
    return bytes(values).decode("utf-8", "replace")
