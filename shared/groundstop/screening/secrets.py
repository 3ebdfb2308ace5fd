"""Secrets: named shapes, detect-secrets' detectors in-process, and assigned values with high entropy.

Every rule has needles, plain substrings of which one must occur, so that an ordinary text costs a few searches only.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Protocol

from groundstop.screening.findings import SECRET, Finding, Severity, masked

LINE_CHARS_MAX = 2_048  # detect-secrets' patterns are run on no longer line
ENTROPY_BITS_MIN = 3.3  # per character; English words stay below 3.2 at this length, random base64 is above 3.8
ASSIGNED_CHARS_MIN = 8


@dataclass(frozen=True, slots=True)
class SecretRule:
    """A named shape. Group 1, when there is one, is the secret itself."""

    name: str
    needles: tuple[str, ...]
    pattern: re.Pattern[str]
    confidence: float = 0.95
    severity: Severity = "critical"


def _rule(name: str, needles: str, pattern: str, confidence: float = 0.95) -> SecretRule:
    return SecretRule(name, tuple(needles.split()), re.compile(pattern), confidence)


# Prefixes and lengths as documented by the issuers.
RULES: tuple[SecretRule, ...] = (
    _rule("aws_access_key_id", "AKIA ASIA ABIA ACCA", r"(?<![A-Za-z0-9])((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})(?![A-Za-z0-9])"),
    _rule("github_token", "gh", r"(?<![A-Za-z0-9])(gh[pousr]_[A-Za-z0-9]{36,255})"),
    _rule("github_fine_grained", "github_pat_", r"(github_pat_[A-Za-z0-9_]{60,255})"),
    _rule("gitlab_token", "gl", r"(?<![A-Za-z0-9])(gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt)-[A-Za-z0-9_-]{20,64})"),
    _rule("slack_token", "xox xapp-", r"(xox[abeoprs](?:\.xox[a-z])?-[A-Za-z0-9-]{10,250}|xapp-\d-[A-Z0-9]+-\d+-[a-f0-9]{20,128})"),
    _rule("slack_webhook", "hooks.slack.com", r"(https://hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9_/]{20,100})"),
    _rule("discord_webhook", "discord", r"(https://discord(?:app)?\.com/api/webhooks/\d{15,22}/[A-Za-z0-9_-]{50,90})"),
    _rule("stripe_key", "k_live_ k_test_ whsec_", r"(?<![A-Za-z0-9])([rsp]k_(?:live|test)_[0-9A-Za-z]{16,247}|whsec_[A-Za-z0-9+/=]{24,80})"),
    _rule("anthropic_key", "sk-ant-", r"(sk-ant-[a-z]{3,8}\d{2}-[A-Za-z0-9_-]{32,200})"),
    _rule("openai_key", "sk-", r"(?<![A-Za-z0-9])(sk-(?:proj-|svcacct-|admin-|None-)?(?=[A-Za-z_-]*\d)(?=[^A-Z]*[A-Z])[A-Za-z0-9_-]{32,200})"),
    _rule("google_api_key", "AIza", r"(?<![A-Za-z0-9])(AIza[0-9A-Za-z_-]{35})(?![A-Za-z0-9_-])"),
    _rule("google_oauth", "GOCSPX- ya29.", r"(GOCSPX-[A-Za-z0-9_-]{28}|ya29\.[A-Za-z0-9_-]{30,400})"),
    _rule("azure_storage_key", "AccountKey=", r"AccountKey=([A-Za-z0-9+/]{86}==)"),
    _rule("azure_secret", "8Q~ 7Q~", r"(?<![A-Za-z0-9])([A-Za-z0-9_~.]{3}[78]Q~[A-Za-z0-9_~.-]{31,34})"),
    _rule("azure_sas", "sig=", r"[?&](sig=[A-Za-z0-9%+/]{40,80}(?:%3D|=)?)(?=&|$|\s|\")"),
    _rule("npm_token", "npm_", r"(?<![A-Za-z0-9])(npm_[A-Za-z0-9]{36})(?![A-Za-z0-9])"),
    _rule("pypi_token", "pypi-", r"(pypi-AgE[A-Za-z0-9_-]{50,300})"),
    _rule("private_key", "PRIVATE KEY", r"(-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=\s\\:,.-]{0,8000}?-----END[A-Z0-9 ]{1,40}-----)?)"),
    _rule("putty_key", "PuTTY-User-Key-File", r"(PuTTY-User-Key-File-\d: [a-z0-9-]+)"),
    _rule("age_key", "AGE-SECRET-KEY-", r"(AGE-SECRET-KEY-1[0-9A-Z]{58})"),
    _rule("jwt", "eyJ", r"(?<![A-Za-z0-9_-])(eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{8,6000}\.[A-Za-z0-9_-]{16,1000})"),
    _rule("sendgrid_key", "SG.", r"(?<![A-Za-z0-9])(SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43})"),
    _rule("twilio_key", "SK AC", r"(?<![A-Za-z0-9])(SK[0-9a-f]{32})(?![A-Za-z0-9])", 0.8),
    _rule("mailgun_key", "key-", r"(?<![A-Za-z0-9])(key-[0-9a-f]{32})(?![A-Za-z0-9])", 0.8),
    _rule("telegram_bot_token", ":AA", r"(?<![0-9])(\d{8,10}:AA[A-Za-z0-9_-]{33})(?![A-Za-z0-9_-])"),
    _rule("digitalocean_token", "_v1_", r"(d(?:op|oo|or)_v1_[a-f0-9]{64})"),
    _rule("shopify_token", "shp", r"(shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32})"),
    _rule("huggingface_token", "hf_", r"(?<![A-Za-z0-9])(hf_[A-Za-z]{34})(?![A-Za-z0-9])"),
    _rule("databricks_token", "dapi", r"(?<![A-Za-z0-9])(dapi[a-f0-9]{32}(?:-\d)?)(?![A-Za-z0-9])"),
    _rule("hashicorp_vault", "hvs. hvb.", r"(hv[sb]\.[A-Za-z0-9_-]{24,200})"),
    _rule("linear_key", "lin_api_", r"(lin_api_[A-Za-z0-9]{40})"),
    _rule("notion_token", "secret_ ntn_", r"(?<![A-Za-z0-9])(secret_[A-Za-z0-9]{43}|ntn_[A-Za-z0-9]{40,60})(?![A-Za-z0-9])"),
    _rule("airtable_token", "pat", r"(?<![A-Za-z0-9])(pat[A-Za-z0-9]{14}\.[a-f0-9]{64})"),
    _rule("figma_token", "figd_", r"(figd_[A-Za-z0-9_-]{38,60})"),
    _rule("grafana_token", "glsa_ glc_", r"(glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}|glc_[A-Za-z0-9+/]{32,400}={0,2})"),
    _rule("newrelic_key", "NRAK-", r"(NRAK-[A-Z0-9]{27})"),
    _rule("postman_key", "PMAK-", r"(PMAK-[a-f0-9]{24}-[a-f0-9]{34})"),
    _rule("resend_key", "re_", r"(?<![A-Za-z0-9_])(re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24})(?![A-Za-z0-9])"),
    _rule("groq_xai_key", "gsk_ xai-", r"(?<![A-Za-z0-9])(gsk_[A-Za-z0-9]{48,60}|xai-[A-Za-z0-9]{60,90})"),
    _rule("square_token", "EAAA sq0", r"(?<![A-Za-z0-9])(EAAA[A-Za-z0-9_-]{60}|sq0(?:atp|csp)-[A-Za-z0-9_-]{22,43})"),
    _rule("credential_in_url", "://", r"[a-zA-Z][a-zA-Z0-9+.-]{1,20}://[^\s:/@\"'<>]{0,80}:(?!(?:guest|secret|pass(?:word|wd)?|pw|user|admin|root|postgres|default|token|none|null)@)([^\s:/@\"'<>]{3,120})@(?!localhost|127\.0\.0\.1|host\b)[A-Za-z0-9.\[-]", 0.85),
    _rule("authorization_header", "uthorization", r"[Aa]uthorization[\"']?\s*[:=]\s*[\"']?(?:Bearer|Basic|Token|token|bearer)\s+([A-Za-z0-9._~+/=-]{16,2000})", 0.85),
)  # fmt: skip

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
    "pass", "pwd", "contrase", "mot_de_passe", "secret", "token", "apikey", "key", "client", "access", "auth", "private", "encryption", "signing", "account", "credential", "db_pass", "bearer", "api"
)  # fmt: skip
ASSIGNMENTS_MAX = 200  # of one text
_PLACEHOLDER = re.compile(
    r"(?i)your|example|sample|changeme|change[_-]me|placeholder|dummy|redacted|x{4,}|\*{3,}|\.{3,}|<.*>|\$\{|\{\{|%\(|todo|insert|"
    r"replace|secret_?here|key_?here|^(?:test|fake|mock|foo|bar|none|null|true|false|string|undefined|required|optional)|"
    r"1234567890|abcdefgh|012345678|deadbeef|^(.)\1+$|^\$|process\.env|os\.environ|getenv|^env[.:(]|\bvault:|^ref\+|_id$"
)
_BENIGN_SHAPE = re.compile(
    r"^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9]+(?:\.[0-9]+)*|https?://.*|[\w.-]+@[\w.-]+|/?(?:[\w.-]+/)+[\w.-]*|"
    r"[a-z]+(?:[A-Z][a-z]+)+|[a-z]+(?:[_.-][a-z]+)+|[A-Z]+(?:_[A-Z]+)+|[A-Za-z]+|\d{4}-\d\d-\d\d.*)$"
)
_BENIGN_NAME = re.compile(r"(?i)(?:max|min|num|count|total|next|page|input|output|prompt|completion|reasoning)[_-]?token|tokens|token_?(?:type|count|limit|id)|public[_-]?key|key_?(?:name|id|word)|secret_?(?:name|id)|pass(?:ed|ing|enger|port)|compass|bypass|primary|foreign")


class _Plugin(Protocol):
    def analyze_string(self, string: str) -> Iterator[str]: ...


@cache
def _detectors() -> tuple[tuple[str, tuple[str, ...], _Plugin], ...]:
    """detect-secrets' plugins, built once. They are pure regular expressions; their network verification is never called."""
    package = "detect_secrets.plugins"
    return tuple(
        (module, needles, getattr(import_module(f"{package}.{module}"), name)()) for module, name, needles in _DETECTORS
    )


