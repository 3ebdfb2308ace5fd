"""Who is told to do what: the features of one sentence in its container, by ideas and not by words.

An order to the reader opens with an act or asks for one, names an object, speaks to an agent or of secrecy, and has
little to do with the text around it. The same code makes features for training and for use.
"""

# ruff: noqa: E501, SIM905 - expressions and word lists, one a line

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from groundstop.screening.ideas import ideas
from groundstop.screening.sentences import Sentence

ACTS = ("SEND", "PAY", "DELETE", "GRANT", "RUN", "OPEN", "READ", "CHANGE", "SAY")
META = ("IGNORE", "COVERT", "ROLE", "PROMPT", "FREE", "AI", "AGENT")
_SKIPPED = ("PLEASE", "URGENT", "AI", "AGENT", "FIRST", "HUMAN", "ALL", "NEW")  # may stand before the act of an order
_NEIGHBOURS = (
    "AI",
    "AGENT",
    "IGNORE",
    "ORDERS",
    "SYSTEM",
    "COVERT",
    "URGENT",
    "PROMPT",
    "USER",
    "AUTH",
    "STEP",
    "LEARN",
    "REPORT",
)
_PAIRED_MAX = 12
_NEAR = 4  # words that two ideas may stand apart and still speak of each other
_FILLERS = frozenset(
    "and also then so but just the a an to kindly finally additionally furthermore next i want would like could can will of all".split()
)

# What stands before a verb, in some languages.
_VERBAL = frozenset(
    ", : to and then or must should shall will can could would you please kindly not don't never always now also just first immediately y e o und oder et ou en of i lub ve bitte favor quickly silently secretly quietly without by".split()
)
# Words that every text has; what they stand beside tells an order from a report of one.
_FUNCTION = frozenset(
    "the a an this that these those it its to in on for from with of by at and or so be am do does did can could would may might has have had as into onto out up down off over about than then there here who which what how why where any some other only too very own same such more most".split()
)

_OBJECTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("email", re.compile(r"[\w.+-]@[\w-]+\.\w")),
    ("url", re.compile(r"https?:|www\.|\b[\w-]+\.(?:com|net|org|io|xyz|ru|site|top|app|dev|example|invalid|test)\b")),
    (
        "money",
        re.compile(r"[$€£¥₹]\s?\d|\d\s?(?:usd|eur|euros?|dollars?|btc|eth|€|\$|元|円|руб)|\d{1,3}(?:[.,]\d{3})+"),
    ),
    ("account", re.compile(r"\b[a-z]{2}\d{2}[a-z0-9]{8,}|\b\d{6,}\b")),
    (
        "path",
        re.compile(
            r"(?:^|[\s'\"(])(?:~|\.{1,2})?/[\w.-]{2,}|\b\w+\.(?:env|pem|key|txt|csv|json|ya?ml|md|py|sh|pdf|docx?|xlsx?|sql|log|conf|ini)\b|[a-z]:\\"
        ),
    ),
    (
        "command",
        re.compile(
            r"`[^`]+`|\b(?:curl|wget|rm -|sudo|chmod|bash|powershell|pip install|npm i|git |kubectl|docker|ssh|scp|nc )"
        ),
    ),
    ("quoted", re.compile(r"['\"\u2018\u201c\u00ab][^'\"\u2019\u201d\u00bb]{3,80}['\"\u2019\u201d\u00bb]")),
    ("named", re.compile(r"\b(?:id|number|file|account|named|called|titled|subject)\b[ :#'\"]{1,3}[\w-]*\d")),
)
_LEAD = re.compile(
    r"[\s\"'(]*(?:(?P<comment>//+|/\*+|<!--|--|;|rem\b|%)|(?P<hash>#+)|(?P<bullet>[-*+\u2022])|(?P<number>\d{1,3}[.)]|step \d+[:.)])|(?P<quote>>+)|(?P<box>\[[ x]\]))?\s*",
    re.I,
)
_KEYED = re.compile(r"([a-z_][\w -]{0,24})[\"']?\s*[:=]\s*[\"'\[{(]*\s*$", re.I)
_FREE_KEYS = re.compile(
    r"note|comment|desc|body|text|message|content|summary|title|subject|review|bio|about|reason|memo|feedback|remark|detail|snippet|answer|question|name",
    re.I,
)
_EDGES = {
    char: name
    for name, chars in (("line", "^\n"), ("quote", "\"'"), ("tag", "<>"), ("cell", "|\t,"), ("bracket", "{}[]"))
    for char in chars
}
_CODE_SIGN = re.compile(r"[=(){}\[\];_<>\\`*#]|->|::|\w\.\w")
_CODE_LINE = re.compile(
    r"\s*(?:import|from|def|class|return|if|for|while|const|let|var|function|public|private|func|fn|use|#include|>>>|\$|pip|npm|git|docker|kubectl|sudo|curl|make|python3?|select|insert|create table)\b[ (]?(?!the|your|this|all|a\b|me\b)",
    re.I,
)
_SHOUT = re.compile(r"\b[A-Z]{3,}\b")
_TAIL = re.compile(r"[\s\"')\]]*$")


