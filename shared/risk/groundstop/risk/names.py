"""What a tool's name says: its tokens, and the verb among them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from groundstop.risk.evidence import Evidence
from groundstop.risk.folding import DIGITS_AS_LETTERS, fold, has_invisible, imitates_latin
from groundstop.risk.nouns import (
    ACTION_NOUN_FOLLOWERS,
    CLOSING_VERBS,
    GIT_CHANGES,
    LIGHT_VERBS,
    LOOKING_OBJECTS,
    QUESTIONS,
    REPORTING_NOUNS,
    listed,
)
from groundstop.risk.tongues import TONGUES, translated
from groundstop.risk.vocabulary import COMPOUNDS, VOCABULARY, Word, action_noun, agent_noun, in_sense, word_of
from groundstop.vocabulary import Risk

NAME_CHARS_MAX = 160
_TOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_RUN = re.compile(r"[^\W_]+")
_ODD = re.compile(r"[^A-Za-z0-9 _\-./:]")
_SHELL_CHARACTERS = frozenset(";|&$`<>(){}[]!*?\"'\\\n\r\t~#%^=+")
_JOINERS = listed("and or then plus also with n")
_FILLER = listed("mcp api tool tools function v a an the of")
# Prefixes long and plain enough that a run-together name ("deleteuser") can be told apart by them.
_RUN_TOGETHER = tuple(
    sorted(
        listed(
            """delete remove create update insert destroy execute transfer purge truncate terminate upload publish send
            write wipe erase revoke cancel refund get list fetch search find read"""
        )
    )
)
_SURE_RUN_TOGETHER = listed("get list fetch search find read")
_DOCUMENTS = listed("guide guides instructions rules docs documentation tutorial help prompt cheatsheet")
# Areas of a product that a name may start with before its verb ("chat.listSpaces").
_AREAS = listed("chat email mail message contact order report note sms phone comment record release")
# "rename_history" is studied, not renamed, where the description leads with a looking verb.
_STUDIED = tuple((noun,) for noun in ("history", "analysis", "candidates", "frequency", "patterns", "quality"))
_COMMAND_WORDS = listed("rm sudo bash sh eval curl wget powershell")


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
    """Lower-case words of a name in camelCase, snake_case, kebab-case, dotted or spaced form; verbs of other languages
    as the English ones that they mean."""
    folded = fold(name[:NAME_CHARS_MAX])
    if folded.isascii():
        return tuple(TONGUES.get(token, token) for token in map(str.lower, _TOKEN.findall(folded)))
    tokens: list[str] = []
    for run in _RUN.findall(folded):
        for token in _TOKEN.findall(run) if run.isascii() else (run,):
            tokens += translated(token.lower())
    return tuple(tokens)


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
    found = [word_of(token) for token in tokens]
    for i in range(len(tokens) - 1):
        compound = COMPOUNDS.get(tuple(tokens[i : i + 2])) or COMPOUNDS.get(tuple(tokens[i : i + 3]))
        if compound:
            found[i] = compound
    agent = agent_noun(tokens[-1]) if len(tokens) > 1 and found[-1] is None else None
    if agent is not None:
        found[-1] = replace(agent, form="agent", noun_too=True)
    return found


def read_name(tokens: tuple[str, ...], lead: Word | None = None, spoken: str = "") -> tuple[Reading, ...]:
    """The verbs of a name, the governing one first; others only where they add an action of their own.

    "get_and_delete" has two, "get_update_status" one: an action word after a looking verb is part of a noun when
    a noun of state follows it. ``lead`` is the verb that leads the description, which tells an object from a verb, and
    ``spoken`` its first sentence: a leading action word is an object only if the sentence speaks of it. A name without
    a letter ("+", "1", "") has no verb.
    """
    if not tokens:
        return ()
    tokens = tuple(token for token in tokens if token not in _FILLER and not token.isdigit()) or tokens
    words = words_at(tokens)
    if tokens[0] in QUESTIONS and len(tokens) > 1:
        asked = tuple(
            Reading(w, 1.0) for i, w in enumerate(words) if w and w.changes and i > 1 and tokens[i - 1] in _JOINERS
        )
        return (Reading(VOCABULARY["inspect"], 0.8), *asked)
    head = _head(tokens, words, lead.base if lead else "")
    if head is None:
        return _without_verb(tokens)
    position, sure = head
    word = words[position]
    assert word is not None
    if lead is not None and not lead.changes and word.family.risk is Risk.RISKY and tokens[position + 1 :] in _STUDIED:
        return (Reading(VOCABULARY["inspect"], 0.4),)
    added = _added(tokens, words, position)
    first = words[0]
    if (
        position
        and spoken
        and first is not None
        and first.changes
        and first.noun_too
        and first.form == "base"
        and tokens[0] not in spoken.lower()
        and not (position == 1 and tokens[0] in _AREAS and lead is not None and lead.base == word.base)
    ):
        added = (*added, Reading(first, 0.8))
    if word.base in LIGHT_VERBS and not _another_change(words, position) and not LOOKING_OBJECTS.isdisjoint(tokens):
        return (Reading(VOCABULARY["inspect"], 0.4), *added)
    sense = lead if lead is not None and lead.base == word.base else in_sense(word, tokens)
    if tokens[0] == "git" and word.base in GIT_CHANGES:
        sense = Word(word.base, VOCABULARY["update"].family, "base", word.noun_too)
    certain = sense.family.sure and not (len(tokens) > 2 and tokens[-1] in _DOCUMENTS and sense.changes)
    return (Reading(sense, sure if certain else min(sure, 0.6)), *added)


def _another_change(words: Sequence[Word | None], head: int) -> bool:
    return any(
        w is not None and w.changes and not w.noun_too and w.base not in LIGHT_VERBS
        for i, w in enumerate(words)
        if i != head
    )


def _head(tokens: Sequence[str], words: Sequence[Word | None], lead: str) -> tuple[int, float] | None:
    """The position of the governing verb: a plain one at either end, then inside, then a word that is a noun too."""
    plain = [i for i, w in enumerate(words) if w is not None and not w.noun_too and w.form == "base"]
    told = next((i for i, w in enumerate(words) if w is not None and w.base == lead and w.form == "base"), None)
    if plain and not (told is not None and _object_first(words, plain[0], told)):
        return plain[0], 1.0
    if told is not None:
        return told, 0.8
    last = len(tokens) - 1
    closing = words[last]
    opens = _can_lead(words, 0) and words[0] is not None and words[0].changes
    if closing is not None and closing.form == "agent" and not opens:
        return last, 0.7
    first = next((i for i in (0, 1) if i <= last and _can_lead(words, i)), None)
    return _elsewhere(words) if first is None else _noun_or_verb(tokens, words, first)


def _noun_or_verb(tokens: Sequence[str], words: Sequence[Word | None], first: int) -> tuple[int, float] | None:
    """Which of two words that are nouns as well governs: "order_details" reports, "scenario_run" runs."""
    last = len(tokens) - 1
    opening = words[first]
    looks = opening is not None and not opening.changes
    if last > 0 and tokens[last] in REPORTING_NOUNS:
        return (first, 0.8) if looks and first < last else None
    if looks and last > first and tokens[last] in CLOSING_VERBS and tokens[last - 1] not in _JOINERS:
        return last, 0.45
    return first, 0.7


def _elsewhere(words: Sequence[Word | None]) -> tuple[int, float] | None:
    last = words[-1]
    if len(words) > 1 and last is not None and last.form == "base":
        return len(words) - 1, 0.6
    other = next((i for i, w in enumerate(words) if w is not None), None)
    return (other, 0.3) if other is not None else None


def _object_first(words: Sequence[Word | None], first: int, told: int) -> bool:
    """A changing word before the told verb is its object only if it does not open the name ("1-click-list")."""
    word = words[first]
    return told != first and first > 0 and word is not None and word.changes and words[0] is None


def _can_lead(words: Sequence[Word | None], i: int) -> bool:
    word = words[i]
    return word is not None and word.form == "base" and (i == 0 or words[0] is None)


def _added(tokens: Sequence[str], words: Sequence[Word | None], head: int) -> tuple[Reading, ...]:
    """Further actions that a name announces beside its governing verb."""
    governing = words[head]
    extra: list[Reading] = []
    for i, word in enumerate(words):
        if word is None or i == head or not word.changes or word.form != "base":
            continue
        if i > 0 and tokens[i - 1] in _JOINERS:
            extra.append(Reading(word, 1.0))
        elif word.noun_too or (i < head and i > 0):
            continue
        elif governing is not None and not governing.changes:
            follower = tokens[i + 1] if i + 1 < len(tokens) else ""
            plural = follower.endswith("s") and word.family.risk is Risk.RISKY and word_of(follower) is None
            if follower not in ACTION_NOUN_FOLLOWERS and not plural:
                extra.append(Reading(word, 0.6))
        elif word.family.risk is Risk.DANGEROUS:
            extra.append(Reading(word, 0.6))
    return tuple(extra)


def _without_verb(tokens: tuple[str, ...]) -> tuple[Reading, ...]:
    """A name without a verb: a reporting noun at the end, or a verb run together with its object."""
    for token in tokens:
        if token.endswith("thinking"):
            return (Reading(VOCABULARY["reflect"], 0.6),)
        if token in _COMMAND_WORDS:
            return (Reading(VOCABULARY["execute"], 1.0),)
        prefix = next((p for p in _RUN_TOGETHER if token.startswith(p) and len(token) >= len(p) + 3), None)
        if prefix and (prefix not in _SURE_RUN_TOGETHER or token == tokens[0]):
            return (Reading(VOCABULARY[prefix], 0.6),)
    if tokens and tokens[-1] in REPORTING_NOUNS:
        return (Reading(VOCABULARY["inspect"], 0.4),)
    action = action_noun(tokens[-1]) if tokens else None
    return (Reading(action, 0.6),) if action is not None else ()
