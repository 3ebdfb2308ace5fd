"""What a tool's description says: the verb that leads its first sentence, and side effects that later ones admit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from groundstop.policy.risk.folding import fold
from groundstop.policy.risk.names import Reading
from groundstop.policy.risk.verbs import COMPOUNDS, LIGHT_VERBS, LOOKING_OBJECTS, VOCABULARY, Word
from groundstop.words import Risk

DESCRIPTION_CHARS_MAX = 2_000
SENTENCES_MAX = 16
_MARKUP = re.compile(r"<[a-z_ /]{1,40}>|[*_`#>]{1,6}|\[[A-Z]{2,12}\]|\b(?:purpose|summary|description|overview)\s{0,2}:", re.I)
_VENDOR = re.compile(r"^[\w .]{1,24} [|:] (?=[A-Z])")
_SENTENCE_END = re.compile(r"(?<=[a-z0-9)\]\"'’])[.!?](?=\s|$)|\n\s*\n|\n\s*[-•]|\n(?=[A-Z])|;\s")
_LEAD_IN = re.compile(
    r"^(?:(?:deprecated|important|note|warning|experimental|beta|new|start here|always|please|you (?:should|can|must))\b[:,.]?\s*"
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
    if lead is None:
        return ()
    position, word = lead
    if word.base in LIGHT_VERBS:
        return _light(words, position, word)
    head = Reading(word, 0.9 if word.family.sure else 0.55)
    return (head, *_coordinated(words, position, word))


def _lead_word(words: list[str]) -> tuple[int, Word] | None:
    for position in (0, 1):
        if position < len(words):
            word = COMPOUNDS.get(tuple(words[position : position + 2])) or VOCABULARY.get(words[position])
            if word is not None and not (position == 1 and word.noun_too):
                return position, word
    return None


def _light(words: list[str], position: int, word: Word) -> tuple[Reading, ...]:
    """ "Run a query" looks; "Perform write operations" and "Run a script" take the meaning of their object."""
    near = [w for w in words[position + 1 : position + 6] if w.isalpha()]
    for other in near:
        found = VOCABULARY.get(other)
        if found is not None and found.changes and not (found.noun_too and other in LOOKING_OBJECTS):
            return (Reading(found if found.base not in LIGHT_VERBS else word, 0.8),)
        if other in LOOKING_OBJECTS or (found is not None and not found.changes):
            return (Reading(VOCABULARY["inspect"], 0.5),)
    return (Reading(word, 0.6),)


def _coordinated(words: list[str], position: int, lead: Word) -> tuple[Reading, ...]:
    """Changing verbs in the same form as the lead, joined to it by commas or "and"."""
    extra: list[Reading] = []
    for i in range(position + 1, min(len(words), 40)):
        word = VOCABULARY.get(words[i])
        if word is None or not word.changes or word.form != lead.form or words[i - 1] not in _JOINING:
            continue
        if word.noun_too and not _takes_object(words, i):
            continue
        if lead.changes or not word.noun_too or i == position + 2:
            extra.append(Reading(word, 0.85 if not word.noun_too else 0.45))
    return tuple(extra)


def _takes_object(words: list[str], i: int) -> bool:
    return i + 1 < len(words) and words[i + 1] in {"a", "an", "the", "to", "it", "them", "your", "new", "or", "and"}


def side_effects(sentences: list[str]) -> tuple[Reading, ...]:
    """Changes that later sentences admit in the third person ("It also deletes the source", "Creates a backup")."""
    found: list[Reading] = []
    for number, sentence in enumerate(sentences):
        for match in _THIRD_PERSON.finditer(sentence):
            word = VOCABULARY.get(match.group(1).lower())
            if word is None or not word.changes or word.noun_too or _NEGATED.search(sentence[: match.start(1)]):
                continue
            leads = match.group(0).lower().split()
            if word.form == "third" or ("will" in leads and word.form == "base"):
                found.append(Reading(word, 0.6))
        if number:
            first = VOCABULARY.get(sentence.split(" ", 1)[0].lower())
            if first is not None and first.changes and first.form == "third" and not first.noun_too:
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
