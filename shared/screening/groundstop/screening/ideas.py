"""What words speak of, whatever their language: an idea is a bit, a word a set of bits. The table is data/ideas.txt.

Latin, Cyrillic, Arabic and Korean words are looked up whole or by how they begin; a run of a script without spaces is
searched for every sign it holds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

import ahocorasick
from groundstop.screening.text import folded

IDEAS_FILE = "ideas.txt"
KNOWN_MAX = 40_000  # words whose ideas are kept
STEM_CHARS_MIN = 2
STEM_CHARS_MAX = 12
WORD_CHARS_MAX = 24  # a longer run of letters is no word
_UNSPACED = ("zh", "ja")
_VERB_LAST = ("tr", "ja", "ko", "hi")
_CONJUNCTIONS = ("و", "ف", "ل", "ب", "ال", "وال", "لل", "بال")  # written together with the word they precede
_RUNS = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")


@dataclass(frozen=True, slots=True)
class Ideas:
    """`names[i]` is the idea of bit i; `final` is the bit of verbs that end their sentence."""

    names: tuple[str, ...]
    bits: dict[str, int]
    words: dict[str, int]
    stems: dict[str, int]
    signs: ahocorasick.Automaton
    final: int


@cache
def ideas() -> Ideas:
    """The packaged table, read once. Raises FileNotFoundError when the package is incomplete."""
    raw = resources.files("groundstop.screening").joinpath("data", IDEAS_FILE).read_text(encoding="utf-8")
    return parsed(raw)


def parsed(raw: str) -> Ideas:
    """The ideas of a table as `data/ideas.txt` has it."""
    rows = [line.split() for line in raw.splitlines() if line and not line.startswith("#")]
    names = tuple(dict.fromkeys(row[0] for row in rows))
    bits = {name: 1 << at for at, name in enumerate(names)}
    final = 1 << len(names)
    exact: dict[str, int] = {}
    stems: dict[str, int] = {}
    signs: dict[str, int] = {}
    for name, language, *entries in rows:
        bit = bits[name] | (final if language in _VERB_LAST else 0)
        for entry in entries:
            plain = folded(entry.rstrip("*")).text.lower()
            table = signs if language in _UNSPACED else stems if entry.endswith("*") else exact
            for form in {plain, entry.rstrip("*").lower()}:
                table[form] = table.get(form, 0) | bit
    automaton = ahocorasick.Automaton()
    for sign, bit in signs.items():
        automaton.add_word(sign, (len(sign), bit))
    automaton.make_automaton()
    return Ideas(names, bits, exact, stems, automaton, final)


_known: dict[str, int] = {}


def ideas_of(words: list[str]) -> list[int]:
    """The ideas of lower-cased, folded words, in their order; 0 for a word that speaks of none."""
    if len(_known) > KNOWN_MAX:
        _known.clear()
    get = _known.get
    found = list(map(get, words))
    if None in found:
        return [_learnt(word) if bits is None else bits for word, bits in zip(words, found, strict=True)]
    return found  # type: ignore[return-value]  # no None is left


def _learnt(word: str) -> int:
    """The ideas of a word not met before; kept, unless it is long or of no letters: no secret stays in memory here."""
    bits = _looked_up(word[:WORD_CHARS_MAX])
    if len(word) <= WORD_CHARS_MAX:
        _known[word] = bits
    return bits


def _looked_up(word: str) -> int:
    table = ideas()
    found = table.words.get(word, 0)
    for size in range(min(len(word), STEM_CHARS_MAX), STEM_CHARS_MIN - 1, -1):
        found |= table.stems.get(word[:size], 0)
    if found or word.isascii():
        return found
    for prefix in _CONJUNCTIONS:
        if word.startswith(prefix) and len(word) > len(prefix) + 2:
            found |= table.words.get(word[len(prefix) :], 0)
    return found


def unspaced(word: str) -> bool:
    """Whether a run of letters belongs to a script that writes no spaces."""
    return _RUNS.search(word) is not None


def signs_of(run: str) -> list[int]:
    """The ideas of a run without spaces, in their order; of overlapping signs each counts."""
    return [bits for _, (_, bits) in ideas().signs.iter(run)]
