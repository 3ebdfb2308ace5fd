"""Secrets: named shapes, detect-secrets' detectors in-process, and assigned values with high entropy.

Every rule has needles, plain substrings of which one must occur, so that an ordinary text costs a few searches only.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import Protocol

from groundstop.screening.findings import SECRET, Finding, masked
from groundstop.screening.needles import Needles
from groundstop.screening.secret_rules import RULES
from groundstop.screening.text import View

KEY_CHARS_MAX = 8_192  # of one PEM key
LINE_CHARS_MAX = 2_048  # detect-secrets' patterns are run on no longer line
ENTROPY_BITS_MIN = 2.9  # per character; what has this much and mixed classes beside a telling name is no word
ASSIGNED_CHARS_MIN = 8


# detect-secrets detectors worth their time here: module, class, needles.
_DETECTORS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("artifactory", "ArtifactoryDetector", ("AKC", "AP5", "AP6", "APA", "APB")),
    ("cloudant", "CloudantDetector", ("cloudant",)),
    ("discord", "DiscordBotTokenDetector", ("discord", "Discord", "bot", "Bot", "oken")),
    ("ibm_cloud_iam", "IbmCloudIamDetector", ("ibm", "IBM")),
    ("ibm_cos_hmac", "IbmCosHmacDetector", ("hmac", "HMAC", "cos_", "COS_")),
    ("mailchimp", "MailchimpDetector", ("-us",)),
    ("npm", "NpmDetector", ("_authToken",)),
    ("softlayer", "SoftlayerDetector", ("softlayer", "SOFTLAYER", "SoftLayer")),
    ("aws", "AWSKeyDetector", ("aws", "AWS")),
    ("openai", "OpenAIDetector", ("T3BlbkFJ",)),
)

_KEYWORDS = (
    r"pass(?:word|wd|phrase|code)?|pwd|passwort|contrase[nñ]a|mot_de_passe|secret|token|api[_-]?key|apikey|access[_-]?key|auth[_-]?key|"
    r"private[_-]?key|encryption[_-]?key|signing[_-]?key|client[_-]?secret|credential|db_pass|account[_-]?key|bearer"
)
_ASSIGNED = re.compile(
    r"(?i)(?:" + _KEYWORDS + r")[A-Za-z0-9_.-]{0,24}[\"'`]?\s{0,4}(?::=|=>|[:=]|\bis\b)\s{0,4}"
    r"(?P<quote>[\"'`]?)(?P<value>[^\s\"'`,;<>{}()\[\]]{6,200})"
)
_NAME_BEFORE = re.compile(r"[A-Za-z0-9_.-]{0,40}$")
_ASSIGN_NEEDLES = (
    "pass", "pwd", "contrase", "mot_de_passe", "secret", "token", "apikey", "key", "client", "access", "auth",
    "private", "encryption", "signing", "account", "credential", "db_pass", "bearer", "api",
)  # fmt: skip
_SHAPES = Needles.of(rule.needles for rule in RULES)
_PLUGGED = Needles.of(needles for _, _, needles in _DETECTORS)
ASSIGNMENTS_MAX = 200  # of one text
_PLACEHOLDER = re.compile(
    r"(?i)your|example|sample|changeme|change[_-]me|placeholder|dummy|redacted|x{4,}|\*{3,}|\.{3,}|<.*>|\$\{|\{\{|%\(|todo|insert|"
    r"replace|secret_?here|key_?here|^(?:test|fake|mock|foo|bar|none|null|true|false|string|undefined|required|optional)|"
    r"1234567890|abcdefgh|012345678|deadbeef|^(.)\1+$|^\$|process\.env|os\.environ|getenv|^env[.:(]|\bvault:|^ref\+|_id$"
)
_BENIGN_SHAPE = re.compile(
    r"^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9]+(?:\.[0-9]+)*|https?://.*|[\w.-]+@[\w.-]+|/?(?:[\w.-]+/)+[\w.-]*|"
    r"[a-z]+(?:[A-Z][a-z]+)+|[a-z]+(?:[_.-][a-z]+)+|[A-Z]+(?:_[A-Z]+)+|[a-z]+|[A-Z]+|[A-Z]?[a-z]+(?:[A-Z][a-z]{2,})*|\d{4}-\d\d-\d\d.*)$"
)
_BENIGN_NAME = re.compile(
    r"(?i)(?:max|min|num|count|total|next|page|input|output|prompt|completion|reasoning)[_-]?token|tokens|token_?(?:type|count|limit|id)|public[_-]?key|key_?(?:name|id|word)|secret_?(?:name|id)|pass(?:ed|ing|enger|port)|compass|bypass|primary|foreign"
)


class _Plugin(Protocol):
    def analyze_string(self, string: str) -> Iterator[str]: ...


@cache
def _detectors() -> tuple[tuple[str, _Plugin], ...]:
    """detect-secrets' plugins, built once. They are regular expressions; their network verification is never called."""
    package = "detect_secrets.plugins"
    return tuple((module, getattr(import_module(f"{package}.{module}"), name)()) for module, name, _ in _DETECTORS)


