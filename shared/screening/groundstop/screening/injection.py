"""Prompt injection: rules and the trained model over every view of the text. Findings point into the original."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from groundstop.screening.encodings import UNREAD, decoded_views
from groundstop.screening.findings import (
    HIDDEN_TEXT,
    PROMPT_INJECTION,
    UNSCANNED,
    Finding,
    Source,
    excerpt,
)
from groundstop.screening.judged import Orders, load_orders, score_orders
from groundstop.screening.model import Model, load_model, score_turn
from groundstop.screening.needles import Gates, around
from groundstop.screening.rules import RULES, Rule
from groundstop.screening.text import View, folded, invisible_count, smuggled, unseen_markup

HITS_PER_RULE_MAX = 20
BEFORE_CHARS = 240
AFTER_CHARS = 420  # no rule reaches further from what opened it
INVISIBLE_MIN = 8  # fewer occur in honest text: emoji joiners, a byte order mark


QUOTED_MAX = 0.45  # a wording that is quoted is talked about
_QUOTES = frozenset("\"'`\u2018\u201c")
_SPEAKS_OF_ATTACKS = re.compile(
    r"(?i)\b(?:prompt injections?|jailbreaks?|attackers?|adversar\w+|phish\w*|exploits?|vulnerab\w+|payloads?"
    r"|red team\w*|researchers?|mitigat\w*|defend\w*)\b"
)
# Bars on the probability of an order, chosen on benign texts of left-out sources (bench.judgement.screens).
BARS: dict[Source, float] = {
    "tool_output": 0.73,
    "argument": 0.9,
    "tool_description": 0.98,
    "user_turn": 0.98,
    "agent_turn": 0.98,
}
CONCEALED_BAR = 0.5  # an order that somebody took the trouble to encode needs less to convince
# Honest text has these too.
_CONCEALED_BARS = {"unseen_markup": 0.6, "entities": 0.78, "percent": 0.78, "escapes": 0.78, "leet": 0.78}
_TURNS = ("user_turn", "agent_turn")


def find_injection(
    text: str, source: Source, views: Iterable[View], model: Model | None = None, orders: Orders | None = None
) -> list[Finding]:
    """Orders to the reading assistant, in a text of bounded length and its `views`, hidden ones included.

    `model` judges turns and `orders` documents; the packaged ones unless given (a bench gives heads trained without
    the source that they are scored on).
    """
    found: list[Finding] = []
    model = model or load_model()
    orders = orders or load_orders()
    for view in views:
        if view.name == UNREAD:
            found.append(Finding(UNSCANNED, 0, len(text), "medium", 0.6, "encodings_too_many", "more than is read"))
            continue
        found.extend(_by_rules(view, source))
        if source in _TURNS and not concealed(view):
            found.extend(_as_turn(view, model, model.bars[source]))
        else:
            found.extend(_by_orders(view, source, orders))
    found.extend(_hidden(text))
    return _strongest(found)


def views_of(text: str) -> Iterator[View]:
    """The text folded, then everything that is hidden or encoded in it."""
    plain = folded(text)
    yield plain
    yield from smuggled(text)
    yield from _placed((*unseen_markup(plain.text), *decoded_views(plain.text)), plain)


def _placed(views: Iterable[View], parent: View) -> Iterator[View]:
    for view in views:
        yield View(view.name, view.text, None, parent.locate(*view.span) if view.span else None)


def _by_rules(view: View, source: Source) -> Iterator[Finding]:
    text = view.text
    for number, ends in _GATES.opened(text.lower()).items():
        rule = RULES[number]
        if source not in rule.sources:
            continue
        hits = (
            hit
            for start, stop in around(ends, BEFORE_CHARS, AFTER_CHARS, len(text))
            for hit in rule.pattern.finditer(text, start, stop)
        )
        for hit in islice(hits, HITS_PER_RULE_MAX):
            if rule.before is None or rule.before.search(text, max(0, hit.start() - BEFORE_CHARS), hit.start()):
                yield _by_rule(rule, hit, view, source)


def _by_rule(rule: Rule, hit: re.Match[str], view: View, source: Source) -> Finding:
    start, end = view.locate(hit.start(), hit.end())
    hidden = concealed(view)
    shown = excerpt(view.text, *_sentence(view.text, hit.start(), hit.end()))
    confidence = min(0.99, rule.confidence + 0.15) if hidden else rule.confidence
    if _spoken_of(view.text, hit, source):
        confidence = min(confidence, QUOTED_MAX)
    return Finding(
        PROMPT_INJECTION,
        start,
        end,
        rule.severity,
        confidence,
        f"{rule.name}:{view.name}" if hidden else rule.name,
        shown,
    )


_GATES = Gates(rule.needles for rule in RULES)


def concealed(view: View) -> bool:
    """Whether somebody took the trouble to hide or encode it."""
    return view.span is not None


def _spoken_of(text: str, hit: re.Match[str], source: Source) -> bool:
    """A wording that is quoted is talked about: by a user, or in the prose of a text that speaks of attacks."""
    at = hit.start()
    if text[max(0, at - 1) : at] not in _QUOTES:
        return False
    prose = text[max(0, at - 2) : at - 1] == " " and text[max(0, at - 3) : at - 2].isalpha()
    return source == "user_turn" or (
        prose and _SPEAKS_OF_ATTACKS.search(text, max(0, at - 160), hit.end() + 160) is not None
    )


def _by_orders(view: View, source: Source, orders: Orders) -> Iterator[Finding]:
    """Sentences of a document that are orders to its reader."""
    hidden = concealed(view)
    bar = min(_CONCEALED_BARS.get(view.name, CONCEALED_BAR), BARS[source]) if hidden else BARS[source]
    for scored in score_orders(orders, view.text):
        if scored.probability >= bar:
            start, end = view.locate(scored.start, scored.end)
            name = f"model.sentence:{view.name}" if hidden else "model.sentence"
            shown = excerpt(view.text, scored.start, scored.end)
            yield Finding(PROMPT_INJECTION, start, end, "medium", _confidence(scored.probability, bar), name, shown)


def _as_turn(view: View, model: Model, bar: float) -> Iterator[Finding]:
    """A turn is judged whole: a user's orders are not suspect as such."""
    probability = score_turn(model, view.text)
    if probability >= bar:
        span = (0, len(view.text))
        shown = excerpt(view.text, *span)
        confidence = _confidence(probability, bar)
        yield Finding(PROMPT_INJECTION, *view.locate(*span), "medium", confidence, "model.turn", shown)


