"""What a screen answers: findings with spans into the original text, and the question `flagged(kind)`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Source = Literal["argument", "user_turn", "agent_turn", "tool_description", "tool_output"]
Severity = Literal["info", "low", "medium", "high", "critical"]

SOURCES: tuple[Source, ...] = ("argument", "user_turn", "agent_turn", "tool_description", "tool_output")
PROMPT_INJECTION = "prompt_injection"
SECRET = "secret"
PII = "pii"
HIDDEN_TEXT = "hidden_text"
UNSCANNED = "unscanned"
KINDS = (PROMPT_INJECTION, SECRET, PII, HIDDEN_TEXT, UNSCANNED)

# A finding below its kind's bar is still reported, as a hint, but does not flag the text.
FLAG_AT = {PROMPT_INJECTION: 0.5, SECRET: 0.5, PII: 0.5, HIDDEN_TEXT: 0.5, UNSCANNED: 0.5}
EXCERPT_CHARS_MAX = 160


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen. `start`/`end` are code point offsets into the original text, `confidence` is 0..1.

    `excerpt` is the sentence for injections (what a human should read) and masked for secrets and PII.
    `path` is the JSON path of the string when a structure was screened ("" for plain text).
    """

    kind: str
    start: int
    end: int
    severity: Severity
    confidence: float
    rule: str
    excerpt: str = ""
    path: str = ""

    def at(self, path: str) -> Finding:
        return replace(self, path=path)


@dataclass(frozen=True, slots=True)
class Findings:
    """All findings of one text or structure, ordered by path and position."""

    source: Source
    findings: tuple[Finding, ...] = ()

    def flagged(self, kind: str) -> bool:
        """True when at least one finding of `kind` reaches the bar of its kind (`FLAG_AT`)."""
        return any(f.kind == kind and f.confidence >= FLAG_AT[kind] for f in self.findings)

    def of(self, kind: str) -> tuple[Finding, ...]:
        """The findings of one kind, hints included."""
        return tuple(f for f in self.findings if f.kind == kind)

    def __bool__(self) -> bool:
        return any(f.confidence >= FLAG_AT[f.kind] for f in self.findings)


def excerpt(text: str, start: int, end: int) -> str:
    """The cited part of the text on one line, shortened in its middle."""
    cited = " ".join(text[start : min(end, start + 4 * EXCERPT_CHARS_MAX)].split())
    if len(cited) <= EXCERPT_CHARS_MAX:
        return cited
    half = EXCERPT_CHARS_MAX // 2
    return f"{cited[:half]} ... {cited[-half:]}"


def contains_any(text: str, needles: tuple[str, ...]) -> bool:
    """Whether one of the needles occurs. A plain loop: a generator costs three times as much here."""
    for needle in needles:  # noqa: SIM110 - see above
        if needle in text:
            return True
    return False


def outline(text: str, table: bytes) -> str:
    """The text with each character replaced by its class; one byte a character, so that it runs at memory speed."""
    return text.encode("ascii", "replace").translate(table).decode("ascii")


def outline_table(**classes: str) -> bytes:
    """For `outline`: every character of a class becomes the name of the class; the others stay."""
    table = bytearray(range(256))
    for name, characters in classes.items():
        for character in characters:
            table[ord(character)] = ord(name[-1])
    return bytes(table)


def masked(value: str) -> str:
    """A value that is safe to print: at most its first two and last two characters survive, of long values only."""
    if len(value) < 12:
        return "*" * len(value)
    return f"{value[:2]}{'*' * (len(value) - 4)}{value[-2:]}"[:40]