def find_hidden_secrets(views: Iterable[View]) -> list[Finding]:
    """Secrets of named shapes in what was encoded; each points at the encoded span."""
    return [
        replace(one, start=view.span[0], end=view.span[1], rule=f"{one.rule}:{view.name}")
        for view in views
        if view.span is not None
        for one in _named(view.text)
    ]


def find_secrets(text: str) -> list[Finding]:
    """Secrets in a text of bounded length, without overlaps: the first rule that claims a span keeps it."""
    found: list[Finding] = []
    for candidate in (*_named(text), *_plugged(text), *_assigned(text)):
        if not any(candidate.start < other.end and other.start < candidate.end for other in found):
            found.append(candidate)
    return found


def _named(text: str) -> Iterator[Finding]:
    opened = _SHAPES.opened(text)
    for number, rule in enumerate(RULES) if opened else ():
        if not opened >> number & 1:
            continue
        for hit in rule.pattern.finditer(text):
            value = hit.group(1)
            if rule.name != "private_key" and _is_placeholder(value):
                continue
            end = _key_end(text, hit.end(1)) if rule.name == "private_key" else hit.end(1)
            yield Finding(SECRET, hit.start(1), end, rule.severity, rule.confidence, rule.name, masked(value))


def _key_end(text: str, body: int) -> int:
    """Where a PEM key ends: after its END line, or after its header when there is none near."""
    footer = text.find("-----END", body, body + KEY_CHARS_MAX)
    end = text.find("-----", footer + 8, footer + 80) if footer >= 0 else -1
    return end + 5 if end >= 0 else body


def _plugged(text: str) -> Iterator[Finding]:
    opened = _PLUGGED.opened(text)
    for number, (name, plugin) in enumerate(_detectors()) if opened else ():
        if not opened >> number & 1:
            continue
        offset = 0
        for line in text.splitlines(keepends=True):
            for value in plugin.analyze_string(line[:LINE_CHARS_MAX]):
                at = line.find(value) if isinstance(value, str) else -1
                if at >= 0 and not _is_placeholder(value):
                    yield Finding(
                        SECRET,
                        offset + at,
                        offset + at + len(value),
                        "critical",
                        0.85,
                        f"detect_secrets.{name}",
                        masked(value),
                    )
            offset += len(line)


def _assigned(text: str) -> Iterator[Finding]:
    done = 0
    for at in _keyword_places(text.lower()):
        hit = _ASSIGNED.match(text, at) if at >= done else None
        if hit is None:
            continue
        done = hit.end()
        before = _NAME_BEFORE.search(text, max(0, at - 40), at)
        name = (before.group() if before else "") + text[at : hit.start("value")]
        value = hit.group("value").rstrip(".,;:!?")
        if _is_benign_assignment(name, value):
            continue
        strong = len(value) >= ASSIGNED_CHARS_MIN and entropy_bits(value) >= min(
            ENTROPY_BITS_MIN, 0.8 * math.log2(len(value)) + 0.4
        )
        if strong and _mixed(value):
            start = hit.start("value")
            yield Finding(SECRET, start, start + len(value), "high", 0.75, "assigned_value", masked(value))


def _keyword_places(low: str) -> list[int]:
    places: set[int] = set()
    for needle in _ASSIGN_NEEDLES:
        at = low.find(needle)
        while at >= 0 and len(places) < ASSIGNMENTS_MAX:
            places.add(at)
            at = low.find(needle, at + 1)
    return sorted(places)


def _is_benign_assignment(name: str, value: str) -> bool:
    return bool(_BENIGN_NAME.search(name)) or _is_placeholder(value) or bool(_BENIGN_SHAPE.match(value))


def _is_placeholder(value: str) -> bool:
    return _PLACEHOLDER.search(value) is not None or len(set(value)) <= 4


def _mixed(value: str) -> bool:
    """At least two classes of characters, one of them digits or signs: words alone are names, not secrets."""
    classes = (any(c.isdigit() for c in value), any(c.islower() for c in value), any(c.isupper() for c in value))
    return sum(classes) >= 2 and (classes[0] or not value.isalnum())


def entropy_bits(value: str) -> float:
    """Shannon entropy per character, in bits."""
    size = len(value)
    return -sum(n / size * math.log2(n / size) for n in Counter(value).values()) if size else 0.0