HARMLESS = ("IF", "REPORT", "STEP", "CODE", "HUMAN", "LEARN", "WE", "THEY", "TOLD", "-")


def leaning(name: str) -> int:
    """Which way a feature may speak: 1 for an order only, -1 against one only, 0 either way.

    What an idea is evidence for is known before any data; a model that may only say how much does not learn accidents.
    """
    kind, _, rest = name.partition(":")
    if kind in ("lead", "edge", "key", "ends", "size", "density", "acts", "first", "last", "bang", "shout"):
        return 0
    if kind in ("w", "code") or name == "to:act":
        return -1
    ideas_named = re.split(r"[&>+]", name.lstrip("^/") if kind not in ("c", "o", "p", "n") else rest)
    if "ME" in ideas_named:
        return 0
    return -1 if any(part in HARMLESS for part in ideas_named) else 1


def _bit(*names: str) -> int:
    bits = ideas().bits
    return sum(bits[name] for name in names)


_ACT = _bit(*ACTS)
_META = _bit(*META)
_CALLED = _bit("PLEASE", "MUST", "AI", "URGENT", "YOU", "ORDERS", "SECRET", "USER", "NEW", "OUT", "TOOL")
_SKIP = _bit(*_SKIPPED)
_NEIGHBOUR = _bit(*_NEIGHBOURS)
_NAMES = ideas().names
_BIT = ideas().bits
_FINAL = ideas().final
_PAIRED = _bit(
    "IGNORE", "PRIOR", "ORDERS", "PROMPT", "SYSTEM", "AI", "AGENT", "USER", "COVERT", "OUT", "YOU", "NEG", "SECRET", "ROLE", "FREE",
    "AUTH", "URGENT", "NEW", "MUST", "IF", "REPORT", "STEP", "CODE", "LEARN", "WE",
)  # fmt: skip


def candidates(parts: Sequence[Sentence]) -> list[int]:
    """The sentences that could be an order: an act early or late in them or called for, or talk about the reader."""
    return [at for at, part in enumerate(parts) if part.mask & _META or (part.mask & _ACT and _could_order(part))]


def telling(mask: int) -> int:
    """How much a sentence speaks of, what concerns its reader first: for choosing among very many."""
    return 4 * (mask & _META).bit_count() + (mask & (_CALLED | _ACT)).bit_count()


def _could_order(part: Sentence) -> bool:
    if part.mask & (_CALLED | _FINAL):
        return True
    return any(bits & _ACT for bits in part.ideas[:5])


def features(text: str, parts: Sequence[Sentence], at: int, density: int) -> set[str]:
    """The names of the features of `parts[at]`; `density` is how many of ten sentences around open with an act."""
    part = parts[at]
    raw = text[part.start : part.end]
    found = set(_present(part.mask))
    found.update(_order(part))
    acts = [name[1:] for name in found if name[0] in "^/" and name[1:] in ACTS]
    if acts:
        low = raw.lower()
        objects = [name for name, pattern in _OBJECTS if pattern.search(low)]
        found.update(f"{act}+{name}" for act in acts for name in objects)
    found.update(_place(text, part, raw))
    found.update(_around(parts, at))
    found.update(f"w:{word}" for word in part.words if word in _FUNCTION)
    found.add(f"density:{density}")
    size = len(part.words)
    found.add(f"size:{0 if size < 5 else 1 if size < 9 else 2 if size < 15 else 3 if size < 25 else 4}")
    return found


@lru_cache(maxsize=4_096)
def _names(mask: int) -> tuple[str, ...]:
    return tuple(name for place, name in enumerate(_NAMES) if mask >> place & 1)


@lru_cache(maxsize=16_384)
def _present(mask: int) -> frozenset[str]:
    """The ideas of a sentence, and each pair of those that weigh together."""
    names = _names(mask & _PAIRED)[:_PAIRED_MAX]
    pairs = {f"{first}&{second}" for place, first in enumerate(names) for second in names[place + 1 :]}
    return frozenset(pairs | {f"c:{name}" for name in _names(mask & ~_ACT)})


@lru_cache(maxsize=16_384)
def _following(first: int, second: int) -> frozenset[str]:
    return frozenset(f"{x}>{y}" for x in _names(first)[:2] for y in _names(second)[:2] if x != y)


