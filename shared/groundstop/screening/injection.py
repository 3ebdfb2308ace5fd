"""Prompt injection: rules and the trained model over every view of the text. Findings point into the original."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from groundstop.screening.encodings import UNREAD, decoded_views
from groundstop.screening.findings import (
    HIDDEN_TEXT,
    PROMPT_INJECTION,
    UNSCANNED,
    Finding,
    Source,
    excerpt,
)
from groundstop.screening.model import Model, Scored, load_model, score_sentences, score_turn
from groundstop.screening.needles import Needles
from groundstop.screening.rules import RULES
from groundstop.screening.text import View, folded, invisible_count, smuggled, unseen_markup

HITS_PER_RULE_MAX = 20
BEFORE_CHARS = 140
INVISIBLE_MIN = 8  # fewer occur in honest text: emoji joiners, a byte order mark


QUOTED_MAX = 0.45  # a user who quotes a wording talks about it
_QUOTES = frozenset("\"'`\u2018\u201c")
CONCEALED_BAR = 0.6  # an order that somebody took the trouble to encode needs less to convince
# Honest text has these too.
_CONCEALED_BARS = {
    "unseen_markup": 0.7,
    "entities": 0.75,
    "percent": 0.75,
    "escapes": 0.75,
    "leet": 0.8,
}  # honest text has them
_TURNS = ("user_turn", "agent_turn")
SHORT_CHARS_MAX = 1_200  # a shorter document may be one attack from end to end, and is judged like a turn as well
SHORT_CHARS_MIN = 20  # less is no sentence
SHORT_BAR = 0.8
SHORT_BAR_DESCRIPTION = 0.95  # honest descriptions give orders to the model


def find_injection(text: str, source: Source, views: Iterable[View], model: Model | None = None) -> list[Finding]:
    """Orders to the reading assistant, in a text of bounded length and its `views`, hidden ones included.

    `model` is the packaged one unless given (a bench gives models trained without the source they are scored on).
    """
    found: list[Finding] = []
    model = model or load_model()
    for view in views:
        if view.name == UNREAD:
            found.append(Finding(UNSCANNED, 0, len(text), "medium", 0.6, "encodings_too_many", "more than is read"))
            continue
        found.extend(_by_rules(view, source))
        found.extend(_by_model(view, source, model))
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
    opened = _NEEDLES.opened(view.text.lower())
    concealed = _concealed(view)
    for number, rule in _NUMBERED if opened else ():
        if not opened >> number & 1 or source not in rule.sources:
            continue
        for count, hit in enumerate(rule.pattern.finditer(view.text)):
            if count >= HITS_PER_RULE_MAX:
                break
            if rule.before is not None and not rule.before.search(
                view.text, max(0, hit.start() - BEFORE_CHARS), hit.start()
            ):
                continue
            start, end = view.locate(hit.start(), hit.end())
            name = f"{rule.name}:{view.name}" if concealed else rule.name
            shown = excerpt(view.text, *_sentence(view.text, hit.start(), hit.end()))
            confidence = min(0.99, rule.confidence + 0.15) if concealed else rule.confidence
            if source == "user_turn" and view.text[max(0, hit.start() - 1) : hit.start()] in _QUOTES:
                confidence = min(confidence, QUOTED_MAX)
            yield Finding(PROMPT_INJECTION, start, end, rule.severity, confidence, name, shown)


_NUMBERED = tuple(enumerate(RULES))
_NEEDLES = Needles.of(rule.needles for rule in RULES)


def _concealed(view: View) -> bool:
    return view.span is not None


def _by_model(view: View, source: Source, model: Model) -> Iterator[Finding]:
    """Sentences above the bar of their source; a turn is judged whole: a user's orders are not suspect as such."""
    concealed = _concealed(view)
    if source in _TURNS and not concealed:
        yield from _as_turn(view, model, model.bars[source], (0, len(view.text)))
        return
    bar = min(_CONCEALED_BARS.get(view.name, CONCEALED_BAR), model.bars[source]) if concealed else model.bars[source]
    sentences = score_sentences(model, view.text)
    for scored in sentences:
        if scored.probability >= bar:
            start, end = view.locate(scored.start, scored.end)
            name = f"model.sentence:{view.name}" if concealed else "model.sentence"
            shown = excerpt(view.text, scored.start, scored.end)
            yield Finding(PROMPT_INJECTION, start, end, "medium", _confidence(scored.probability, bar), name, shown)
    if not concealed and SHORT_CHARS_MIN <= len(view.text) <= SHORT_CHARS_MAX:
        worst = max(sentences, key=lambda one: one.probability, default=Scored(0, len(view.text), 0.0))
        short_bar = SHORT_BAR_DESCRIPTION if source == "tool_description" else SHORT_BAR
        yield from _as_turn(view, model, short_bar, (worst.start, worst.end))


def _as_turn(view: View, model: Model, bar: float, span: tuple[int, int]) -> Iterator[Finding]:
    """The text judged as a whole; the finding points at `span`."""
    probability = score_turn(model, view.text)
    if probability >= bar:
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
