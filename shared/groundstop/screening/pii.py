"""PII of structured kinds: shape first, then check digits, then the words beside it.

A kind whose shape is weak (nine digits, a word of eight letters) needs either a check digit that holds or a word that
names it; with neither it is reported as a hint below the bar. A value that is the whole text counts as half a context.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from groundstop.screening.findings import PII, Finding, masked, outline, outline_table
from groundstop.screening.needles import Needles
from groundstop.screening.pii_documents import DOCUMENT_RULES
from groundstop.screening.pii_explained import a_moment_or_product, a_version, bare, labelled
from groundstop.screening.pii_rule import PiiRule
from groundstop.screening.pii_rules import RULES

CONTEXT_CHARS = 64  # before and after a candidate, where its name is looked for
CANDIDATES_MAX = 200  # per kind and text
HINT_MIN = 0.25  # less is not worth a reader's time
BARE = 0.45  # at most, for digits or a code that no word names: a check digit holds for one number in ten
EXPLAINED = 0.2  # at most, for what a moment, a version, an order or a product explains

ALL_RULES = (*RULES, *DOCUMENT_RULES)
_DENIED = re.compile(r"\b(?:not an?|no|invalid|fake|dummy) $", re.IGNORECASE)  # "not a TIN 123" names nobody's
_HEX_SIGNS = re.compile(r"::|:[0-9A-Fa-f]{1,4}:|(?:[0-9A-Fa-f]{2}-){5}|(?:[0-9A-Fa-f]{4}\.){2}")
_GAP = re.compile(r"([^0@]{9})[^0@]{2,}([^0@]{9})")  # no gate reaches further than nine characters from a digit
_DIGITS = "0123456789"
_SHAPE = outline_table(_0=_DIGITS, a="abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_HEX_SHAPE = outline_table(h=_DIGITS + "abcdefABCDEF")


_NUMBERED = tuple(enumerate(ALL_RULES))
_PLAIN_GATES = Needles.of(() if rule.hexadecimal else rule.gates for rule in ALL_RULES)
_HEX_GATES = Needles.of(rule.gates if rule.hexadecimal else () for rule in ALL_RULES)
_BY_CONTEXT = Needles.of(rule.context_needles if not rule.gates and rule.alone == 0.0 else () for rule in ALL_RULES)
_WITHOUT_GATES = sum(1 << n for n, rule in _NUMBERED if not rule.gates and (rule.alone > 0.0 or rule.context is None))


def find_pii(text: str, name_hint: str = "") -> list[Finding]:
    """PII in a text of bounded length; `name_hint` is the key or parameter the text is the value of.

    Of overlapping candidates the most confident survives.
    """
    opened = _opened(text, name_hint)
    candidates: list[Finding] = []
    for number, rule in _NUMBERED:
        if opened >> number & 1:
            candidates.extend(_candidates(rule, text, name_hint))
    return _without_overlaps(candidates)


def _opened(text: str, name_hint: str) -> int:
    """The rules whose gates the text opens, as bits."""
    shape = _GAP.sub(r"\1~\2", outline(text, _SHAPE))
    opened = 0
    if "0" in shape:
        low = f"{text}\n{_words(name_hint)}".lower()
        opened = _WITHOUT_GATES | _BY_CONTEXT.opened(low)
    if "0" in shape or "@" in shape or "::" in shape:
        opened |= _PLAIN_GATES.opened(shape)
    if _HEX_SIGNS.search(text):
        opened |= _HEX_GATES.opened(outline(text, _HEX_SHAPE))
    return opened


def _candidates(rule: PiiRule, text: str, name_hint: str) -> Iterator[Finding]:
    if (
        rule.alone == 0.0
        and rule.context is not None
        and not (rule.context.search(text) or rule.context.search(_words(name_hint)))
    ):
        return
    for number, hit in enumerate(rule.pattern.finditer(text)):
        if number >= CANDIDATES_MAX:
            return
        value = hit.group()
        if rule.valid is not None and not _safely(rule.valid, value):
            continue
        confidence = _confidence(rule, text, hit.start(), hit.end(), name_hint)
        if confidence > HINT_MIN:
            yield Finding(PII, hit.start(), hit.end(), rule.severity, confidence, rule.name, masked(value))


def _safely(valid: Callable[[str], bool], value: str) -> bool:
    try:
        return valid(value)
    except (ValueError, IndexError):  # a shape that its check cannot read is not of that kind
        return False


def _confidence(rule: PiiRule, text: str, start: int, end: int, name_hint: str) -> float:
    label = labelled(text, start)
    if _named(rule, text, start, end, label) or (name_hint and rule.speaks_of(_words(name_hint))):
        return rule.named
    value = text[start:end]
    if label >= 0 or (rule.numeric and a_moment_or_product(value)):
        return min(rule.alone, EXPLAINED)
    if rule.name == "ipv4" and a_version(text, start, end):
        return min(rule.alone, EXPLAINED)
    alone = rule.whole if len(text.strip()) == end - start and not name_hint else rule.alone
    return alone if rule.self_evident or not bare(value) else min(alone, BARE)


def _named(rule: PiiRule, text: str, start: int, end: int, label: int) -> bool:
    """A word of the rule beside the candidate, before it no further than a word that names it something else."""
    if rule.context is None:
        return False
    before = text[max(0, start - CONTEXT_CHARS) : start]
    hits = list(rule.context.finditer(before))
    if hits and not _DENIED.search(before, 0, hits[-1].start()):
        return label < 0 or start - len(before) + hits[-1].end() > label
    return label < 0 and rule.context.search(text, end, end + CONTEXT_CHARS // 2) is not None


def _words(name: str) -> str:
    """A key as words: customerSSN and customer_ssn read `customer ssn`."""
    return re.sub(r"[_.\-\[\]]+|(?<=[a-z])(?=[A-Z])", " ", name)


def _without_overlaps(candidates: list[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    for one in sorted(candidates, key=lambda f: (-f.confidence, f.start - f.end)):
        if not any(one.start < other.end and other.start < one.end for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda f: f.start)