def find_secrets(text: str) -> list[Finding]:
    """Secrets in a text of bounded length, without overlaps: the first rule that claims a span keeps it."""
    found: list[Finding] = []
    for candidate in (*_named(text), *_plugged(text), *_assigned(text)):
        if not any(candidate.start < other.end and other.start < candidate.end for other in found):
            found.append(candidate)
    return found


def _named(text: str) -> Iterator[Finding]:
    for rule in RULES:
        if not any(needle in text for needle in rule.needles):
            continue
        for hit in rule.pattern.finditer(text):
            value = hit.group(1)
            if rule.name != "private_key" and _is_placeholder(value):
                continue
            yield Finding(SECRET, hit.start(1), hit.end(1), rule.severity, rule.confidence, rule.name, masked(value))


def _plugged(text: str) -> Iterator[Finding]:
    for name, needles, plugin in _detectors():
        if not any(needle in text for needle in needles):
            continue
        offset = 0
        for line in text.splitlines(keepends=True):
            for value in plugin.analyze_string(line[:LINE_CHARS_MAX]):
                at = line.find(value) if isinstance(value, str) else -1
                if at >= 0 and not _is_placeholder(value):
                    yield Finding(SECRET, offset + at, offset + at + len(value), "critical", 0.85, f"detect_secrets.{name}", masked(value))
            offset += len(line)


def _assigned(text: str) -> Iterator[Finding]:
    for at in _keyword_places(text.lower()):
        hit = _ASSIGNED.match(text, at)
        if hit is None:
            continue
        before = _NAME_BEFORE.search(text, max(0, at - 40), at)
        name = (before.group() if before else "") + text[at : hit.start("value")]
        value = hit.group("value").rstrip(".,;:!?")
        if _is_benign_assignment(name, value):
            continue
        strong = len(value) >= ASSIGNED_CHARS_MIN and entropy_bits(value) >= min(ENTROPY_BITS_MIN, 0.8 * math.log2(len(value)) + 0.4)
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
