"""What a tool's name says: its tokens, and the verb among them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from groundstop.policy.risk.evidence import Evidence
from groundstop.policy.risk.folding import DIGITS_AS_LETTERS, fold, has_invisible, imitates_latin
from groundstop.policy.risk.verbs import (
    ACTION_NOUN_FOLLOWERS,
    COMPOUNDS,
    LIGHT_VERBS,
    LOOKING_OBJECTS,
    REPORTING_NOUNS,
    VOCABULARY,
    Word,
)
from groundstop.words import Risk

NAME_CHARS_MAX = 160
_TOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_ODD = re.compile(r"[^A-Za-z0-9 _\-./:]")
_SHELL_CHARACTERS = frozenset(";|&$`<>(){}[]!*?\"'\\\n\r\t~#%^=+")
_JOINERS = frozenset("and or then plus also with n".split())
_FILLER = frozenset("mcp api tool tools function v a an the of".split())
# Prefixes long and plain enough that a run-together name ("deleteuser") can be told apart by them.
_RUN_TOGETHER = tuple(
    "delete remove create update insert destroy execute transfer purge truncate terminate upload publish "
    "send write drop wipe erase revoke cancel refund get list fetch search find read".split()
)
_SURE_RUN_TOGETHER = frozenset("get list fetch search find read".split())
_COMMAND_WORDS = frozenset("rm sudo bash sh eval curl wget powershell".split())


@dataclass(frozen=True, slots=True)
class Reading:
    """A verb found in a name or sentence: what it means and how sure that is (1.0 plain, 0.3 a guess)."""

    word: Word
    sure: float

    @property
    def changes(self) -> bool:
        """True when the verb says that something changes."""
        return self.word.changes


def tokens_of(name: str) -> tuple[str, ...]:
    """Lower-case words of a name in camelCase, snake_case, kebab-case, dotted or spaced form."""
    return tuple(token.lower() for token in _TOKEN.findall(fold(name[:NAME_CHARS_MAX])))


def strange_name(name: str) -> Evidence | None:
    """Evidence when a name is written to be misread: look-alike letters, hidden or shell characters, or too long."""
    if len(name) > NAME_CHARS_MAX:
        return Evidence("pattern", Risk.DANGEROUS, f"The tool's name is longer than {NAME_CHARS_MAX} characters.")
    if has_invisible(name):
        return Evidence("pattern", Risk.DANGEROUS, "The tool's name hides invisible characters.")
    if imitates_latin(name):
        return Evidence("pattern", Risk.DANGEROUS, "The tool's name imitates Latin letters with foreign ones.")
    if _SHELL_CHARACTERS.intersection(name):
        return Evidence("pattern", Risk.DANGEROUS, "The tool's name contains characters that a command would use.")
    return _disguised(name)


def _disguised(name: str) -> Evidence | None:
    """A dangerous verb spelled with digits or a capital I for an l ("de1ete", "deIete")."""
    if not any(c.isdigit() or c in "@I" for c in name):
        return None
    for part in re.split(r"[ _\-./:]+", name):
        word = VOCABULARY.get(part.replace("I", "l").translate(DIGITS_AS_LETTERS).lower())
        if word and word.changes and word.base not in part.lower() and len(word.base) > 3 and not part.isdigit():
            return Evidence("pattern", Risk.DANGEROUS, f"The tool's name disguises the word “{word.base}”.")
    return None


def words_at(tokens: Sequence[str]) -> list[Word | None]:
    """The verb each token may be, compounds ("tear down") on their first token."""
    found = [VOCABULARY.get(token) for token in tokens]
    for i in range(len(tokens) - 1):
        compound = COMPOUNDS.get(tuple(tokens[i : i + 2])) or COMPOUNDS.get(tuple(tokens[i : i + 3]))
        if compound:
            found[i] = compound
    return found


def read_name(tokens: tuple[str, ...]) -> tuple[Reading, ...]:
    """The verbs of a name, the governing one first; others only where they add an action of their own.

    "get_and_delete" has two, "get_update_status" one: an action word after a looking verb is part of a noun when
    a noun of state follows it.
    """
    tokens = tuple(token for token in tokens if token not in _FILLER and not token.isdigit()) or tokens
    words = words_at(tokens)
    head = _head(tokens, words)
    if head is None:
        return _without_verb(tokens)
    position, sure = head
    word = words[position]
    assert word is not None
    if word.base in LIGHT_VERBS and LOOKING_OBJECTS.intersection(tokens) and not _another_change(tokens, words, position):
        looking = VOCABULARY["inspect"]
        return (Reading(looking, 0.4), *_added(tokens, words, position))
    return (Reading(word, sure if word.family.sure else min(sure, 0.6)), *_added(tokens, words, position))


def _another_change(tokens: Sequence[str], words: Sequence[Word | None], head: int) -> bool:
    return any(
        w is not None and w.changes and not w.noun_too and w.base not in LIGHT_VERBS
        for i, w in enumerate(words)
        if i != head
    )


def _head(tokens: Sequence[str], words: Sequence[Word | None]) -> tuple[int, float] | None:
    """The position of the governing verb: a plain one at either end, then inside, then a word that is a noun too."""
    plain = [i for i, w in enumerate(words) if w is not None and not w.noun_too and w.form == "base"]
    last = len(tokens) - 1
    if plain:
        return plain[0], 1.0
    first = next((i for i in (0, 1) if i <= last and _can_lead(tokens, words, i)), None)
    if first is not None and first != last and tokens[last] in REPORTING_NOUNS and first + 1 <= last:
        word = words[first]
        if word is not None and not word.changes:
            return first, 0.8
        return None
    if first is not None and (first == 0 or last >= 1):
        return first, 0.7
    if last >= 1 and words[last] is not None and words[last].form == "base":  # type: ignore[union-attr]
        return last, 0.6
    other = next((i for i, w in enumerate(words) if w is not None and w.form in ("base", "ing", "third")), None)
    return (other, 0.3) if other is not None else None


def _can_lead(tokens: Sequence[str], words: Sequence[Word | None], i: int) -> bool:
    word = words[i]
    if word is None or word.form != "base":
        return False
    return i == 0 or words[0] is None


def _added(tokens: Sequence[str], words: Sequence[Word | None], head: int) -> tuple[Reading, ...]:
    """Further actions that a name announces beside its governing verb."""
    governing = words[head]
    extra: list[Reading] = []
    for i, word in enumerate(words):
        if word is None or i == head or not word.changes or word.form != "base":
            continue
        joined = i > 0 and tokens[i - 1] in _JOINERS
        if joined:
            extra.append(Reading(word, 1.0))
        elif governing is not None and not governing.changes and not word.noun_too:
            follower = tokens[i + 1] if i + 1 < len(tokens) else ""
            if follower not in ACTION_NOUN_FOLLOWERS:
                extra.append(Reading(word, 0.6))
        elif word.family.risk is Risk.DANGEROUS and not word.noun_too:
            extra.append(Reading(word, 0.6))
    return tuple(extra)


def _without_verb(tokens: tuple[str, ...]) -> tuple[Reading, ...]:
    """A name without a verb: a reporting noun at the end, or a verb run together with its object."""
    for token in tokens:
        if token in _COMMAND_WORDS:
            return (Reading(VOCABULARY["execute"], 1.0),)
        prefix = next((p for p in _RUN_TOGETHER if token.startswith(p) and len(token) >= len(p) + 3), None)
        if prefix and (prefix not in _SURE_RUN_TOGETHER or token == tokens[0]):
            return (Reading(VOCABULARY[prefix], 0.6),)
    if tokens and tokens[-1] in REPORTING_NOUNS:
        return (Reading(VOCABULARY["inspect"], 0.4),)
    return ()
