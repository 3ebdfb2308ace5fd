"""What the model sees of a text: its sentences, each with its words, how it opens, and how it sits in the document.

An instruction smuggled into a document is plain language; what gives it away is that it opens with a verb or asks, speaks
of "your answer", and has nothing to do with the text around it. The same code makes features for training and for use.
"""

# ruff: noqa: E501, SIM905 - word lists and expressions, one a line

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice, pairwise

from groundstop.screening.concepts import concept_features, sentence_concepts

SEGMENTS_MAX = 400  # sentences of one text that are scored
WORDS_MAX = 40  # of one sentence; an instruction shows in its first words
WORDS_MIN = 3

_BREAK = re.compile(
    r"\n+|\\n|(?<=[.?!;])[\"')\]]*\s+(?=\S)|\s\|\s?|\"\s?[,:}\]]+\s?[\[{\"]*|<[^<>\n]{1,60}>|\s{3,}|(?<=[a-z]: )(?=[A-Z])"
)
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|[0-9]+|[^\x00-\x7f]+")

# Verbs that open an order to someone who can act, by what they do; the class stands in for the word.
_CLASSES = {
    "ACT": "send forward email transfer pay wire buy purchase order book reserve schedule cancel delete remove erase drop grant share "
    "invite unlock disable enable turn revoke unsubscribe post publish upload download install execute run call dial message text notify "
    "withdraw deposit refund sell trade approve open close create make set update change modify access retrieve fetch get check find search "
    "look use navigate visit click go reset restart shut stop start launch deploy rename move copy save submit",
    "TELL": "write tell give show explain describe summarize summarise list provide recommend suggest generate compose draft translate "
    "analyze analyse determine classify identify calculate compute solve answer respond reply say print output display repeat reveal "
    "disclose state name compare discuss outline evaluate predict estimate convert define help teach",
    "SHAPE": "add append include insert integrate incorporate augment enhance embed modify alter adjust encode encrypt encipher render "
    "reverse invert express present replace substitute shift apply start end finish begin conclude prefix prepend mention ensure remember "
    "make keep promote highlight emphasize praise weave blend merge inject employ utilize leverage introduce supplement",
    "BREAK": "ignore disregard forget override bypass neglect discard dismiss abandon pretend act roleplay simulate obey",
    "OUT": "response answer reply output message summary solution translation implementation algorithm codebase responses answers replies "
    "explanation report",
    "AI": "assistant ai chatbot llm gpt claude gemini chatgpt bot model agent system",
    "ASK": "what how why who when where which can could would will is are do does did should",
    "ME": "me my i mine us",
    "YOU": "you your yours yourself",
    "CODE": "code snippet block excerpt section script function",
}
_CLASS_OF: dict[str, str] = {}
for _name, _words in _CLASSES.items():
    for _word in _words.split():
        _CLASS_OF.setdefault(_word, _name)
_POLITE = frozenset(
    "please kindly also now then next finally first instead just and additionally furthermore so but".split()
)


@dataclass(frozen=True, slots=True)
class Segment:
    """One sentence, table cell or line: its span in the text and its words, lower-cased, numbers as `0`."""

    start: int
    end: int
    words: tuple[str, ...]


def segments(text: str, words_min: int = WORDS_MIN) -> list[Segment]:
    """The parts of a text that are long enough to be an order, in order."""
    result: list[Segment] = []
    low = text.lower() if text.isascii() else _lower_same_length(text)
    at = 0
    for hit in _BREAK.finditer(text):
        _take(low, at, hit.start(), result, words_min)
        at = hit.end()
        if len(result) >= SEGMENTS_MAX:
            return result
    _take(low, at, len(text), result, words_min)
    return result


def _lower_same_length(text: str) -> str:
    low = text.lower()
    return low if len(low) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _take(low: str, start: int, end: int, result: list[Segment], words_min: int) -> None:
    if end - start < 8 and words_min == WORDS_MIN:
        return
    words = _WORD.findall(low, start, min(end, start + 12 * WORDS_MAX))[:WORDS_MAX]
    if len(words) >= words_min:
        result.append(Segment(start, end, tuple("0" if word[0].isdigit() else word for word in words)))


def sentence_features(text: str, parts: list[Segment]) -> list[list[str]]:
    """Names of the features of every segment of `parts`, which are the segments of `text`."""
    homes: dict[str, int] = {}
    for part in parts:
        for word in set(part.words):
            homes[word] = homes.get(word, 0) + 1
    many = len(parts) > 2
    return [[*word_features(part.words), *_place(text, part, homes, many)] for part in parts]


