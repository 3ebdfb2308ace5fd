"""Secrets by the name they are given: `password: hunter2`, `--token x`, `"api_key": "..."`, the password of a netrc.

The name is read word by word (`dbPassword`, `DB_PASSWORD_FILE`), the value by what it is: a literal, or an expression,
a reference, a placeholder, a word of a schema.
"""

# ruff: noqa: SIM905 - word lists

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Literal

from groundstop.screening.findings import SECRET, Finding, masked

ASSIGNMENTS_MAX = 2_000  # of one text
ENTROPY_BITS_MIN = 2.9  # per character; what has this much and mixed classes beside a telling name is no word
TOKEN_CHARS_MIN = 8
PASSWORD_CHARS_MIN = 4
RANDOM_LETTERS_MIN = 10

Named = Literal["password", "token", ""]

_PASSWORDS = frozenset(
    "password passwd pwd pass passphrase passcode passwort kennwort contrasena contrasenia contraseña senha"
    " motdepasse wachtwoord haslo hasło parola sifre şifre lozinka heslo losenord lösenord salasana jelszo пароль"
    " 密码 密碼 口令 パスワード 비밀번호 पासवर्ड pgpassword mysqlpwd userpass dbpass dbpassword adminpassword"
    " rootpassword pw".split()
)
_TOKENS = frozenset(
    "secret token apikey apitoken accesstoken authtoken secretkey privatekey clientsecret authkey accesskey"
    " credential credentials bearer jwt pat authtoken webhooksecret dsn".split()
)
_KEYS_BEFORE_KEY = frozenset(
    "api access auth secret private encryption signing account app service master client subscription license"
    " webhook shared storage sas consumer admin session cookie hmac aes deploy application".split()
)
# A name that ends like this speaks about the secret; it does not hold it.
_ABOUT = frozenset(
    "name id ids type types length len policy url uri urls path file files field fields count limit limits expiry"
    " expires expiration ttl hint label placeholder ref reference version var env prompt min max required rotation"
    " manager store provider reset regex pattern endpoint location arn alias format header headers param vault"
    " engine usage used attempts changed at age strength rules error message msg text title description input form"
    " column selector element enabled disabled budget window index position kind class scheme prefix suffix source"
    " output completion reasoning total per limiter bucket counts digest fingerprint public algorithm alg method"
    " mode status state".split()
)
_SCHEMA_WORDS = frozenset(
    "string str text password secret token required optional true false null none nil undefined boolean number"
    " int bytes any object yes no on off hidden disabled enabled unset empty default prompt ask stdin env file"
    " basic bearer digest oauth oauth2 plain default plaintext encrypted hashed incorrect invalid wrong expired"
    " missing forgotten changed reset weak strong pass passphrase input public private sensitive masked redacted"
    " omitted unknown given test".split()
)
_COMMON = frozenset(
    "letmein qwerty qwertyuiop iloveyou dragon monkey football baseball sunshine princess welcome shadow superman"
    " batman starwars swordfish whatever trustno1 admin root toor master abcabc asdfgh asdfghjkl zxcvbnm"
    " opensesame michael jordan hunter ninja mustang access flower cheese computer internet"
    " correcthorsebatterystaple guestguest".split()
)
_PLACEHOLDER = re.compile(
    r"(?i)your|example|sample|changeme|change[_-]me|placeholder|dummy|redacted|x{4,}|\*{3,}|\.{3,}|<.*>|\$\{|\{\{|%\(|"
    r"todo|insert|replace|secret_?here|key_?here|^(?:test|fake|mock|foo|bar|my|some|the|dev|local)[_-]?(?:pass|token|secret"
    r"|key|pw)|^(?:fake|mock|foo|bar|none|null|true|false|string|undefined|required|optional)|1234567890|abcdefgh|"
    r"0123456(?:78)?9?0?[a-f]|deadbeef|^(.)\1+$|^\$|^%\w+%$|^@|^!|process\.env|os\.environ|getenv|^env[.:(]|\bvault:|^ref\+|"
    r"^(?-i:X-[A-Z])|_id$|^(?:arn|op|vault|aws|gcp|azure|sops|ssm|secretsmanager|keyvault|file|env):"
)
_EXPRESSION = re.compile(
    r"[A-Za-z_$][\w$]*(?:(?:\.|->|::|\?\.)[A-Za-z_$][\w$]*)+|[A-Za-z_$][\w$]*\[.*|&?[a-z]+(?:[A-Z][a-z]+)+\d{0,2}"
    r"|[A-Z]+(?:_[A-Z0-9]+)+|_?(?:[A-Z]{1,4}[a-z]+)+|[a-z]+\d?(?:_[a-z]+\d?)+|[A-Z][A-Za-z]*(?:-[A-Z][A-Za-z]*)+"
)
_ROLE = re.compile(
    r"(?:[A-Z]+[a-z]*)*(?:Pass(?:word)?|Secret|Key|Token|Id|ID)|[A-Z]*(?:PASS|KEY|TOKEN|SECRET)|seed|login"
)
_NO_SECRET = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9]+(?:\.[0-9]+)*|https?://.*|[\w.-]+@[\w.-]+"
    r"|/?(?:[\w.-]+/)+[\w.-]*|\d{4}-\d\d-\d\d.*|[a-z]+(?:[A-Z][a-z]+)+|[A-Z]?[a-z]+(?:[A-Z][a-z]{2,})*"
    r"|[a-z]+(?:[_.-][a-z]+)+|[A-Z]+(?:_[A-Z]+)+|[a-z]+|[A-Z]+"
)
_GIVEN = re.compile(
    r"(?P<name>[^\W\d][\w.-]{0,60})(?P<close>[\"'`\]]{0,2})"
    r"(?P<sign>\s{0,4}(?::=|=>|==?|:|>)\s{0,4}|\s(?:is|are|to|ist|es|est)\s{1,2}:?\s?|[ ]{1,2})"
    r"(?P<quote>[\"'`]?)(?P<value>[^\s\"'`,;<>{}()\[\]]{4,200})(?P<after>[\"'`(\[{<]?)"
)
_CAMEL = re.compile(r"[A-Z]{0,4}[a-z]*(?:[A-Z][a-z]+)*[A-Z]{0,3}")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")


