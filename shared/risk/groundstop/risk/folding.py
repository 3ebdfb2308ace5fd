"""Text as a person reads it: look-alike letters, invisible characters and compatibility forms folded to plain ones."""

from __future__ import annotations

import re
import unicodedata
from types import MappingProxyType

# Letters of other alphabets that are drawn like Latin ones (Unicode TR 39 lists them all; these are the ones
# that occur in identifiers). One string per alphabet, pairs aligned by position.
_LOOK_ALIKE = MappingProxyType(
    str.maketrans(
        "авекмнорстухіјѕԁԛԝһӏьАВЕКМНОРСТУХІЈЅԌԚԜҺ" + "αβεικνορτυχγωϲΑΒΕΖΗΙΚΜΝΟΡΤΥΧ" + "ɑɡıłøđƅℓ" + "աօսցհոռ",
        "abekmhopctyxijsdqwhlbABEKMHOPCTYXIJSGQWH" + "abeikvoptuxywcABEZHIKMNOPTYX" + "agiloddl" + "wougHnn".lower(),
    )
)
_INVISIBLE_CATEGORIES = frozenset({"Cf", "Cc", "Co", "Cn", "Cs", "Mn", "Me"})
_PLAIN_SPACE = frozenset(" \t\n\r")
_NO_CONTROL = MappingProxyType(dict.fromkeys((*range(9), *range(11, 13), *range(14, 32), 127)))
DIGITS_AS_LETTERS = MappingProxyType(str.maketrans("01345789@$|!", "oleastbgasll"))


def fold(text: str) -> str:
    """``text`` in compatibility form, without invisible characters, look-alike letters replaced by Latin ones."""
    if text.isascii():
        return text if text.isprintable() else text.translate(_NO_CONTROL)
    composed = unicodedata.normalize("NFKD", text)
    visible = (c for c in composed if c in _PLAIN_SPACE or unicodedata.category(c) not in _INVISIBLE_CATEGORIES)
    return "".join(visible).translate(_LOOK_ALIKE)


def has_invisible(text: str) -> bool:
    """True when ``text`` holds zero-width, bidirectional, control or unassigned characters."""
    if text.isascii() and text.isprintable():
        return False
    return any(unicodedata.category(c) in {"Cf", "Cc", "Co", "Cn", "Cs"} and c not in _PLAIN_SPACE for c in text)


def imitates_latin(text: str) -> bool:
    """True when a word of ``text`` mixes Latin letters with look-alikes of another alphabet or of a compatibility
    block, or is made of look-alikes alone. A word that is honestly Russian has letters that no Latin one is like."""
    if text.isascii():
        return False
    return any(_imitates(word) for word in _WORDS.findall(text) if not word.isascii())


_WORDS = re.compile(r"[^\W_]+")


def _imitates(word: str) -> bool:
    letters = [c for c in word if c.isalpha()]
    like = [c for c in letters if not c.isascii() and fold(c).isascii() and fold(c) and not _accented(c)]
    if not like:
        return False
    return any(c.isascii() or _accented(c) for c in letters) or len(like) == len(letters)


def _accented(letter: str) -> bool:
    """An honest Latin letter with an accent decomposes into a plain one; a look-alike does not."""
    parts = unicodedata.normalize("NFD", letter)
    return len(parts) > 1 and parts[0].isascii()