def _order(part: Sentence) -> Iterator[str]:
    """How the sentence and its clauses open, and which ideas follow which."""
    words, bits = part.words, part.ideas
    opening = _opening(words, bits)
    yield from (f"^{name}" for name in _names(bits[opening]) or ("-",))
    if bits[opening] & _ACT:
        yield "^act"
        following = next((b for b in bits[opening + 1 : opening + 5] if b), 0)
        yield from (f"^act>{name}" for name in _names(following) or ("-",))
    if any(b & _BIT["AI"] for b in bits[:opening]):
        yield "^AI,"
    if any(b & (_BIT["PLEASE"] | _BIT["URGENT"]) for b in bits[:opening]):
        yield "^polite"
    last = [place for place, b in enumerate(bits) if b & _ACT and b & _FINAL]
    if last and last[-1] >= len(bits) - 4:
        yield "^act"
        yield "final"
        yield from (f"^{name}" for name in _names(bits[last[-1]] & _ACT))
    for place, word in enumerate(words[:-1]):
        if word in (",", ":", "and", "then", "y", "e", "und", "et", "en", "i", "ve", "и") and bits[place + 1] & _ACT:
            yield "/act"
            yield from (f"/{name}" for name in _names(bits[place + 1] & _ACT))
        elif word == "to" and bits[place + 1] & _ACT:
            yield "to:act"
    yield from _adjacent(_verbal(words, bits, opening))


def _verbal(words: list[str], bits: list[int], opening: int) -> list[int]:
    """The ideas without the acts that are nouns: an email address, the payment order, a change."""
    return [
        b & ~_ACT
        if b & _ACT and place > opening and not b & _FINAL and word.isascii() and words[place - 1] not in _VERBAL
        else b
        for place, (word, b) in enumerate(zip(words, bits, strict=True))
    ]


def _opening(words: list[str], bits: list[int]) -> int:
    """Where the sentence begins to speak: after a key, greetings, names of the reader, polite words and fillers."""
    start = 0
    for place in range(1, min(5, len(words) - 1)):
        if words[place] == ":":
            start = place + 1
    for place in range(start, min(len(words) - 1, start + 10)):
        b = bits[place]
        if b & _ACT or not (b & _SKIP or words[place] in _FILLERS or words[place] in (",", ":")):
            return place
    return start if start < len(words) else 0


def _adjacent(bits: list[int]) -> Iterator[str]:
    """Ideas that follow one another within a few words."""
    known = [(place, b) for place, b in enumerate(bits) if b]
    for index, (place, b) in enumerate(known):
        for other, c in known[index + 1 : index + 3]:
            if other - place <= _NEAR:
                yield from _following(b, c)


def _place(text: str, part: Sentence, raw: str) -> Iterator[str]:
    """Where the sentence sits: a line of its own, a value, a cell, a comment, a list; and how it ends."""
    before = text[max(0, part.start - 40) : part.start]
    lead = _LEAD.match(raw)
    kind = (lead.lastgroup if lead else None) or "none"
    yield f"lead:{kind}"
    edge = before[-1:] or "^"
    yield f"edge:{_EDGES.get(edge, 'prose')}"
    keyed = _KEYED.search(before)
    if keyed is not None:
        yield "key:free" if _FREE_KEYS.search(keyed[1]) else "key:other"
    body = raw[: _TAIL.search(raw).start()]  # type: ignore[union-attr]  # matches at the end of any text
    after = text[part.end : part.end + 2]
    end = body[-1:] or after[:1]
    yield f"ends:{end if end in '.?!:,;' and end else 'none'}"
    yield f"code:{min(len(_CODE_SIGN.findall(raw)) * 16 // (len(raw) + 1), 3)}"
    if _CODE_LINE.match(raw):
        yield "code:line"
    if "```" in text and text.count("```", 0, part.start) % 2:
        yield "code:fence"
    shouts = len(_SHOUT.findall(raw))
    if shouts > 1:
        yield "shout"
    if "!" in raw or after[:1] == "!":
        yield "bang"


def _around(parts: Sequence[Sentence], at: int) -> Iterator[str]:
    before = parts[at - 1].mask if at else 0
    after = parts[at + 1].mask if at + 1 < len(parts) else 0
    yield from (f"p:{name}" for name in _names(before & _NEIGHBOUR))
    yield from (f"n:{name}" for name in _names(after & _NEIGHBOUR))
    yield f"acts:{bool(before & _ACT)}{bool(after & _ACT)}"
    if at == 0:
        yield "first"
    if at == len(parts) - 1:
        yield "last"


def densities(parts: Sequence[Sentence]) -> list[int]:
    """For each sentence how many of ten of the twenty around it open with an act: a manual has many, a record few."""
    opens = [1 if part.ideas[_opening(part.words, part.ideas)] & _ACT else 0 for part in parts]
    sums = [0]
    for one in opens:
        sums.append(sums[-1] + one)
    result = []
    for at, own in enumerate(opens):
        low, high = max(0, at - 10), min(len(parts), at + 11)
        others = high - low - 1
        result.append(round(5 * (sums[high] - sums[low] - own) / others) if others > 2 else 6)
    return result
