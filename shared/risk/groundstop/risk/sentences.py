"""What a tool's description says: the verb that leads its first sentence, and side effects that later ones admit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from groundstop.risk.folding import fold
from groundstop.risk.names import Reading
from groundstop.risk.nouns import (
    ACTION_NOUN_FOLLOWERS,
    LIGHT_VERBS,
    LOOKING_OBJECTS,
    QUESTIONS,
    REPORTING_NOUNS,
    listed,
)
from groundstop.risk.phrases import (
    BY_ITSELF,
    FOR_GOOD,
    LEAD_IN,
    MARKUP,
    NEGATED,
    SAVED,
    SENTENCE_END,
    SHOWN,
    THIRD_PERSON,
    VENDOR,
    WORD,
)
from groundstop.risk.tongues import TONGUES, translated
from groundstop.risk.vocabulary import COMPOUNDS, VOCABULARY, Word, action_noun, in_sense, word_of
from groundstop.vocabulary import Risk

DESCRIPTION_CHARS_MAX = 2_000
SENTENCES_MAX = 16
_JOINING = frozenset({",", "/", "&", ":", "and", "or", "then"})
# Words that could lead as verbs, but hardly ever do when "of" or a noun of state follows.
_MOSTLY_NOUNS = listed(
    "release exchange order profile branch commit tag index stream quote queue credit page score text subject host"
)
_ADJECTIVES = REPORTING_NOUNS | listed(
    """current latest recent available all full basic detailed overall total daily weekly monthly yearly
    live historical complete comprehensive real-time upcoming past general"""
)
# In "a log query" or "an order search" these only say what is looked through.
_LOOKED_THROUGH = listed(
    """log logs trace traces record records order orders message messages email emails event events note notes comment
    comments post posts branch commit tag tags label labels index stream profile contact range batch issue issues"""
)
_NOUN_LINKS = listed("of for near per about in at from")
_PREPOSITIONS = listed("by with for using from via in on if when")
_INSTRUCTIONS = (["when"], ["this"], ["before"], ["after"])
_TOLD_TO = listed("call run invoke execute trigger start")
_DEFINITE = listed("a an the it them your my new any one this that these its existing")
_OBJECT_STARTS = listed(
    "a an the to it them your my new or and any all one this that these each every , their its existing"
)
# Side effects worth believing when a later sentence mentions them; other verbs there are mostly about parameters.
_ADMITTED = listed(
    "delete remove overwrite replace create send update modify write erase drop purge charge transfer notify email "
    "publish insert reset wipe cancel post pay refund buy sell deploy install revoke terminate truncate destroy "
    "mark advance acknowledge consume dequeue save persist upload archive move"
)
_DOUBTING = _ADMITTED - listed("create email write post") | listed(
    "manage submit interact navigate save edit upload store persist register cancel click fill launch"
)
_DOUBTED_CHARS = 320
_REWRITING = listed("convert transform translate")


def sentences_of(description: str) -> Iterator[str]:
    """The first sentences of a description, without markup, vendor prefix and "this tool will ..." lead-ins."""
    text = MARKUP.sub(" ", fold(description[:DESCRIPTION_CHARS_MAX])).strip()
    text = VENDOR.sub("", text)
    count = 0
    for raw in SENTENCE_END.split(text):
        sentence = " ".join(raw.split())
        if len(sentence) < 3:
            continue
        yield sentence
        count += 1
        if count == SENTENCES_MAX:
            return


def without_lead_in(sentence: str) -> str:
    """The sentence from its first meaningful word on."""
    for _ in range(4):
        shorter = LEAD_IN.sub("", sentence, count=1)
        if shorter == sentence:
            break
        sentence = shorter
    return sentence


def lead_reading(sentence: str) -> tuple[Reading, ...]:
    """The leading verb of a sentence and the changing verbs coordinated with it ("List, create or close a tab")."""
    words = [word.lower() for word in WORD.findall(without_lead_in(sentence)[:400])]
    if not sentence[:1].isascii() or (words and words[0] in TONGUES):
        return _foreign(sentence[:400]) or _english(words)
    return _english(words) or _foreign(sentence[:400])


def _foreign(sentence: str) -> tuple[Reading, ...]:
    """The verbs of a sentence in another language: a change anywhere counts, and looking only where nothing changes."""
    verbs = [
        VOCABULARY[base]
        for word in _FOREIGN_WORD.findall(sentence.lower())
        if word in TONGUES or not word.isascii()
        for base in translated(word)
        if base in VOCABULARY
    ]
    changing = tuple(Reading(verb, 0.8) for verb in dict.fromkeys(verbs) if verb.changes)
    return changing or tuple(Reading(verb, 0.8) for verb in verbs[:1])


_FOREIGN_WORD = re.compile(r"[^\W\d_]+")


def _english(words: list[str]) -> tuple[Reading, ...]:
    if _names_a_thing(words) or (words and words[0] in QUESTIONS):
        return (Reading(VOCABULARY["inspect"], 0.4),)
    lead = _lead_word(words)
    if lead is None or (lead[1].base in _TOLD_TO and words[lead[0] + 1 : lead[0] + 2] in _INSTRUCTIONS):
        return ()
    position, word = lead
    if word.base in LIGHT_VERBS:
        return _light(words, position, word)
    reach = 4 if word.base in _REWRITING else 9
    following = words[position + 1 : position + reach]
    sense = in_sense(word, _object(following) or following[1:4])
    return (Reading(sense, 0.9 if sense.family.sure else 0.55), *_coordinated(words, position, sense))


def _names_a_thing(words: list[str]) -> bool:
    """True for a sentence that is only a noun ("Release notes of a version", "Current status"): no action."""
    if not words or (word_of(words[0]) is not None and words[0] not in _MOSTLY_NOUNS):
        return False
    end = next((i for i, word in enumerate(words[:6]) if word in _NOUN_LINKS), 0)
    reports = any(word in REPORTING_NOUNS for word in words[:3])
    # "Refuels data for a line" begins with a verb we do not know: only a bare noun may lead, or what describes one.
    if end != 1 and not (reports and (words[0] in _ADJECTIVES or words[0] in _MOSTLY_NOUNS)):
        return False
    named = words[: end or 3]
    changing = (word_of(word) for word in named[1:])
    return all(w is None or w.noun_too for w in changing) and all(action_noun(word) is None for word in named)


def _object(words: list[str]) -> list[str]:
    """The words up to the first preposition: what the verb acts on, not how it finds it."""
    end = next((i for i, word in enumerate(words) if word in _PREPOSITIONS), len(words))
    return words[:end]


def _lead_word(words: list[str]) -> tuple[int, Word] | None:
    for position in (0, 1):
        if position < len(words):
            word = COMPOUNDS.get(tuple(words[position : position + 2])) or word_of(words[position])
            if word is not None and not (position == 1 and (word.noun_too or words[0] in _JOINING)):
                return position, word
    return None


def _light(words: list[str], position: int, word: Word) -> tuple[Reading, ...]:
    """ "Run a query" looks; "Perform write operations" and "Run a script" take the meaning of their object."""
    near = words[position + 1 : position + 7]
    searching = not LOOKING_OBJECTS.isdisjoint(_object(near))
    for i, other in enumerate(near, start=position + 2):
        found = VOCABULARY.get(other)
        found = in_sense(found, _object(words[i : i + 3])) if found else None
        if other == "following" or (searching and other in _LOOKED_THROUGH):
            continue
        if other in LOOKING_OBJECTS or (found is not None and not found.changes):
            return (Reading(VOCABULARY["inspect"], 0.5), *_coordinated(words, position, word))
        if found is not None:
            return (Reading(word if found.base in LIGHT_VERBS else found, 0.8),)
    return (Reading(word, 0.6), *_coordinated(words, position, word))


def _coordinated(words: list[str], position: int, lead: Word) -> tuple[Reading, ...]:
    """Changing verbs in the same form as the lead, joined to it by commas or "and"."""
    extra: list[Reading] = []
    for i in range(position + 1, min(len(words), 40)):
        word = VOCABULARY.get(words[i])
        if word is None or word.form != lead.form or not _joined(words, i):
            continue
        close = i <= position + 2
        if word.base == "format" and close and not lead.changes:
            continue  # "Retrieves and formats X" says how the answer looks
        if word.base in LIGHT_VERBS and close:
            extra += _light(words, i, word)
        elif (_acts(words, i, close, lead.changes) or _another(words, position, i)) and in_sense(
            word, _object(words[i + 1 : i + 7])
        ).changes:
            extra.append(Reading(word, 0.6 if word.noun_too else 0.85))
    return tuple(extra)


def _acts(words: list[str], i: int, close: bool, among_changes: bool) -> bool:
    """True where a word joined to the lead is a verb of its own, not one more noun in a list."""
    after = words[i + 1] if i + 1 < len(words) else ""
    if close:
        has_object = bool(after) and after not in _JOINING and after not in _PREPOSITIONS
        return has_object or not VOCABULARY[words[i]].noun_too
    return after in (_OBJECT_STARTS if among_changes else _DEFINITE)


def _another(words: list[str], position: int, i: int) -> bool:
    """True for a plain verb that "and" or "or" adds to the lead, whatever follows ("... and dynamically invoke X")."""
    joined = words[i - 2 : i] if words[i - 1].endswith("ly") else words[i - 1 : i]
    after = words[i + 1] if i + 1 < len(words) else ""
    if not {"and", "or"}.intersection(joined) or not after or after in _JOINING or after in _PREPOSITIONS:
        return False
    if after in ACTION_NOUN_FOLLOWERS or after in REPORTING_NOUNS:
        return False
    return not VOCABULARY[words[i]].noun_too and "to" not in words[position:i]


def _joined(words: list[str], i: int) -> bool:
    before = words[i - 1]
    return before in _JOINING or (before.endswith("ly") and i > 1 and words[i - 2] in _JOINING)


def side_effects(sentences: list[str]) -> tuple[Reading, ...]:
    """Changes that the description admits in the third person ("It also deletes the source", "Creates a backup")."""
    found: list[Reading] = []
    for number, sentence in enumerate(sentences):
        if SAVED.search(sentence) or _by_itself(sentence):
            found.append(Reading(VOCABULARY["save"], 0.6))
        for match in THIRD_PERSON.finditer(sentence):
            word = VOCABULARY.get(match.group(1).lower())
            if word is None or word.base not in _ADMITTED or NEGATED.search(sentence[: match.start(1)]):
                continue
            if SHOWN.match(sentence, match.end(1)):
                continue
            if word.form == "third" or (word.form == "base" and "will" in match.group(0).lower()):
                found.append(Reading(word, 0.6))
        if number:
            first = VOCABULARY.get(sentence.split(" ", 1)[0].lower())
            if first is not None and first.base in _ADMITTED and first.form == "third":
                found.append(Reading(first, 0.6))
    return tuple(found)


def _by_itself(sentence: str) -> bool:
    """True for a change that comes along: "auto-saves", "downloads it to the server", "moves the cursor"."""
    match = BY_ITSELF.search(sentence)
    return match is not None and not NEGATED.search(sentence[: match.start()])


def doubt(description: str) -> Word | None:
    """A telling change that the opening of a description speaks of: enough to doubt a tool that only seems to read."""
    text = fold(description[:_DOUBTED_CHARS])
    for match in WORD.finditer(text):
        word = VOCABULARY.get(match.group(0).lower())
        if (
            word is None
            or word.base not in _DOUBTING
            or NEGATED.search(text[max(0, match.start() - 40) : match.start()])
        ):
            continue
        if not (word.noun_too and word.form == "base"):
            return word
    return None


def says_for_good(description: str) -> str | None:
    """The phrase in which a description admits that the effect is destructive, unless it denies it."""
    text = fold(description[:DESCRIPTION_CHARS_MAX])
    for match in FOR_GOOD.finditer(text):
        if not NEGATED.search(text[max(0, match.start() - 40) : match.start()]):
            return match.group(0).lower()
    return None


def worst(readings: tuple[Reading, ...]) -> Risk:
    """The highest risk among verbs."""
    return max((r.word.family.risk for r in readings), key=lambda risk: risk.rank, default=Risk.SAFE)
