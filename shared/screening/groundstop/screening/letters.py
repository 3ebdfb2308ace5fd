"""The table of letters that pass for others, as arrays: what each code point becomes, and what kind of letter it is.

Made by bench/judgement/make_letters.py from Unicode's own data; nothing here is typed by hand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

LETTERS_FILE = "letters.json"
CODES = 0x110000
LETTER_CODES = 0x20000  # beyond lie rare ideographs, which are letters of their own
DROPPED = -1
NO_LETTER, LATIN, PRETENDING, OTHER = 0, 1, 2, 3

Codes = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Letters:
    """Arrays by code point. `becomes`: another code point, DROPPED, or -2 - n for `expansions[n]`.

    `passes`: the ASCII letter that a letter of another script passes for, or 0. `kinds`: NO_LETTER, LATIN, PRETENDING
    or OTHER. `unseen`: nothing of it shows in print.
    """

    becomes: Codes
    passes: Codes
    kinds: npt.NDArray[np.int8]
    unseen: npt.NDArray[np.bool_]
    expansions: tuple[str, ...]


@cache
def letters() -> Letters:
    """The packaged table, read once. Raises FileNotFoundError when the package is incomplete."""
    raw = resources.files("groundstop.screening").joinpath("data", LETTERS_FILE).read_text(encoding="utf-8")
    return parsed(json.loads(raw))


def parsed(tables: dict[str, Any]) -> Letters:
    """The arrays of a table as `make_letters` writes it."""
    becomes = np.arange(CODES, dtype=np.int32)
    passes = np.zeros(CODES, dtype=np.int32)
    expansions: list[str] = []
    for text, chars in tables["always"].items():
        value = DROPPED if not text else ord(text) if len(text) == 1 else -2 - len(expansions)
        expansions += [text] if len(text) > 1 else []
        becomes[[ord(char) for char in chars]] = value
    for text, chars in tables["pretending"].items():
        passes[[ord(char) for char in chars]] = ord(text)
    unseen = np.zeros(CODES, dtype=np.bool_)
    for first, last in tables["unseen"]:
        unseen[int(first) : int(last) + 1] = True
    becomes[unseen] = DROPPED
    return Letters(becomes, passes, _kinds(becomes, passes), unseen, tuple(expansions))


def _kinds(becomes: Codes, passes: Codes) -> npt.NDArray[np.int8]:
    kinds = np.full(CODES, OTHER, dtype=np.int8)
    alphabetic = np.fromiter((chr(code).isalpha() for code in range(LETTER_CODES)), bool, LETTER_CODES)
    kinds[:LETTER_CODES][~alphabetic] = NO_LETTER
    small, capital = (becomes >= ord("a")) & (becomes <= ord("z")), (becomes >= ord("A")) & (becomes <= ord("Z"))
    kinds[small | capital | (becomes < DROPPED)] = LATIN
    kinds[passes > 0] = PRETENDING
    return kinds


def codes_of(text: str) -> Codes:
    """The code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<i4")


def text_of(codes: Codes) -> str:
    """The text of code points."""
    return codes.astype("<i4").tobytes().decode("utf-32-le", "surrogatepass")
