"""PII of structured kinds: shape first, then check digits, then the words beside it.

A kind whose shape is weak (nine digits, a word of eight letters) needs either a check digit that holds or a word that
names it; with neither it is reported as a hint below the bar. A value that is the whole text counts as half a context.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np
from groundstop.screening.findings import FLAG_AT, PII, Finding, contains_any, masked, outline, outline_table
from groundstop.screening.needles import Gates, Needles, around
from groundstop.screening.pii_documents import DOCUMENT_RULES
from groundstop.screening.pii_explained import a_moment_or_product, a_version, bare, labelled
from groundstop.screening.pii_rule import PiiRule
from groundstop.screening.pii_rules import RULES

CONTEXT_CHARS = 64  # before and after a candidate, where its name is looked for
CANDIDATES_MAX = 1_000  # per kind and text
HINT_MIN = 0.25  # less is not worth a reader's time
BARE = 0.45  # at most, for digits or a code that no word names: a check digit holds for one number in ten
EXPLAINED = 0.2  # at most, for what a moment, a version, an order or a product explains
GAP_CHARS = 8  # digits further apart belong to no one number
MARGIN_CHARS = 14  # letters that may stand before or behind the digits of a number
SHAPE_CHARS_MAX = 96  # shapes that are kept
SHAPES_MAX = 20_000

ALL_RULES = (*RULES, *DOCUMENT_RULES)
_DENIED = re.compile(r"\b(?:not an?|no|invalid|fake|dummy) $", re.IGNORECASE)  # "not a TIN 123" names nobody's
_LETTER_HEX = re.compile(
    r"(?<![\w:-])(?:[A-Fa-f]{2}[:-]){5}[A-Fa-f]{2}(?![\w:-])|(?<!\w)[A-Fa-f]{4}(?:\.[A-Fa-f]{4}){2}(?!\w)|::"
)
_LONG_RUN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{26}")
_HEX_PAIRS = ("hh:hh:hh:hh", "hh-hh-hh-hh", "hhhh.hhhh.hhhh")
_LONG = "x" * 26
_DIGITS = "0123456789"
_ALNUM = outline_table(x=_DIGITS + "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_SHAPE = outline_table(_0=_DIGITS, a="abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_HEX_SHAPE = outline_table(h=_DIGITS + "abcdefABCDEF")

_NUMBERED = tuple(enumerate(ALL_RULES))
_PLAIN_GATES = Needles.of(() if rule.hexadecimal or rule.name == "email" else rule.gates for rule in ALL_RULES)
_HEX_GATES = Needles.of(rule.gates if rule.hexadecimal else () for rule in ALL_RULES)
_BY_CONTEXT = Gates(rule.context_needles if not rule.gates and rule.alone == 0.0 else () for rule in ALL_RULES)
_WITHOUT_GATES = tuple(n for n, rule in _NUMBERED if not rule.gates and (rule.alone > 0.0 or rule.context is None))
_EMAIL = next(rule for rule in ALL_RULES if rule.name == "email")
_LOCAL_PART = re.compile(r"(?<![\w.+-])[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63}$")
EMAIL_LOCAL_MAX = 65
EMAIL_DOMAIN_MAX = 320
EMAILS_MAX = 20_000

Span = tuple[int, int]


def find_pii(text: str, name_hint: str = "") -> list[Finding]:
    """PII in a text; `name_hint` is the key or parameter the text is the value of.

    Of overlapping candidates the most confident survives.
    """
    candidates = list(_emails(text))
    for number, spans in sorted(_places(text, name_hint).items()):
        rule = ALL_RULES[number]
        hits = (hit for start, end in spans for hit in rule.pattern.finditer(text, start, end))
        for hit in islice(hits, CANDIDATES_MAX):
            candidates.extend(_candidate(rule, text, hit, name_hint))
    return _without_overlaps(candidates)


def _emails(text: str) -> Iterator[Finding]:
    at = text.find("@")
    count = 0
    while at >= 0 and count < EMAILS_MAX:
        local = _LOCAL_PART.search(text, max(0, at - EMAIL_LOCAL_MAX), at) if text[at + 1 : at + 2].isalnum() else None
        hit = _EMAIL.pattern.match(text, local.start(), at + EMAIL_DOMAIN_MAX) if local is not None else None
        if hit is not None:
            yield from _candidate(_EMAIL, text, hit, "")
            count += 1
        at = text.find("@", at + 1)


def _places(text: str, name_hint: str) -> dict[int, list[Span]]:
    """Rule number -> where its expression is run: around the digits whose shape it could have, or its own words."""
    found: dict[int, list[Span]] = {}
    groups = _digit_groups(text)
    if "::" in text or contains_any(outline(text, _HEX_SHAPE), _HEX_PAIRS):
        groups += [(max(0, hit.start() - 4), hit.end() + 40) for hit in _LETTER_HEX.finditer(text)]
    if not groups:
        return found
    shape = outline(text, _SHAPE)
    for start, end in groups:
        for number in _rules_of(shape[start:end], text[start:end]):
            found.setdefault(number, []).append((start, end))
    low = text.lower()
    for number, ends in _BY_CONTEXT.opened(low).items():
        found[number] = around(ends, CONTEXT_CHARS + 40, CONTEXT_CHARS + 40, len(text))
    for number in _BY_CONTEXT.opened(_words(name_hint).lower()) if name_hint else ():
        found[number] = [(0, len(text))]
    if _LONG in outline(text, _ALNUM):
        spans = around([hit.start() for hit in _LONG_RUN.finditer(text)], 30, 100, len(text))
        found.update((number, spans) for number in _WITHOUT_GATES)
    return found


def _digit_groups(text: str) -> list[Span]:
    """Digits that could be one number, with the letters around them; overlapping groups are one."""
    raw = np.frombuffer(text.encode("ascii", "replace"), dtype=np.uint8)
    places = np.flatnonzero((raw >= 48) & (raw <= 57))
    if not len(places):
        return []
    cuts = np.flatnonzero(np.diff(places) > GAP_CHARS + MARGIN_CHARS) + 1
    firsts = places[np.concatenate(([0], cuts))] - MARGIN_CHARS
    lasts = places[np.concatenate((cuts - 1, [len(places) - 1]))] + MARGIN_CHARS
    return list(zip(np.maximum(firsts, 0).tolist(), np.minimum(lasts, len(raw)).tolist(), strict=True))


_shapes: dict[str, tuple[int, ...]] = {}


def _rules_of(shape: str, text: str) -> tuple[int, ...]:
    """The rules whose gates a stretch opens; kept by shape, of which a text has few."""
    dotted = shape.count(".") > 1 and "a" in shape
    hexadecimal = dotted or shape.count(":") > 1 or shape.count("-") > 4
    key = shape + outline(text, _HEX_SHAPE) if hexadecimal else shape
    found = _shapes.get(key)
    if found is None:
        bits = _PLAIN_GATES.opened(shape) | (_HEX_GATES.opened(key[len(shape) :]) if hexadecimal else 0)
        found = _numbers(bits)
        if len(_shapes) >= SHAPES_MAX:
            _shapes.clear()
        if len(shape) <= SHAPE_CHARS_MAX:
            _shapes[key] = found
    return found


def _numbers(bits: int) -> tuple[int, ...]:
    found = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return tuple(found)


def _candidate(rule: PiiRule, text: str, hit: re.Match[str], name_hint: str) -> Iterator[Finding]:
    value = hit.group()
    if rule.valid is None or _safely(rule.valid, value):
        confidence = _confidence(rule, text, hit.start(), hit.end(), name_hint)
        if confidence > HINT_MIN:
            yield Finding(PII, hit.start(), hit.end(), rule.severity, confidence, rule.name, masked(value))


def _safely(valid: Callable[[str], bool], value: str) -> bool:
    try:
        return valid(value)
    except (ValueError, IndexError):  # a shape that its check cannot read is not of that kind
        return False


def _confidence(rule: PiiRule, text: str, start: int, end: int, name_hint: str) -> float:
    if name_hint and rule.speaks_of(_words(name_hint)):
        return rule.named
    named = _named(rule, text, start, end)
    value = text[start:end]
    alone = rule.whole if len(text.strip()) == end - start and not name_hint else rule.alone
    if (rule.numeric and a_moment_or_product(value)) or (rule.name == "ipv4" and a_version(text, start, end)):
        alone = min(alone, EXPLAINED)
    elif not rule.self_evident and bare(value):
        alone = min(alone, BARE)
    if named < 0 and alone < FLAG_AT[PII]:
        return alone
    label = labelled(text, start)
    if named >= 0 and named > label:
        return rule.named
    return min(alone, EXPLAINED) if label >= 0 else alone


def _named(rule: PiiRule, text: str, start: int, end: int) -> int:
    """Where the nearest word of the rule before the candidate ends, 0 for one behind it, -1 when there is none."""
    if rule.context is None:
        return -1
    before = text[max(0, start - CONTEXT_CHARS) : start]
    last = None
    for last in rule.context.finditer(before):  # noqa: B007 - the last of them is the nearest
        pass
    if last is not None and not _DENIED.search(before, 0, last.start()):
        return start - len(before) + last.end()
    return 0 if rule.context.search(text, end, end + CONTEXT_CHARS // 2) is not None else -1


def _words(name: str) -> str:
    """A key as words: customerSSN and customer_ssn read `customer ssn`."""
    return re.sub(r"[_.\-\[\]]+|(?<=[a-z])(?=[A-Z])", " ", name)


def _without_overlaps(candidates: list[Finding]) -> list[Finding]:
    """The most confident of those that overlap, longest first; sorted by place."""
    kept: list[Finding] = []
    for group in _touching(sorted(candidates, key=lambda f: (f.start, f.end))):
        chosen: list[Finding] = []
        for one in sorted(group, key=lambda f: (-f.confidence, f.start - f.end))[:CROWD_MAX]:
            if not any(one.start < other.end and other.start < one.end for other in chosen):
                chosen.append(one)
        kept += sorted(chosen, key=lambda f: f.start)
    return kept


CROWD_MAX = 400  # candidates that touch one another and are compared


def _touching(found: list[Finding]) -> Iterator[list[Finding]]:
    """Runs of candidates each of which begins before an earlier one ends."""
    group: list[Finding] = []
    end = -1
    for one in found:
        if group and one.start >= end:
            yield group
            group = []
        group.append(one)
        end = max(end, one.end)
    if group:
        yield group
