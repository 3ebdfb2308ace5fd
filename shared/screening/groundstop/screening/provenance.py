"""Where the words of a task came from: a fold over turns and tool outputs, prepared so that tracing a value is cheap.

Text rules cannot catch an injection that is worded like any sentence. Where a value came from can: a recipient that the
user never named and that only a web page did is the page's wish, however politely it was put.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import unquote

from groundstop.screening.encodings import decoded_views
from groundstop.screening.model import load_model, score_sentences
from groundstop.screening.sinks import EMAIL, IP, URL
from groundstop.screening.text import folded, smuggled

Origin = Literal["user", "agent", "tool", "catalogue"]

PASSAGES_MAX = 200  # of one task; the oldest tool outputs go first, what the user said stays
PASSAGE_CHARS_MAX = 65_536  # head and tail of a longer one; tracing then fails closed
ORDER_CHARS_MAX = 32_768  # of one tool output that are searched for orders
ORDER_BAR = 0.25  # lower than the screens': here the sentence must also name the very value that is used
DELEGATED_BAR = 0.5  # what the user left to a source is only taken back where a sentence of it plainly orders
# "name (at) host (dot) com", "name at host.com", "hxxp": how addresses are written so that machines overlook them.
_AT = re.compile(
    r"\s{0,3}[\[({]\s{0,3}(?:at|@)\s{0,3}[\])}]\s{0,3}|\s{1,3}at\s{1,3}(?=[\w-]{1,63}(?:\.|\s{1,3}dot\s|\s{0,3}[\[(]))",
    re.IGNORECASE,
)
_DOT = re.compile(r"\s{0,3}[\[({]\s{0,3}(?:dot|\.)\s{0,3}[\])}]\s{0,3}|\s{1,3}dot\s{1,3}", re.IGNORECASE)
_HXXP = re.compile(r"\bhxxp", re.IGNORECASE)
_OBFUSCATED = ((_AT, "@"), (_DOT, "."), (_HXXP, "http"))
_NOT_ALNUM = re.compile(r"[^0-9a-z\u0080-\U0010ffff]+")


@dataclass(frozen=True, slots=True)
class Passage:
    """One piece of text of a task with what tracing needs: its forms and the entities and orders found in it.

    `ref` names it for people (a turn number, `get_email#3`). `spaced` has every run of other characters as one space.
    """

    origin: Origin
    ref: str
    text: str
    spaced: str
    compact: str
    emails: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    urls: frozenset[str] = frozenset()
    orders: tuple[tuple[int, int], ...] = ()
    orders_compact: str = ""
    orders_spaced: str = ""
    cut: bool = False
    plain_orders_compact: str = ""
    plain_orders_spaced: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """The passages of a task. A value; `with_text` gives the next one."""

    passages: tuple[Passage, ...] = field(default=())

    def with_text(self, origin: Origin, content: object, ref: str = "") -> Provenance:
        """The task with one more turn, tool output or catalogue text. Structures are read as their JSON."""
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, default=str)
        passages = (*self.passages, passage(origin, text, ref or f"{origin}#{len(self.passages)}"))
        return replace(self, passages=_bounded(passages))

    def trusted(self) -> tuple[Passage, ...]:
        """What the user said and what the catalogue owns."""
        return tuple(p for p in self.passages if p.origin in ("user", "catalogue"))

    def untrusted(self) -> tuple[Passage, ...]:
        """Tool outputs, oldest first."""
        return tuple(p for p in self.passages if p.origin == "tool")


def _bounded(passages: tuple[Passage, ...]) -> tuple[Passage, ...]:
    if len(passages) <= PASSAGES_MAX:
        return passages
    oldest = next((i for i, p in enumerate(passages) if p.origin in ("tool", "agent")), 0)
    return passages[:oldest] + passages[oldest + 1 :]


def passage(origin: Origin, text: str, ref: str) -> Passage:
    """A text prepared for tracing. Of tool outputs the decoded and hidden parts are read too, and orders are marked."""
    whole = len(text)
    if whole > PASSAGE_CHARS_MAX:
        text = f"{text[: PASSAGE_CHARS_MAX // 2]}\n{text[-PASSAGE_CHARS_MAX // 2 :]}"
    readings = [plain_form(text)]
    orders: tuple[tuple[int, int], ...] = ()
    plainly: tuple[tuple[int, int], ...] = ()
    if origin == "tool":
        readings += [plain_form(view.text) for view in (*smuggled(text), *decoded_views(folded(text).text))]
        scored = score_sentences(load_model(), text[:ORDER_CHARS_MAX])
        orders = tuple((s.start, s.end) for s in scored if s.probability >= ORDER_BAR)
        plainly = tuple((s.start, s.end) for s in scored if s.probability >= DELEGATED_BAR)
    joined = "\n".join(readings)
    ordered = plain_form("\n".join(text[start:end] for start, end in orders))
    plain = plain_form("\n".join(text[start:end] for start, end in plainly))
    return Passage(
        origin,
        ref,
        text,
        spaced(joined),
        compact(joined),
        *entities(joined),
        orders,
        compact(ordered),
        spaced(ordered),
        whole > PASSAGE_CHARS_MAX,
        compact(plain),
        spaced(plain),
    )


def plain_form(text: str) -> str:
    """Folded, case-folded, with the usual disguises of addresses undone."""
    plain = folded(text).text.casefold()
    for pattern, substitute in _OBFUSCATED:
        plain = pattern.sub(substitute, plain)
    return plain


def spaced(plain: str) -> str:
    """Words and numbers with single spaces, one at each end, so that ` value ` is found only whole."""
    return f" {_NOT_ALNUM.sub(' ', plain).strip()} "


def compact(plain: str) -> str:
    """Letters and digits only: formatting of phone and account numbers does not matter."""
    return _NOT_ALNUM.sub("", plain)


def entities(plain: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """(emails, hosts, urls) of a plain form, normalised."""
    emails = frozenset(hit.strip(".'") for hit in EMAIL.findall(plain))
    urls = frozenset(normal_url(hit.group()) for hit in URL.finditer(plain))
    hosts = frozenset(url.split("/")[0] for url in urls) | frozenset(IP.findall(plain))
    return emails, hosts, urls


def normal_url(url: str) -> str:
    """host/path without scheme, user, `www.`, default port, query, trailing signs; percent signs decoded."""
    bare = re.sub(r"^[a-z][a-z0-9+.-]*://", "", unquote(url.strip().casefold()))
    bare = bare.split("#")[0].split("?")[0].rstrip("/.,;:!")
    host, _, path = bare.partition("/")
    host = re.sub(r":(?:80|443)$", "", host.rsplit("@", 1)[-1].removeprefix("www."))
    return f"{host}/{path}" if path else host


def provenance_of(turns: Iterable[tuple[Origin, object]]) -> Provenance:
    """A fold over (origin, content) pairs."""
    result = Provenance()
    for origin, content in turns:
        result = result.with_text(origin, content)
    return result