def _confidence(probability: float, bar: float) -> float:
    """The bar is 0.5 whatever its height, certainty is 1."""
    return round(0.5 + 0.5 * (probability - bar) / (1.0 - bar), 3)


def _hidden(text: str) -> Iterator[Finding]:
    count = invisible_count(text)
    if count >= INVISIBLE_MIN and count > len(text) // 200:
        yield Finding(
            HIDDEN_TEXT, 0, len(text), "medium", 0.7, "invisible_characters", f"{count} characters that cannot be seen"
        )


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around a hit, at most 200 characters to each side."""
    left = max((text.rfind(mark, max(0, start - 200), start) for mark in (". ", "\n", "? ", "! ")), default=-1)
    rights = [at for mark in (". ", "\n", "? ", "! ") if (at := text.find(mark, end, end + 200)) >= 0]
    return max(left + 1, start - 200), min(rights, default=min(len(text), end + 200)) + 1


def _strongest(found: list[Finding]) -> list[Finding]:
    """One finding per rule and span, strongest first kept, in order of position."""
    kept: dict[tuple[str, int, int], Finding] = {}
    for one in found:
        key = (one.rule.split(":")[0], one.start, one.end)
        if key not in kept or kept[key].confidence < one.confidence:
            kept[key] = one
    return sorted(kept.values(), key=lambda f: (f.start, f.end, f.rule))
