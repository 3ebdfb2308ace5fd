"""Views of a text: as written, folded to plain letters, and with what was hidden or encoded in it made visible.

A view carries the offsets back into the original, so that every finding points at what a human can look at.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import islice

from groundstop.screening.findings import contains_any

# Cyrillic, Greek, Armenian, Lisu and extended Latin letters that pass for a Latin letter in print (after Unicode TR39).
_LOOKALIKES = dict(
    zip(
        "абвгеіјкмнорсѕтухԁһԛԝѵҮАВЕЅІЈКМНОРСТУХԚԜαβεικνορτυχγΑΒΕΖΗΙΚΜΝΟΡΤΥΧɡɑօսոԍѡıⅼӏǃꓲꓮꓐꓚꓓꓰꓝꓖꓧꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜℓ",
        "abbreijkmhopcstyxdhqwvYABESIJKMHOPCTYXQWaBeikvoptuxyABEZHIKMNOPTYXgaoungwillllIABCDEFGHJKLMNOPRSTUVWXYZl",
        strict=False,
    )
)
_LOOKALIKE_LETTERS = frozenset(_LOOKALIKES)
_INVISIBLE = frozenset(
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\u3164\ufeff\uffa0"
)
_CONTROL_OR_WIDE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[^\x00-\x7f]")
EXPANSION_MAX = 3  # letters that one ligature may become; a few become eighteen
_TAG_FIRST, _TAG_LAST = 0xE0020, 0xE007E
_SELECTORS = ((0xFE00, 0xFE0F, 0), (0xE0100, 0xE01EF, 16))


@dataclass(frozen=True, slots=True)
class View:
    """One reading of the text. `origin[i]` is the original offset of character i; None means the identity.

    A decoded view has a single `span`, because its characters have no counterpart one by one.
    """

    name: str
    text: str
    origin: tuple[int, ...] | None = None
    span: tuple[int, int] | None = None

    def locate(self, start: int, end: int) -> tuple[int, int]:
        """The original span of view characters [start, end)."""
        if self.span is not None:
            return self.span
        if self.origin is None:
            return start, end
        if not self.origin:
            return 0, 0
        last = len(self.origin) - 1
        return self.origin[min(start, last)], self.origin[min(max(end - 1, start), last)] + 1


def folded(text: str) -> View:
    """The text with look-alikes, compatibility forms and accents folded, invisible and control characters dropped."""
    if _CONTROL_OR_WIDE.search(text) is None:
        return View("plain", text)
    parts: list[str] = []
    origin: list[int] = []
    known: dict[str, str] = {}  # a text has few different characters; each is folded once
    foreign: dict[str, str] = {}
    written = _other_scripts(text)
    done = 0
    for hit in _CONTROL_OR_WIDE.finditer(text):
        at = hit.start()
        parts.append(text[done:at])
        origin.extend(range(done, at))
        table, fold = (foreign, _decomposed) if at in written else (known, _fold_char)
        plain = table.get(text[at])
        if plain is None:
            plain = table[text[at]] = fold(text[at])
        parts.append(plain)
        origin.extend([at] * len(plain))
        done = at + 1
    parts.append(text[done:])
    origin.extend(range(done, len(text)))
    return View("folded", "".join(parts), tuple(origin))


_OTHER_WORD = re.compile(r"(?<![A-Za-z])[\u0370-\u03ff\u0400-\u058f]{3,}(?![A-Za-z])")


def _other_scripts(text: str) -> frozenset[int]:
    """Positions of words truly Cyrillic, Greek or Armenian: no Latin letter in them, and one that passes for none."""
    return frozenset(
        at
        for hit in _OTHER_WORD.finditer(text)
        if not _LOOKALIKE_LETTERS.issuperset(hit.group())
        for at in range(*hit.span())
    )


def _fold_char(char: str) -> str:
    if char in _INVISIBLE or char < " " or char == "\x7f":
        return ""
    if char in _LOOKALIKES:
        return _LOOKALIKES[char]
    code = ord(char)
    if 0xD800 <= code <= 0xDFFF or _TAG_FIRST - 32 <= code <= _TAG_LAST + 1:
        return ""
    if any(first <= code <= last for first, last, _ in _SELECTORS):
        return ""
    if 0x1F1E6 <= code <= 0x1F1FF:  # regional indicators spell words in boxed letters
        return chr(code - 0x1F1E6 + ord("a"))
    return "".join(_LOOKALIKES.get(c, c) for c in _decomposed(char))


def _decomposed(char: str) -> str:
    """The compatibility form without marks."""
    kept = [c for c in unicodedata.normalize("NFKD", char)[:EXPANSION_MAX] if not unicodedata.combining(c)]
    return "".join(kept)


def invisible_count(text: str) -> int:
    """How many characters of the text cannot be seen (zero width, direction marks, tags, selectors)."""
    if text.isascii():
        return 0
    return sum(1 for hit in _CONTROL_OR_WIDE.finditer(text) if _is_smuggler(hit.group()))


def _is_smuggler(char: str) -> bool:
    return char in _INVISIBLE or _TAG_FIRST <= ord(char) <= _TAG_LAST or 0xE0100 <= ord(char) <= 0xE01EF


_COMMENT = re.compile(r"<!--(.{8,600}?)(?:-->|$)", re.DOTALL)
_UNSEEN = re.compile(
    r"(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*[01](?:px|pt|em)?\b|opacity\s*:\s*0\b|color\s*:\s*(?:#fff(?:fff)?|white)"
    r"|aria-hidden=.true)[^<>]{0,120}>([^<>]{8,600})",
    re.IGNORECASE,
)
UNSEEN_MAX = 8  # comments and invisible elements of one text that are read apart


def _has_style(text: str) -> bool:
    low = text.lower()
    return contains_any(low, ("display", "visibility", "font-size", "opacity", "color", "aria-hidden"))


def unseen_markup(text: str) -> tuple[View, ...]:
    """What a browser does not show: comments, and elements styled away. Readers do not see it, models do."""
    hits = list(islice(_COMMENT.finditer(text), UNSEEN_MAX)) if "<!--" in text else []
    hits += list(islice(_UNSEEN.finditer(text), UNSEEN_MAX)) if "<" in text and _has_style(text) else []
    return tuple(View("unseen_markup", hit.group(1), None, hit.span(1)) for hit in hits)


_SMUGGLERS = re.compile("[\u200b-\u200d\ufe00-\ufe0f\U000e0020-\U000e007e\U000e0100-\U000e01ef]")


def smuggled(text: str) -> tuple[View, ...]:
    """Texts written in Unicode tags or in variation selectors (one byte each), which no screen or reader shows."""
    if text.isascii() or _SMUGGLERS.search(text) is None:
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
