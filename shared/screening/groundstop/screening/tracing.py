"""Tracing arguments: which values came into the task through a tool output alone, and the sentence that brought them."""

# ruff: noqa: E501, SIM905 - word lists and expressions, one a line

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from groundstop.screening.delegation import Delegation, delegations_in
from groundstop.screening.findings import excerpt
from groundstop.screening.provenance import Passage, Provenance, compact, normal_url, plain_form, spaced
from groundstop.screening.sinks import EMAIL, IP, URL, Leaf, SinkKind, leaves, sink_kind

COMPACT_CHARS_MIN = 6  # shorter values are compared as whole words only
SECTION_CHARS = 240
_FAIL_CLOSED = frozenset(
    {"recipient", "url", "account"}
)  # held when an output was too long to say where they came from
PUBLIC_MAIL = frozenset(
    "gmail.com outlook.com hotmail.com yahoo.com icloud.com proton.me protonmail.com aol.com gmx.de web.de".split()
)
_SECRET_PLACES = re.compile(
    r"(?:^|/)(?:\.ssh|\.aws|\.gnupg|\.env|etc/(?:passwd|shadow|sudoers)|id_rsa|id_ed25519|credentials)(?:$|/|\.)"
)
_WORD = re.compile(r"[a-z]+")
_VERBS = frozenset(
    "send delete remove transfer pay share grant cancel publish post upload invite create update forward buy book execute run unlock disable revoke schedule reset".split()
)


@dataclass(frozen=True, slots=True)
class Introduction:
    """A value (or the whole goal) that only a tool output brought in. `kind` is a sink kind or `goal`.

    `sentence` is what a person should read; `start`/`end` is its place in the text of the passage `ref`. `delegated` is
    the sentence of the user that left such values to that source, or empty.
    """

    kind: str
    path: str
    value: str
    ref: str
    sentence: str
    start: int
    end: int
    delegated: str = ""


def introductions(tool: str, arguments: object, provenance: Provenance) -> tuple[Introduction, ...]:
    """Everything about a proposed call that only a tool output asked for. A risky or dangerous call with any is held."""
    return tuple(found for found in traced(tool, arguments, provenance) if not found.delegated)


def traced(tool: str, arguments: object, provenance: Provenance) -> tuple[Introduction, ...]:
    """`introductions`, and what a tool output brought in because the user had left such values to it."""
    if not provenance.untrusted():
        return ()
    found = [hit for leaf in leaves(arguments) if (hit := _traced(leaf, provenance))]
    if not any(not hit.delegated for hit in found):
        goal = goal_introduced_by(tool, provenance)
        found += [goal] if goal else []
    return tuple(found)


def introduced_by(value: str, provenance: Provenance, name: str = "", path: str = "$") -> Introduction | None:
    """The tool output that alone brought `value` in, or None: the user named it, it is no sink, or it came from nowhere."""
    found = _traced(Leaf(path, name, value), provenance)
    return None if found is None or found.delegated else found


def _traced(leaf: Leaf, provenance: Provenance) -> Introduction | None:
    """What brought a value in: first of all what the user did not leave to it."""
    kind = sink_kind(leaf.name, leaf.value)
    if kind is None or not leaf.value.strip():
        return None
    delegated: Introduction | None = None
    for part in _parts(kind, leaf.value):
        if any(_names(passage, part, kind) for passage in provenance.trusted()):
            continue
        bringing = [
            passage
            for passage in provenance.untrusted()
            if _brings(passage, part, kind) and not _looked_up(passage, part, kind, provenance)
        ]
        for passage in bringing:
            left = _left_to(bringing, passage, part, kind, provenance)
            found = _introduction(passage, leaf, kind, part)
            if left is None:
                return found
            delegated = delegated or replace(found, delegated=left.sentence)
        if not bringing and kind in _FAIL_CLOSED and (cut := next((p for p in provenance.untrusted() if p.cut), None)):
            return Introduction(kind, leaf.path, leaf.value, cut.ref, "(this output was longer than is read)", 0, 0)
    return delegated


