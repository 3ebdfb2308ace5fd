"""How templates write names, numbers and sentences. Ids stay out of sight where a name or a link can stand for them."""

import re
from datetime import datetime
from typing import Any

import orjson
from markupsafe import Markup, escape

from groundstop_console.domain import times
from groundstop_console.domain.cases import brief

NAME_CHARS_MAX = 32
TAIL_CHARS = 8
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NAME = re.compile(r"\w[._-]\w|\d")
_ID = re.compile(_UUID)
_TOLD = re.compile(rf"\bintent (?P<intent>{_UUID})|(?P<at>\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00))")


def short(name: str) -> str:
    """The telling part of a name: the end of an id, where ids differ, and the beginning of a name."""
    if _ID.fullmatch(name):
        return f"…{name[-TAIL_CHARS:]}"
    return name if len(name) <= NAME_CHARS_MAX else f"{name[: NAME_CHARS_MAX - 1]}…"


def linked(text: str) -> Markup:
    """A sentence of a service for people: intents as links, times without fractions. Everything else is escaped."""
    parts, end = [], 0
    for found in _TOLD.finditer(text):
        parts += [escape(text[end : found.start()]), _told(found)]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def _told(found: re.Match[str]) -> Markup:
    if intent := found["intent"]:
        return Markup('<a href="/intents/{}" title="intent {}">{}</a>').format(intent, intent, short(intent))
    return escape(times.stamp(datetime.fromisoformat(found["at"].replace("Z", "+00:00"))))


def sentence(text: str) -> str:
    """With a full stop, and with a capital where the first word is not a name such as ``email.send``."""
    first = text.partition(" ")[0]
    whole = text if _NAME.search(first) else f"{text[:1].upper()}{text[1:]}"
    return whole if not whole or whole[-1] in ".?!…" else f"{whole}."


def plain(number: float) -> str:
    """A number without a fraction that says nothing, in groups of three."""
    return f"{int(number):,}" if float(number).is_integer() else f"{number:,g}"


def pretty(value: Any) -> str:
    """Text as it is, times in UTC, the rest as indented JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return times.stamp(value)
    return orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode()


class Exact(str):
    """Text for a field of a form: it comes back, so nothing in it may be replaced."""


def visible(value: Any) -> Any:
    """What a template writes, with characters that nobody sees or that turn the direction of others made visible.

    ``invoice\u202efdp.exe`` reads as something else than what it is; joiners that scripts and emoji need are left.
    """
    if not isinstance(value, str) or isinstance(value, Exact) or not _UNSEEN.search(value):
        return value
    shown = _UNSEEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", value)
    return Markup(shown) if isinstance(value, Markup) else shown


_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

FILTERS = {
    "exact": Exact,
    "span": times.span,
    "took": times.took,
    "stamp": times.stamp,
    "brief": brief,
    "pretty": pretty,
    "short": short,
    "linked": linked,
    "sentence": sentence,
    "plain": plain,
}
