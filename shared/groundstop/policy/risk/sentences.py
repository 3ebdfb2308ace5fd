"""What a tool's description says: the verb that leads its first sentence, and side effects that later ones admit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from groundstop.policy.risk.folding import fold
from groundstop.policy.risk.names import Reading
from groundstop.policy.risk.verbs import (
    COMPOUNDS,
    LIGHT_VERBS,
    LOOKING_OBJECTS,
    VOCABULARY,
    Word,
    in_sense,
    listed,
    word_of,
)
from groundstop.words import Risk

DESCRIPTION_CHARS_MAX = 2_000
SENTENCES_MAX = 16
_MARKUP = re.compile(r"<[a-z_ /]{1,40}>|[*_`#>]{1,6}|\[[A-Z]{2,12}\]|\b(?:purpose|summary|description|overview)\s{0,2}:", re.I)
_VENDOR = re.compile(r"^[\w .]{1,24} [|:] (?=[A-Z])")
_SENTENCE_END = re.compile(r"(?<=[a-z0-9)\]\"'’])[.!?](?=\s|$)|\n\s*\n|\n\s*[-•]|\n(?=[A-Z])|;\s")
_LEAD_IN = re.compile(
    r"^(?:(?:deprecated|important|note|warning|experimental|beta|new|start here|always|please|you (?:should|can|must))\b[:,.]?\s*"
    r"|use (?:the|our) [^.,]{2,60}? to (?=[a-z])"
    r"|use (?:this|it|the)(?: tool| function| endpoint| action)?(?: if you (?:want|need))?(?: (?:when|whenever) (?:you|the user|asked) ?(?:needs?|wants?|asks?)? ?)?(?: only)?(?: to| for)\s+"
    r"|(?:this|the|a|an|it) (?:[a-z-]{2,20} )?(?:tool|function|endpoint|command|method|action|operation|api|call|server)?s?"
    r"\s?(?:will|can(?: be used)?|is used|lets? (?:you|users|the user)|allows? (?:you|users|the user|for|agents?)?|enables? (?:you|users)?|helps?(?: you)?|is|may)?(?: to| for)?\s+"
    r"|tools? (?:for|to|that)\s+|used? to\s+|(?:allows?|lets?|enables?|helps?) (?:you |users? |the user |agents? )?(?:to )?"
    r"|(?:ability|utility|helper|method|function|command|endpoint|way) (?:to|for|that)\s+|to (?=[a-z])"
    r"|[a-z]{3,16}ly,? )",
    re.I,
)
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*|[,/&:]")
_JOINING = frozenset({",", "/", "&", ":", "and", "or", "then"})
_PREPOSITIONS = listed("by with for using from via in on if when")
_INSTRUCTIONS = (["when"], ["this"], ["before"], ["after"])
_DEFINITE = listed("a an the it them your my new any one this that these its existing")
_SAVED = re.compile(r"\b(?:is|are|be|gets?) (?:\w+ )?(?:saved|written|exported) (?:in)?to (?:a |the )?(?:local )?(?:disk|file|path)", re.I)
_OBJECT_STARTS = listed("a an the to it them your my new or and any all one this that these each every , their its existing")
# Side effects worth believing when a later sentence mentions them; other verbs there are mostly about parameters.
_ADMITTED = listed(
    "delete remove overwrite replace create send update modify write erase drop purge charge transfer notify email "
    "publish insert reset wipe cancel post pay refund buy sell execute deploy install revoke terminate truncate destroy"
)
_THIRD_PERSON = re.compile(
    r"\b(?:it|this|tool|call|which|that|also|and then|will|will also|automatically)\s+(?:will\s+)?(?:also\s+|then\s+|automatically\s+|permanently\s+)?"
    r"(?=([a-z]{3,16})\b)",
    re.I,
)
_FOR_GOOD = re.compile(
    r"permanent(?:ly)? (?:delet|remov|eras|destr)|(?:cannot|can't|can not) be (?:undone|reversed|recovered|restored)"
    r"|irreversibl|destructive (?:operation|action|tool)|is destructive|overwrit(?:es?|ing) (?:any |the |an |all )?(?:existing|current|previous|entire|file|content|data)"
    r"|completely (?:replace|overwrite|remove|delete)s?|data loss|wipes? (?:all|the|every)|deletes? (?:all|every|everything)"
    r"|real money|will be charged|arbitrary (?:code|command|shell|javascript|python|sql)|runs? (?:shell|system) commands?",
    re.I,
)
_NEGATED = re.compile(r"(?:\bnot|\bnon|n['’]t|\bnever|\bwithout|\bno|\bavoid|\bprevent\w*)[\s-]+(?:\w+\s+){0,3}$", re.I)


def sentences_of(description: str) -> Iterator[str]:
    """The first sentences of a description, without markup, vendor prefix and "this tool will ..." lead-ins."""
    text = _MARKUP.sub(" ", fold(description[:DESCRIPTION_CHARS_MAX])).strip()
    text = _VENDOR.sub("", text)
    count = 0
    for raw in _SENTENCE_END.split(text):
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
        shorter = _LEAD_IN.sub("", sentence, count=1)
        if shorter == sentence:
            break
        sentence = shorter
    return sentence


def lead_reading(sentence: str) -> tuple[Reading, ...]:
    """The leading verb of a sentence and the changing verbs coordinated with it ("List, create or close a tab")."""
    words = [word.lower() for word in _WORD.findall(without_lead_in(sentence)[:400])]
    lead = _lead_word(words)
    if lead is None or words[lead[0] + 1 : lead[0] + 2] in _INSTRUCTIONS:
        return ()
    position, word = lead
    if word.base in LIGHT_VERBS:
        return _light(words, position, word)
    sense = in_sense(word, _object(words[position + 1 : position + 9]))
    return (Reading(sense, 0.9 if sense.family.sure else 0.55), *_coordinated(words, position, sense))


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
    """"Run a query" looks; "Perform write operations" and "Run a script" take the meaning of their object."""
    for other in words[position + 1 : position + 7]:
        found = VOCABULARY.get(other)
        if other == "following":
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
        if word.base in LIGHT_VERBS and i == position + 2:
            extra += _light(words, i, word)
            continue
        close = i <= position + 2
        objects = _OBJECT_STARTS if lead.changes else _DEFINITE
        if not word.changes or not (words[i + 1 : i + 2] and words[i + 1] in objects or (close and not word.noun_too)):
            continue
        extra.append(Reading(word, 0.85 if not word.noun_too else 0.6))
    return tuple(extra)


def _joined(words: list[str], i: int) -> bool:
    before = words[i - 1]
    return before in _JOINING or (before.endswith("ly") and i > 1 and words[i - 2] in _JOINING)


def side_effects(sentences: list[str]) -> tuple[Reading, ...]:
    """Changes that the description admits in the third person ("It also deletes the source", "Creates a backup")."""
    found: list[Reading] = []
    for number, sentence in enumerate(sentences):
        if _SAVED.search(sentence):
            found.append(Reading(VOCABULARY["save"], 0.6))
        for match in _THIRD_PERSON.finditer(sentence):
            word = VOCABULARY.get(match.group(1).lower())
            if word is None or word.base not in _ADMITTED or _NEGATED.search(sentence[: match.start(1)]):
                continue
            if word.form == "third" or (word.form == "base" and "will" in match.group(0).lower()):
                found.append(Reading(word, 0.6))
        if number:
            first = VOCABULARY.get(sentence.split(" ", 1)[0].lower())
            if first is not None and first.base in _ADMITTED and first.form == "third":
                found.append(Reading(first, 0.6))
    return tuple(found)


def says_for_good(description: str) -> str | None:
    """The phrase in which a description admits that the effect is destructive, unless it denies it."""
    text = fold(description[:DESCRIPTION_CHARS_MAX])
    for match in _FOR_GOOD.finditer(text):
        if not _NEGATED.search(text[max(0, match.start() - 40) : match.start()]):
            return match.group(0).lower()
    return None


def worst(readings: tuple[Reading, ...]) -> Risk:
    """The highest risk among verbs."""
    return max((r.word.family.risk for r in readings), key=lambda risk: risk.rank, default=Risk.SAFE)