def word_features(words: tuple[str, ...]) -> list[str]:
    """Words, pairs, pairs with a gap, classes, and how the sentence opens (polite fillers skipped)."""
    classes = [_CLASS_OF.get(word, word if word in _KEPT else "w") for word in words]
    found = list(words)
    found += [f"{a} {b}" for a, b in pairwise(words)]
    found += [f"{a}+{b}" for a, b in pairwise(classes)]
    found += [f"{a}_{b}" for a, b in zip(classes, classes[2:], strict=False)]
    skip = 0
    while skip < len(words) - 1 and words[skip] in _POLITE:
        found.append("^polite")
        skip += 1
    opening, kinds = words[skip : skip + 2], classes[skip : skip + 3]
    found += [
        f"^{opening[0]}",
        "^" + " ".join(opening),
        f"^{kinds[0]}",
        "^" + "+".join(kinds[:2]),
        "^" + "+".join(kinds),
    ]
    found.append(f"{words[-1]}$")
    kinds_present = set(classes)
    if "OUT" in kinds_present:
        found.append(f"has:OUT+{'YOU' if 'YOU' in kinds_present else '-'}+{kinds[0]}")
    return found


_KEPT = frozenset(
    "the a an this that these it its to in on for from with of by at and or not no all any if we our they their he she".split()
)


def _place(text: str, part: Segment, homes: dict[str, int], many: bool) -> Iterable[str]:
    """How the sentence sits in its document: ending, line of its own, what it shares with the rest, what follows it."""
    body = text[max(part.start, part.end - 3) : part.end]
    yield "ends?" if "?" in body else "ends:" if ":" in body else "ends." if "." in body else "ends-"
    before, after = text[max(0, part.start - 1) : part.start], text[part.end : part.end + 5]
    yield f"line:{_edge(before)}{_edge(after[:1])}"
    if "```" in after:
        yield "fence"
    if "http" in text[part.start : part.end] or "www." in text[part.start : part.end]:
        yield "url"
    content = [word for word in part.words if len(word) > 4]
    if many and content:
        shared = sum(1 for word in content if homes[word] > 1) / len(content)
        yield f"shared:{int(shared * 3.99)}"
    yield f"size:{min(len(part.words) // 6, 5)}"


def _edge(char: str) -> str:
    return "o" if not char or char == "\n" else "-"


# What a turn looks like: marks of chat templates, roles spelled out, shouting, braces around names, noise.
_MARKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("chat", re.compile(r"<\|[a-z_]{2,20}\|>|\[/?INST\]|<</?SYS>>|</?s>")),
    ("role", re.compile(r"^\s{0,4}(?:#{1,6} ?|\*\*)?(?:system|user|human|assistant|ai|bot|instruction)s?\b[ *]{0,3}:", re.I | re.M)),
    ("closing", re.compile(r"-{4,}|={4,}|\"{3}|'{3}|#{3,}|</\w{1,20}>|\*{4,}")),
    ("named", re.compile(r"[{\[][A-Z][a-z]+ [A-Z][a-z]+[}\]]")),
    ("shout", re.compile(r"(?:\b[A-Z]{3,}\b[ ,!.]*){3,}")),
    ("slot", re.compile(r"\{\{?\w{1,30}\}\}?|\[(?:insert|query|prompt|question|your)[^\]]{0,40}\]|<(?:query|prompt|question|input)>", re.I)),
    ("math", re.compile(r"\b[a-z] ?= ?['\"]|\+ ?[a-z]\b ?\+")),
    ("picture", re.compile(r"!\[[^\]]{0,80}\]\(")),
    ("url", re.compile(r"https?://|www\.")),
    ("quoted", re.compile(r"[\"\u201c'][^\"\u201d']{8,200}[\"\u201d']")),
    ("code", re.compile(r"```|\bdef \w+\(|\bimport \w+")),
)  # fmt: skip
TURN_SEGMENTS_MAX = 120  # sentences of a turn that are read
_RUN_CHARS_MAX = 60  # of a run of a script without spaces that are paired


def turn_features(text: str) -> set[str]:
    """A whole turn: the words of all its sentences, the ideas of each sentence and of all together, and its look."""
    found: set[str] = set()
    spoken: dict[str, None] = {}
    parts = segments(text, 1)
    for part in islice(parts, TURN_SEGMENTS_MAX):
        found.update(word_features(part.words))
        ideas = sentence_concepts(part.words)
        spoken.update(dict.fromkeys(ideas))
        found.update(concept_features(ideas, "c"))
        if any(not word.isascii() for word in part.words):
            found.update(_foreign(part.words))
    found.update(concept_features(list(spoken), "t"))
    found.update(f"m:{name}" for name, pattern in _MARKS if pattern.search(text))
    found.add(f"length:{min(len(parts).bit_length(), 6)}")
    return found


def _foreign(words: Iterable[str]) -> Iterable[str]:
    """Beginnings of inflected words, and pairs of neighbours where a script writes no spaces."""
    for word in words:
        if not word.isascii():
            yield f"{word[:4]}~"
            yield from (word[at : at + 2] for at in range(min(len(word), _RUN_CHARS_MAX) - 1))