def _left_to(
    bringing: list[Passage], passage: Passage, part: str, kind: str, provenance: Provenance
) -> Delegation | None:
    """The sentence in which the user left values of this kind to this source, unless a sentence of any source plainly
    orders to use this one. A source that the user named is believed where it is found; others only without orders."""
    if any(_plainly_ordered(one, part, kind) for one in bringing):
        return None
    for turn in provenance.passages:
        if turn.origin != "user":
            continue
        for left in delegations_in(turn.text):
            if kind in left.kinds and _is_source(passage, left, provenance):
                return left
    return None


def _plainly_ordered(passage: Passage, part: str, kind: str) -> bool:
    if kind in ("recipient", "url") and _told_to_send(passage, part):
        return True
    bare = compact(part)
    if kind != "reference" and len(bare) >= COMPACT_CHARS_MIN:
        return bare in passage.plain_orders_compact
    return len(bare) >= 2 and spaced(part) in passage.plain_orders_spaced


_TOLD = re.compile(
    r"^\W{0,4}(?:(?:please|kindly|then|also|and|now|finally|first)\W{1,3}){0,3}(?:text|upload|send|forward|post|share|e-?mail|mail|call|submit|copy|cc|"
    r"notify|message|report|deliver|transmit|push|give|grant|transfer|write|relay|leak|publish)\b",
    re.IGNORECASE,
)


def _told_to_send(passage: Passage, part: str) -> bool:
    """Whether the sentence that brings the value begins as an order to send something there."""
    digits = sorted(re.findall(r"\d{4,}", part), key=len)
    start, end = _sentence_of(passage.text, part, digits[-1][-4:] if digits and "@" not in part else part)
    return _TOLD.match(passage.text[start:end].strip()) is not None


def _is_source(passage: Passage, left: Delegation, provenance: Provenance) -> bool:
    names = [compact(plain_form(name)) for name in left.names]
    names = [name for name in names if len(name) >= 3]
    held = [p for p in provenance.untrusted() if any(name in p.compact for name in names)]
    return not held or passage in held or not passage.orders


def _parts(kind: SinkKind, value: str) -> Iterator[str]:
    """What of a value is compared: the addresses and hosts in it, or the whole."""
    plain = plain_form(value)
    if kind in ("command", "url", "recipient"):
        found = [hit.group() for hit in EMAIL.finditer(plain)]
        rest = EMAIL.sub(" ", plain)
        found += [hit.group() for hit in URL.finditer(rest)] + IP.findall(rest)
        if found:
            yield from found
            if kind != "command":
                return
    yield plain.strip()


def _names(passage: Passage, part: str, kind: SinkKind) -> bool:
    """Whether a trusted passage gives the value, whole: part of a longer address or number does not count."""
    if EMAIL.fullmatch(part):
        return part in passage.emails
    if _is_url(part):
        url = normal_url(part)
        return any(url == given or url.startswith(given + "/") for given in passage.urls | passage.hosts)
    words = spaced(part)
    if words.strip() and words in passage.spaced:
        return True
    bare = compact(part)
    if len(bare) < COMPACT_CHARS_MIN or bare not in passage.compact or kind == "command":
        return False
    loose = r"[\s().,+/_-]*".join(map(re.escape, bare[:64]))
    return re.search(rf"(?<![0-9a-z]){loose}(?![0-9a-z])", plain_form(passage.text)) is not None


def _brings(passage: Passage, part: str, kind: SinkKind) -> bool:
    """Whether an untrusted passage contains the value, in any formatting, or the place that it leads to."""
    if EMAIL.fullmatch(part):
        domain = part.rpartition("@")[2]
        if part in passage.emails or compact(part) in passage.compact:
            return True
        return domain not in PUBLIC_MAIL and domain in passage.hosts
    if _is_url(part):
        url = normal_url(part)
        return url.split("/")[0] in passage.hosts or compact(url) in passage.compact
    if kind == "reference":
        return _in_orders(passage, part)
    if kind == "path" and not _SECRET_PLACES.search(part):
        return _in_orders(passage, part)
    if kind == "command":
        return _quotes_command(passage, part)
    bare = compact(part)
    return (len(bare) >= COMPACT_CHARS_MIN and bare in passage.compact) or (
        bool(bare) and spaced(part) in passage.spaced
    )