def named(name: str) -> Named:
    """What kind of secret a name promises, by its last words; nothing when it only speaks about one."""
    words = [word.lower() for word in _WORDS.findall(name)]
    while words and words[-1] in ("value", "plain", "raw", "new", "old", "current", "string", "confirmation"):
        words.pop()
    if not words or words[-1] in _ABOUT:
        return ""
    last = words[-1]
    if last in _PASSWORDS:
        return "password"
    pair = "".join(words[-2:])
    if last in _TOKENS or pair in _TOKENS or (last == "key" and words[-2:-1] and words[-2] in _KEYS_BEFORE_KEY):
        return "" if words[-2:-1] == ["next"] or "public" in words[-2:] else "token"
    return "password" if pair in _PASSWORDS or "".join(words[-3:]) in _PASSWORDS else ""


def placeholder(value: str) -> bool:
    """Whether a value stands for a secret that is elsewhere, or for none."""
    stands_for = (
        _PLACEHOLDER.search(value) is not None or value.lower() in _SCHEMA_WORDS or _ROLE.fullmatch(value) is not None
    )
    return stands_for or (len(value) > 5 and len(set(value)) <= 3)


def assigned(text: str, places: list[int]) -> Iterator[Finding]:
    """Values given to telling names; `places` are the starts of words that such names hold, in order."""
    done = 0
    for at in places[:ASSIGNMENTS_MAX]:
        if at < done:
            continue
        begin = _name_start(text, at)
        hit = _GIVEN.match(text, begin)
        if hit is None:
            continue
        kind = named(hit["name"])
        value = hit["value"].rstrip(".,;:!?") if not hit["quote"] else hit["value"]
        if kind and _is_secret(kind, value, hit):
            done = hit.end("value")
            start = hit.start("value")
            rule, sure = ("assigned_password", 0.7) if kind == "password" else ("assigned_value", 0.75)
            yield Finding(SECRET, start, start + len(value), "high", sure, rule, masked(value))


def _name_start(text: str, at: int) -> int:
    begin = at
    while begin > 0 and at - begin < 40 and (text[begin - 1].isalnum() or text[begin - 1] in "_.-"):
        begin -= 1
    while begin < at and not text[begin].isalpha():
        begin += 1
    return begin


def _is_secret(kind: Named, value: str, hit: re.Match[str]) -> bool:
    quoted, sign = bool(hit["quote"]), hit["sign"]
    option = hit.start() >= 2 and hit.string[hit.start() - 2 : hit.start()] in ("--", " -")
    if not sign.strip() and not option and hit["name"].lower() != "password":
        return False  # only options and netrc part name and value by a blank
    if placeholder(value) or hit["after"] in ("(", "[", "{") or (not quoted and _EXPRESSION.fullmatch(value)):
        return False
    spoken = not sign.strip() or sign.strip().isalpha()
    return _weak(value, quoted, spoken and not option) if kind == "password" else _strong(value)


def _weak(value: str, quoted: bool, spoken: bool) -> bool:
    """A password may be poor: what counts is that it is a literal and no word of a schema or of prose."""
    low = value.lower()
    if (
        len(value) < PASSWORD_CHARS_MIN
        or low in _SCHEMA_WORDS
        or re.fullmatch(r"https?://.*|/?(?:[\w.-]+/)+[\w.-]*", value)
    ):
        return False
    if low in _COMMON:
        return not spoken
    digits, letters = any(c.isdigit() for c in value), any(c.isalpha() for c in value)
    signs = any(not c.isalnum() and c not in "_.-" for c in value)
    if spoken:
        return len(value) >= 6 and digits and letters
    if value.isdigit():
        return (len(value) >= 4 and quoted) or len(value) >= 6
    if value.isalpha() and value.isascii() and not _CAMEL.fullmatch(value):
        return len(value) >= RANDOM_LETTERS_MIN and not value.isupper()
    return (digits and letters) or (signs and letters and value[-1] not in ":=")


def _strong(value: str) -> bool:
    """A key or token is long and no word: mixed classes of characters, and much to tell a character."""
    if len(value) < TOKEN_CHARS_MIN or _NO_SECRET.fullmatch(value):
        return False
    classes = (any(c.isdigit() for c in value), any(c.islower() for c in value), any(c.isupper() for c in value))
    mixed = sum(classes) >= 2 and (classes[0] or not value.isalnum())
    return mixed and entropy_bits(value) >= min(ENTROPY_BITS_MIN, 0.8 * math.log2(len(value)) + 0.4)


def entropy_bits(value: str) -> float:
    """Shannon entropy per character, in bits."""
    size = len(value)
    return -sum(n / size * math.log2(n / size) for n in Counter(value).values()) if size else 0.0
