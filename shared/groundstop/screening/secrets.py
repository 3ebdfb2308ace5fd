"""Secrets: named shapes, detect-secrets' detectors in-process, and assigned values with high entropy.

Every rule has needles, plain substrings of which one must occur, so that an ordinary text costs a few searches only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import Protocol

from groundstop.screening.assigned import assigned, placeholder
from groundstop.screening.findings import SECRET, Finding, masked
from groundstop.screening.needles import Needles, Places
from groundstop.screening.secret_rules import RULES
from groundstop.screening.text import View

KEY_CHARS_MAX = 8_192  # of one PEM key
LINE_CHARS_MAX = 2_048  # detect-secrets' patterns are run on no longer line


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

# Beginnings of words that telling names are made of; the names themselves are read by `assigned`.
_NAME_SIGNS = (
    "pass", "pwd", "pw", "kennwort", "contrase", "senha", "wachtwoord", "haslo", "hasło", "parola", "sifre", "şifre",
    "парол", "密码", "密碼", "口令", "パスワード", "비밀번호", "secret", "token", "key", "credential", "bearer", "jwt",
    "dsn", "lozinka", "heslo",
)  # fmt: skip
_SHAPES = Needles.of(rule.needles for rule in RULES)
_PLUGGED = Needles.of(needles for _, _, needles in _DETECTORS)
_SHAPE_ALONE = ("private_key", "crypt_hash", "mysql_native_hash")  # no placeholder has their shape
_NAMES = Places(_NAME_SIGNS)


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
    for candidate in (*_named(text), *_plugged(text), *assigned(text, _NAMES.starts(text.lower()))):
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
            if rule.name not in _SHAPE_ALONE and placeholder(value):
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
                if at >= 0 and not placeholder(value):
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
