"""Secrets: named shapes, detect-secrets' detectors in-process, and assigned values with high entropy.

Every rule has needles, plain substrings of which one must occur, so that an ordinary text costs a few searches only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from itertools import islice
from typing import Protocol

from groundstop.screening.assigned import assigned, placeholder
from groundstop.screening.findings import SECRET, Finding, masked
from groundstop.screening.needles import Gates, Places, around
from groundstop.screening.secret_rules import RULES, SecretRule
from groundstop.screening.text import View

REACH_BEFORE = 320  # characters before a needle that an expression may begin in
NAMED_MAX = 2_000  # findings of one rule in one text
PLACES_MAX = 20_000  # needles of one rule that are looked at
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
_SHAPES = Gates(rule.needles for rule in RULES)
_PLUGGED = Gates(needles for _, _, needles in _DETECTORS)
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
    """Secrets in a text, without overlaps: the first rule that claims a span keeps it."""
    found = [*_named(text), *_plugged(text), *assigned(text, _NAMES.starts(text.lower()))]
    order = sorted(range(len(found)), key=lambda at: (found[at].start, at))
    kept: list[int] = []
    for at in order:
        if kept and found[at].start < found[kept[-1]].end:
            if at < kept[-1]:  # the earlier rule is the surer one
                kept[-1] = at
        else:
            kept.append(at)
    return [found[at] for at in sorted(kept)]


def _named(text: str) -> Iterator[Finding]:
    for number, places in _SHAPES.opened(text).items():
        rule = RULES[number]
        for hit in islice(_matches(rule, text, places[:PLACES_MAX]), NAMED_MAX):
            value = hit.group(1)
            if rule.name not in _SHAPE_ALONE and placeholder(value):
                continue
            end = _key_end(text, hit.end(1)) if rule.name == "private_key" else hit.end(1)
            yield Finding(SECRET, hit.start(1), end, rule.severity, rule.confidence, rule.name, masked(value))


def _matches(rule: SecretRule, text: str, places: list[int]) -> Iterator[re.Match[str]]:
    """Where the rule matches: at a needle, or near one."""
    if not rule.anchored:
        for start, stop in around(places, REACH_BEFORE, rule.reach, len(text)):
            yield from rule.pattern.finditer(text, start, stop)
        return
    done = 0
    for place in places:
        hit = rule.pattern.match(text, place) if place >= done else None
        if hit is not None:
            done = hit.end()
            yield hit


def _key_end(text: str, body: int) -> int:
    """Where a PEM key ends: after its END line, or after its header when there is none near."""
    footer = text.find("-----END", body, body + KEY_CHARS_MAX)
    end = text.find("-----", footer + 8, footer + 80) if footer >= 0 else -1
    return end + 5 if end >= 0 else body


def _plugged(text: str) -> Iterator[Finding]:
    for number, places in _PLUGGED.opened(text).items():
        name, plugin = _detectors()[number]
        for start, stop in islice(_lines(text, places), NAMED_MAX):
            line = text[start:stop]
            for value in plugin.analyze_string(line):
                at = line.find(value) if isinstance(value, str) else -1
                if at >= 0 and not placeholder(value):
                    begin = start + at
                    rule = f"detect_secrets.{name}"
                    yield Finding(SECRET, begin, begin + len(value), "critical", 0.85, rule, masked(value))


def _lines(text: str, places: list[int]) -> Iterator[tuple[int, int]]:
    """The lines that hold a needle, each once, and no more of them than a detector is run on."""
    done = 0
    for end in places:
        if end < done:
            continue
        start = max(text.rfind("\n", max(0, end - LINE_CHARS_MAX // 2), end) + 1, end - LINE_CHARS_MAX // 2, 0)
        stop = text.find("\n", end, start + LINE_CHARS_MAX)
        done = stop if stop >= 0 else min(len(text), start + LINE_CHARS_MAX)
        yield start, done