def _quotes_command(passage: Passage, part: str) -> bool:
    """A command of two words must stand there as it is; a longer one may have lost its punctuation."""
    words = part.split()
    if len(words) < 2 or spaced(part) not in passage.spaced:
        return False
    return len(spaced(part).split()) >= 4 or " ".join(words) in " ".join(plain_form(passage.text).split())


def _in_orders(passage: Passage, part: str) -> bool:
    """Whether a sentence that reads as an order names the value."""
    return len(passage.orders_spaced) > 2 and len(compact(part)) >= 2 and spaced(part) in passage.orders_spaced


def _is_url(part: str) -> bool:
    return URL.fullmatch(part) is not None or IP.fullmatch(part) is not None


def _looked_up(passage: Passage, part: str, kind: SinkKind, provenance: Provenance) -> bool:
    """A whole field of a record of which the user named another field: "email Sarah" and Sarah's address from a directory."""
    if kind in ("command", "url") or passage.text[:1] not in "{[":
        return False
    if _in_orders(passage, part):
        return False
    try:
        document = json.loads(passage.text)
    except (ValueError, RecursionError):  # not JSON, or nested to exhaust the parser: no record of anybody's directory
        return False
    records = [r for r in _records(document, 0) if any(plain_form(v).strip() == part for v in r)]
    given = [p.spaced for p in provenance.trusted()]
    return bool(records) and all(
        any(_named_by(text, value) for value in record for text in given) for record in records
    )


def _named_by(text: str, value: str) -> bool:
    words = spaced(plain_form(value))
    return 3 <= len(words.strip()) <= 60 and words in text


def _records(value: object, depth: int) -> Iterator[list[str]]:
    if depth > 12:
        return
    if isinstance(value, dict):
        yield [str(v) for v in value.values() if isinstance(v, str | int)]
        for item in value.values():
            yield from _records(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from _records(item, depth + 1)


def _introduction(passage: Passage, leaf: Leaf, kind: str, part: str) -> Introduction:
    start, end = _sentence_of(passage.text, part, leaf.value)
    return Introduction(kind, leaf.path, leaf.value, passage.ref, excerpt(passage.text, start, end), start, end)


def _sentence_of(text: str, part: str, value: str) -> tuple[int, int]:
    """The sentence that holds the value; the whole passage's beginning when it is written in disguise."""
    for needle in (value, part, *sorted(re.findall(r"\w{3,}", part), key=len, reverse=True)):
        hit = re.search(re.escape(needle), text, re.IGNORECASE)
        if hit:
            return _around(text, hit.start(), hit.end())
    return 0, min(len(text), SECTION_CHARS)


def _around(text: str, start: int, end: int) -> tuple[int, int]:
    left = max(
        (text.rfind(mark, max(0, start - SECTION_CHARS), start) for mark in (". ", "\n", "? ", "! ")), default=-1
    )
    rights = [at for mark in (". ", "\n", "? ", "! ") if (at := text.find(mark, end, end + SECTION_CHARS)) >= 0]
    return max(left + 1, start - SECTION_CHARS), min(rights, default=min(len(text), end + SECTION_CHARS))


def goal_introduced_by(tool: str, provenance: Provenance) -> Introduction | None:
    """An order in a tool output that names what this tool does, when nobody trusted asked for anything of the kind."""
    words = _WORD.findall(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", tool).lower())
    verb = next((word for word in words if word in _VERBS), None)
    nouns = [word.rstrip("s") for word in words if word != verb and len(word) > 3]
    if verb is None or any(f" {verb}" in p.spaced for p in provenance.trusted()):
        return None
    for passage in provenance.untrusted():
        for start, end in passage.orders:
            order = spaced(plain_form(passage.text[start:end]))
            if f" {verb} " in order and (not nouns or any(f" {noun}" in order for noun in nouns)):
                return Introduction("goal", "$", tool, passage.ref, excerpt(passage.text, start, end), start, end)
    return None
