"""Makes the table of letters that pass for others: python -m bench.judgement.make_letters [--check]

Facts: Unicode's confusables (Technical Standard 39, as the PyPI package confusable-homoglyphs 3.3.1 ships them, MIT;
the data are Unicode, Inc.'s, under the Unicode License V3), compatibility decompositions and names (Python's own
unicodedata), and the property Default_Ignorable_Code_Point (PyPI package regex). None of these packages is needed at
run time.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import unicodedata
from collections import defaultdict
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.judgement.data import ROOT

TARGET = ROOT / "shared" / "screening" / "groundstop" / "screening" / "data" / "letters.json"
EXPANSION_MAX = 3  # letters that one ligature may become; a few would become eighteen
_NAMED = re.compile(
    r"(?:LATIN|SQUARED LATIN|NEGATIVE (?:CIRCLED|SQUARED) LATIN|REGIONAL INDICATOR SYMBOL|TURNED|MATHEMATICAL [A-Z -]+)"
    r"(?: (?P<case>CAPITAL|SMALL))?(?: LETTER)?(?: SMALL CAPITAL| SCRIPT| DOTLESS| LONG)?(?: LETTER)? "
    r"(?P<letter>[A-Z])(?: WITH .*)?$"
)


@cache
def _packages() -> tuple[Any, dict[str, list[dict[str, str]]]]:
    regex = import_module("regex")
    home = Path(str(import_module("confusable_homoglyphs").__file__)).parent
    return regex, json.loads((home / "confusables.json").read_text(encoding="utf-8"))


def has(char: str, prop: str) -> bool:
    """Whether the character has a Unicode property."""
    return _packages()[0].match(rf"\p{{{prop}}}", char) is not None


def unseen(char: str) -> bool:
    """Default-ignorable, a format or control character, a lone surrogate: nothing of it is seen in print."""
    return has(char, "Default_Ignorable_Code_Point") or (
        unicodedata.category(char) in ("Cf", "Cc", "Cs") and char not in "\t\n\r\x85"
    )


def mark(char: str) -> bool:
    """An accent, point or stroke on a letter; the vowel signs of Indic and Thai writing are letters of their own."""
    if unicodedata.category(char) not in ("Mn", "Me"):
        return False
    return any(has(char, f"Script={name}") for name in ("Inherited", "Arabic", "Hebrew", "Cyrillic", "Greek", "Latin"))


def plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not mark(c) and not unicodedata.combining(c))


def look_alike(char: str) -> str:
    """The ASCII letter that the character passes for, by itself or, for a small letter, as its capital; or nothing."""
    other = char.upper()
    return _confusable(char) or (_confusable(other).lower() if len(other) == 1 and other != char else "")


def _confusable(char: str) -> str:
    found = {plain(other["c"]) for other in _packages()[1].get(char, ())}
    letters = sorted(one for one in found if len(one) == 1 and one.isascii() and one.isalpha())
    if not letters:
        return ""
    capital = unicodedata.category(char) in ("Lu", "Lo", "Nl")
    return "I" if letters[0] == "l" and capital else letters[0]


def named(char: str) -> str:
    """The letter in the character's own name: LATIN SMALL LETTER O WITH STROKE is an o."""
    hit = _NAMED.match(unicodedata.name(char, ""))
    return "" if hit is None else hit["letter"] if hit["case"] == "CAPITAL" else hit["letter"].lower()


def always(char: str) -> str | None:
    """What a character stands for wherever it is; None when it stands for itself."""
    if unicodedata.category(char) == "Zs":
        return " "
    if unicodedata.category(char) in ("Zl", "Zp"):
        return "\n"
    if unicodedata.category(char) == "Nd":
        return str(unicodedata.digit(char))
    if mark(char):
        return ""
    if "HANGUL SYLLABLE" in unicodedata.name(char, "") or has(char, "Script=Hiragana"):
        return None
    if has(char, "Script=Cyrillic") or has(char, "Script=Devanagari"):
        return None if unicodedata.normalize("NFKC", char) == char else unicodedata.normalize("NFKC", char)
    text = re.sub(r"^\((\w+)\)$", r"\1", plain(char))[:EXPANSION_MAX].strip()
    if text and text != char:
        return text
    living = char.isalpha() and not has(char, "Script=Latin") and not has(char, "Script=Common")
    return (named(char) or ("" if living else look_alike(char))) or None


def tables() -> dict[str, Any]:
    """`always` and `pretending` by what the characters become, `unseen` as ranges of code points."""
    stands: dict[str, list[str]] = defaultdict(list)
    passes: dict[str, list[str]] = defaultdict(list)
    hidden = []
    for code in range(0x110000):
        char = chr(code)
        if code < 0x80 and not unseen(char):
            continue
        if unseen(char):
            hidden.append(code)
        elif (text := always(char)) is not None:
            stands[text].append(char)
        elif char.isalpha() and (letter := look_alike(char)):
            passes[letter].append(char)
    return {
        "source": "Unicode confusables (TS 39), decompositions, Default_Ignorable_Code_Point; by make_letters.py",
        "licence": "Unicode License V3, https://www.unicode.org/license.txt",
        "always": {text: "".join(chars) for text, chars in sorted(stands.items())},
        "pretending": {text: "".join(chars) for text, chars in sorted(passes.items())},
        "unseen": ranges(hidden),
    }


def ranges(codes: list[int]) -> list[list[int]]:
    result: list[list[int]] = []
    for code in codes:
        if result and result[-1][1] == code - 1:
            result[-1][1] = code
        else:
            result.append([code, code])
    return result


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the table in the package is this one")
    chosen = parser.parse_args()
    made = json.dumps(tables(), ensure_ascii=False, indent=0) + "\n"
    if chosen.check:
        sys.exit(TARGET.read_text(encoding="utf-8") != made)
    TARGET.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
