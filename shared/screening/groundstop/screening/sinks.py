"""Which arguments matter when their value came from a tool output: where something goes, who gets it, what runs.

Ids that a lookup returned (orders, items, bookings) are the normal way of working and are no sink.
"""

# ruff: noqa: E501 - word lists and expressions, one a line

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

SinkKind = Literal["recipient", "url", "account", "command", "path", "reference"]

LEAVES_MAX = 200  # argument values of one call that are traced
VALUE_CHARS_MAX = 2_048
DEPTH_MAX = 16

EMAIL = re.compile(r"[\w.+%'-]{1,64}@(?:[\w-]{1,63}\.){1,6}[a-z]{2,24}", re.IGNORECASE)
URL = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]{1,12}://|\bwww\.)[^\s\"'<>)\]}|]{3,500}|\b(?:[a-z0-9-]{2,63}\.){1,4}(?:com|net|org|io|ru|cn|info|biz|xyz|site|top|dev|app|co|uk|de|me|tk|ly|example|test)\b(?:/[^\s\"'<>)\]}|]{0,300})?",
    re.IGNORECASE,
)
IP = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])")
_IBAN = re.compile(r"^[A-Z]{2}\d{2}[ ]?(?:[A-Z0-9]{4}[ ]?){2,7}[A-Z0-9]{1,4}$")
_WALLET = re.compile(r"^(?:0x[0-9a-fA-F]{40}|bc1[a-z0-9]{20,80}|[13][1-9A-HJ-NP-Za-km-z]{25,34})$")
_PHONE = re.compile(r"^\+?[\d(][\d ().-]{6,18}\d$")
_PATH = re.compile(r"^(?:~|\.{1,2})?(?:/[\w.@+~ -]+)+/?$|^[A-Za-z]:\\|^\\\\\w")
_SHELL = re.compile(
    r"(?:^|[;&|]\s*)(?:sudo|rm|curl|wget|bash|sh|nc|python3?|chmod|scp|ssh|powershell|cmd|eval|dd|mkfs|cat|git|pip|npm)\s+\S|\|\s*(?:ba)?sh\b|\bDROP\s+TABLE\b",
    re.IGNORECASE,
)

_NAMES: tuple[tuple[SinkKind, re.Pattern[str]], ...] = (
    ("recipient", re.compile(r"(?:^|_)(?:to|cc|bcc|recipients?|receivers?|attendees?|participants?|invitees?|e?mails?|addressees?|phone|mobile|channel|webhook|forward|assignee|collaborators?|grantees?|share_?with|user_?email|contact|username|member|owner)(?:_|$)")),
    ("url", re.compile(r"(?:^|_)(?:ur[il]|link|href|endpoint|webhook|callback|host|hostname|domain|site|website|redirect|remote|registry|source_?url)s?(?:_|$)")),
    ("account", re.compile(r"(?:^|_)(?:iban|bic|swift|account|acct|payee|beneficiary|wallet|routing|sort_?code|card_?number|bank|destination_?account|to_?account)(?:_|$)")),
    ("command", re.compile(r"(?:^|_)(?:command|cmd|script|shell|sql|code|statement|exec|args?v)(?:_|$)")),
    ("path", re.compile(r"(?:^|_)(?:path|file|filename|file_?path|directory|dir|folder|dest|destination|target_?path|output_?path)s?(?:_|$)")),
)  # fmt: skip
_NOT_A_SINK = re.compile(
    r"(?:^|_)(?:body|subject|title|content|text|message|summary|description|reason|note|notes|thought|comment|query|expression|name|first_name|last_name)$"
)
_REFERENCE = re.compile(r"(?:^|_)(?:ids?|uuid|number|code|sku|key)$")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One argument value: its JSON path, the name it stands under, and the text."""

    path: str
    name: str
    value: str


def leaves(arguments: object) -> Iterator[Leaf]:
    """Strings and numbers of the arguments, at most LEAVES_MAX."""
    for number, leaf in enumerate(_walk(arguments, "$", "", 0)):
        if number >= LEAVES_MAX:
            return
        yield leaf


def _walk(value: object, path: str, name: str, depth: int) -> Iterator[Leaf]:
    if isinstance(value, str):
        yield Leaf(path, name, value[:VALUE_CHARS_MAX])
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if isinstance(value, float) or abs(value) < 10**40:
            yield Leaf(path, name, str(value))
    elif depth < DEPTH_MAX and isinstance(value, Mapping):
        for key, item in value.items():
            yield from _walk(item, f"{path}.{key}", str(key), depth + 1)
    elif depth < DEPTH_MAX and isinstance(value, Sequence) and not isinstance(value, bytes):
        for index, item in enumerate(value):
            yield from _walk(item, f"{path}[{index}]", name, depth + 1)


def sink_kind(name: str, value: str) -> SinkKind | None:
    """What an argument is a sink for, by the form of its value first and its name second; None for plain content.

    `reference` is an identifier: no sink by itself, but held when an order in a document names it.
    """
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower()
    content = _NOT_A_SINK.search(snake) is not None
    by_form = None if content else _by_form(value.strip())
    if by_form is not None and by_form != "path":
        return by_form
    by_name = None if content else _by_name(snake)
    return by_name or by_form or ("reference" if _is_reference(snake, value, content) else None)


def _is_reference(snake: str, value: str, content: bool) -> bool:
    """An identifier, or any short value: a name, a room, a state is as much a goal as an address."""
    if content:
        return _NAMING.search(snake) is not None and len(value) <= 40 and len(value.split()) <= 4
    return _REFERENCE.search(snake) is not None or len(value) <= 64


_NAMING = re.compile(r"(?:^|_)(?:name|first_name|last_name|title|reason|query)$")


def _by_name(snake: str) -> SinkKind | None:
    for kind, pattern in _NAMES:
        if pattern.search(snake) and not (_REFERENCE.search(snake) and kind not in ("account",)):
            return kind
    return None


def _by_form(value: str) -> SinkKind | None:
    if EMAIL.fullmatch(value.removeprefix("mailto:")):
        return "recipient"
    if URL.fullmatch(value) or IP.fullmatch(value):
        return "url"
    if _IBAN.match(value) or _WALLET.match(value):
        return "account"
    if _SHELL.search(value):
        return "command"
    if _PATH.match(value):
        return "path"
    return "recipient" if value[:1] in "+(" and _PHONE.match(value) else None
