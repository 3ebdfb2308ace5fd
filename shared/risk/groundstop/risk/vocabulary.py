"""Looking words up: inflected forms, prefixes, nouns of agency and double meanings, from the tables beside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from groundstop.risk.nouns import NOUNS_TOO, SENSES
from groundstop.risk.verbs import FAMILIES, Family
from groundstop.vocabulary import Risk

_PREFIXES = ("un", "re", "bulk", "batch", "mass", "multi", "auto", "force", "hard", "soft", "over")
_ACTION_SUFFIXES = (
    ("ification", ("ify",)),
    ("ation", ("e", "ate", "")),
    ("tion", ("te", "t")),
    ("sion", ("d", "de", "t", "se")),
    ("al", ("e", "")),
    ("ment", ("",)),
)
_STEM_CHARS_MIN = 4


@dataclass(frozen=True, slots=True)
class Word:
    """A verb form: its base, its family, the form (base, third, ing) and whether it is a noun as well."""

    base: str
    family: Family
    form: str
    noun_too: bool

    @property
    def changes(self) -> bool:
        """True when the verb means that something changes."""
        return self.family.risk is not Risk.SAFE


def _forms(base: str) -> tuple[tuple[str, str], ...]:
    """The written forms that act as a finite verb, with the rule that makes each."""
    if base.endswith(("s", "x", "z", "ch", "sh", "o")):
        third = base + "es"
    elif base.endswith("y") and base[-2:-1] not in "aeiou":
        third = base[:-1] + "ies"
    else:
        third = base + "s"
    ings: tuple[str, ...] = (base + "ing",)
    if base.endswith("e") and not base.endswith(("ee", "oe")):
        ings = (base[:-1] + "ing",)
    elif len(base) > 2 and base[-1] not in "aeiouwxy" and base[-2] in "aeiou" and base[-3] not in "aeiou":
        ings = (base + base[-1] + "ing", base + "ing")
    return ((base, "base"), (third, "third"), *((ing, "ing") for ing in ings))


def _vocabulary() -> dict[str, Word]:
    words: dict[str, Word] = {}
    for family in FAMILIES:
        for base in family.words.split():
            if "_" in base:
                continue
            noun_too = base in NOUNS_TOO
            for form, kind in _forms(base):
                words.setdefault(form, Word(base, family, kind, noun_too))
    return words


def word_of(token: str) -> Word | None:
    """The verb that ``token`` is: a known form, or a known verb behind a prefix ("unresolve", "bulkdelete")."""
    word = VOCABULARY.get(token)
    if word is not None or len(token) < 6:
        return word
    for prefix in _PREFIXES:
        if token.startswith(prefix):
            inner = VOCABULARY.get(token[len(prefix) :])
            if inner is not None and len(inner.base) >= _STEM_CHARS_MIN and (inner.changes or inner.base in SENSES):
                changed = inner.family if inner.changes else VOCABULARY["update"].family
                return Word(token, changed, inner.form, inner.noun_too)
    return None


def agent_noun(token: str) -> Word | None:
    """The verb inside a noun of agency: "reader" reads, "updater" updates."""
    if not token.endswith(("er", "or", "ers")) or len(token) < 6:
        return None
    stem = token.rstrip("s")[:-2]
    for base in (stem, stem + "e", stem[:-1]):
        word = VOCABULARY.get(base)
        if word is not None and word.form == "base":
            return word
    return None


def action_noun(token: str) -> Word | None:
    """The changing verb inside a noun of action: "deletion" deletes, "removal" removes, "payment" pays."""
    for suffix, endings in _ACTION_SUFFIXES:
        if token.endswith(suffix) and len(token) > len(suffix) + 2:
            stem = token[: -len(suffix)]
            for ending in endings:
                word = VOCABULARY.get(stem + ending) or (
                    VOCABULARY.get(stem[:-1]) if stem[-2:-1] == stem[-1:] else None
                )
                if word is not None and word.form == "base" and word.changes:
                    return word
    return None


def in_sense(word: Word, around: Iterable[str]) -> Word:
    """The word as its object makes it mean: "resolve" an id looks, "resolve" an incident closes."""
    sense = SENSES.get(word.base)
    if sense is None or (word.base == "return" and word.form != "base"):
        return word
    objects, with_them, otherwise = sense
    chosen = VOCABULARY[with_them if not objects.isdisjoint(around) else otherwise]
    return Word(word.base, chosen.family, word.form, word.noun_too)


VOCABULARY: Mapping[str, Word] = MappingProxyType(_vocabulary())
COMPOUNDS: Mapping[tuple[str, ...], Word] = MappingProxyType(
    {
        (*base.split("_"),): Word(base.replace("_", " "), family, "base", False)
        for family in FAMILIES
        for base in family.words.split()
        if "_" in base
    }
)
