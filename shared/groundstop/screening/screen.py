"""The entry points: a text or a structure and where it came from in, findings out. Pure; bounded whatever is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from groundstop.screening.findings import SOURCES, UNSCANNED, Finding, Findings, Source
from groundstop.screening.injection import find_injection, views_of
from groundstop.screening.pii import find_pii
from groundstop.screening.secrets import find_hidden_secrets, find_secrets
from groundstop.screening.structure import render
from groundstop.screening.window import windows


def screen(text: str, source: str) -> Findings:
    """Screens one text for injection, secrets and PII.

    `source` is one of argument, user_turn, agent_turn, tool_description, tool_output; ValueError otherwise.
    A text longer than `window.WHOLE_CHARS_MAX` is read in windows and carries a finding of kind `unscanned`.
    """
    known = _known(source)
    return Findings(known, tuple(_scan(text, known)))


def screen_structure(value: object, source: str) -> Findings:
    """Screens a JSON value, keys and numbers included; each finding names the path, such as `$.to[0].email`.

    The name of a value counts as context: nine digits under `ssn` are one, under `order_id` they are not.
    """
    known = _known(source)
    rendered = render(value)
    found = [rendered.home(one) for one in _scan(rendered.text, known)]
    return Findings(known, (*found, *rendered.unread))


def _known(source: str) -> Source:
    for name in SOURCES:
        if name == source:
            return name
    raise ValueError(f"source {source!r} is unknown; expected one of {', '.join(SOURCES)}")


def _scan(text: str, source: Source) -> Iterator[Finding]:
    spans = windows(text)
    for start, end in spans:
        part = text[start:end] if len(spans) > 1 else text
        views = tuple(views_of(part))
        secrets = (*find_secrets(part), *find_hidden_secrets(views))
        for one in (*find_injection(part, source, views), *secrets, *find_pii(part)):
            yield replace(one, start=one.start + start, end=one.end + start) if start else one
    if len(spans) > 1:
        read = sum(end - start for start, end in spans)
        yield Finding(UNSCANNED, 0, len(text), "medium", 0.6, "text_too_long", f"{read} of {len(text)} characters read")
