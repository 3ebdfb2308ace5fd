"""The entry points: a text or a structure and where it came from in, findings out. Pure; bounded whatever is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from groundstop.screening.findings import SOURCES, UNSCANNED, Finding, Findings, Source
from groundstop.screening.injection import find_injection
from groundstop.screening.pii import find_pii
from groundstop.screening.secrets import find_secrets
from groundstop.screening.window import windows

STRINGS_MAX = 2_000  # strings of one structure that are read
DEPTH_MAX = 64
CHARS_MAX = 49_152  # of one structure, over all its strings


def screen(text: str, source: str) -> Findings:
    """Screens one text for injection, secrets and PII.

    `source` is one of argument, user_turn, agent_turn, tool_description, tool_output; ValueError otherwise.
    A text longer than `window.WHOLE_CHARS_MAX` is read in windows and carries a finding of kind `unscanned`.
    """
    known = _known(source)
    return Findings(known, tuple(_scan(text, known, "")))


def screen_structure(value: object, source: str) -> Findings:
    """Screens every string of a JSON value, keys included; each finding names the path, such as `$.to[0].email`.

    Numbers are read as text, so that a card number is found either way.
    """
    known = _known(source)
    found: list[Finding] = []
    chars = 0
    for number, (path, name, text) in enumerate(_strings(value, "$", "", 0)):
        chars += len(text)
        if number >= STRINGS_MAX or chars > CHARS_MAX:
            found.append(Finding(UNSCANNED, 0, 0, "medium", 0.6, "structure_too_large", "rest of the structure", path))
            break
        found.extend(one.at(path) for one in _scan(text, known, name))
    return Findings(known, tuple(found))


def _known(source: str) -> Source:
    if source not in SOURCES:
        raise ValueError(f"source {source!r} is unknown; expected one of {', '.join(SOURCES)}")
    return source


def _scan(text: str, source: Source, name_hint: str) -> Iterator[Finding]:
    spans = windows(text)
    for start, end in spans:
        part = text[start:end] if len(spans) > 1 else text
        for one in (*find_injection(part, source), *find_secrets(part), *find_pii(part, name_hint)):
            yield replace(one, start=one.start + start, end=one.end + start) if start else one
    if len(spans) > 1:
        read = sum(end - start for start, end in spans)
        yield Finding(UNSCANNED, 0, len(text), "medium", 0.6, "text_too_long", f"{read} of {len(text)} characters read")


def _strings(value: object, path: str, name: str, depth: int) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, str):
        yield path, name, value
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float):
        yield path, name, _number(value)
    elif depth >= DEPTH_MAX:
        yield path, name, "(deeper than is read)"
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if not str(key).isidentifier():
                yield f"{path}.<key>", "", str(key)
            yield from _strings(item, f"{path}.{key}", str(key), depth + 1)
    elif isinstance(value, Sequence):
        for index, item in enumerate(value):
            yield from _strings(item, f"{path}[{index}]", name, depth + 1)


def _number(value: float) -> str:
    try:
        return str(value)
    except ValueError:  # an integer beyond the interpreter's digit limit
        return ""
