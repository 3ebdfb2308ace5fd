"""The entry points: a text or a structure and where it came from in, findings out. Pure; bounded whatever is sent."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import blake2b
from threading import Lock

from groundstop.screening.findings import SOURCES, UNSCANNED, Finding, Findings, Source
from groundstop.screening.injection import find_injection, views_of
from groundstop.screening.pii import find_pii
from groundstop.screening.secrets import find_hidden_secrets, find_secrets
from groundstop.screening.structure import render
from groundstop.screening.window import read_spans, windows

KEPT_MAX = 1_024  # texts whose findings are kept
KEPT_FINDINGS_MAX = 64  # of one text; what has more is read again


def screen(text: str, source: str) -> Findings:
    """Screens one text for injection, secrets and PII.

    `source` is one of argument, user_turn, agent_turn, tool_description, tool_output; ValueError otherwise.
    Every character is read, up to `window.READ_CHARS_MAX`; a longer text carries a finding of kind `unscanned`, which
    says how much was not.
    """
    known = _known(source)
    return Findings(known, _scanned(text, known))


def screen_structure(value: object, source: str) -> Findings:
    """Screens a JSON value, keys and numbers included; each finding names the path, such as `$.to[0].email`.

    The name of a value counts as context: nine digits under `ssn` are one, under `order_id` they are not.
    """
    known = _known(source)
    rendered = render(value)
    found = [rendered.home(one) for one in _scanned(rendered.text, known)]
    return Findings(known, (*found, *rendered.unread))


def _known(source: str) -> Source:
    for name in SOURCES:
        if name == source:
            return name
    raise ValueError(f"source {source!r} is unknown; expected one of {', '.join(SOURCES)}")


_results: OrderedDict[tuple[bytes, Source], tuple[Finding, ...]] = OrderedDict()
_lock = Lock()


def _scanned(text: str, source: Source) -> tuple[Finding, ...]:
    """The findings of a text; those of the texts read last are kept, by digest: no text stays in memory for it.

    The same text comes as what a tool answered, as an argument, and in what the agent says.
    """
    key = (blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest(), source)
    with _lock:
        if key in _results:
            _results.move_to_end(key)
            return _results[key]
    found = tuple(_scan(text, source))
    if len(found) <= KEPT_FINDINGS_MAX:
        with _lock:
            _results[key] = found
            while len(_results) > KEPT_MAX:
                _results.popitem(last=False)
    return found


def _scan(text: str, source: Source) -> Iterator[Finding]:
    spans = read_spans(len(text))
    for start, end in spans:
        yield from _shifted(_read(text[start:end] if len(spans) > 1 else text, source), start)
    if len(spans) > 1:
        read = sum(end - start for start, end in spans)
        note = f"{len(text) - read} of {len(text)} characters were not read"
        yield Finding(UNSCANNED, spans[0][1], spans[1][0], "medium", 0.6, "text_too_long", note)


def _read(text: str, source: Source) -> list[Finding]:
    """All three screens on a text of bounded length; what reads sentences does so window by window."""
    found: list[Finding] = []
    hidden: list[Finding] = []
    done = 0
    for start, end in windows(text):
        part = text[start:end]
        views = tuple(views_of(part))
        injections = _shifted(find_injection(part, source, views), start)
        found += [one for one in injections if one.end > done or not done]
        hidden += _shifted(find_hidden_secrets(views), start)
        done = end
    return [*found, *find_secrets(text), *hidden, *find_pii(text)]


def _shifted(found: Iterable[Finding], by: int) -> list[Finding]:
    return [replace(one, start=one.start + by, end=one.end + by) if by else one for one in found]
