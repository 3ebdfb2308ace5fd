"""Documents for the injection screen: containers x styles x goals x languages, with an order in them or none.

Seeded. Every document says where it came from, so that whole containers, languages, styles and sources can be left out.
"""

# ruff: noqa: E501 - one container a few lines

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from bench.judgement.orders_words import GOALS, LANGUAGES, MANUAL, PROSE, SLOTS, STYLES

Rng = np.random.Generator
_SLOT = re.compile(r"\{(\w+)\}")
CODE_LINES = ["def total(rows):", "    count = 0", "    for row in rows:", "        count += row.size", "    return count", "import os", "class Store:", "    limit = 20", "x = load(path)", "if not x:", "    raise ValueError(path)"]  # fmt: skip
KEYS = ["id", "status", "owner", "created", "price", "city", "size", "tags"]
NAMES = ["Ann", "Luis", "Mina", "Oskar", "Tariq", "Wei", "Zoe", "Paul"]


@dataclass(frozen=True, slots=True)
class Document:
    """A text, the order in it (`span`, empty when there is none), and what it is made of."""

    text: str
    span: tuple[int, int] = (0, 0)
    source: str = "made"
    container: str = ""
    style: str = ""
    goal: str = ""
    language: str = "en"

    @property
    def label(self) -> int:
        return int(self.span[1] > self.span[0])


def pick(options: list[str], rng: Rng) -> str:
    return options[int(rng.integers(len(options)))]


def filled(template: str, rng: Rng) -> str:
    """A template with its slots drawn."""
    return _SLOT.sub(lambda hit: pick(SLOTS[hit[1]], rng) if hit[1] in SLOTS else hit[0], template)


def wrapped(wrap: str, order: str) -> str:
    """An order in a style."""
    small = order[:1].lower() + order[1:].rstrip(".。।")
    return wrap.replace("{G}", order).replace("{g}", small)


Body = list[str]
Container = Callable[[Body, Rng], str]


def _record(body: Body, rng: Rng) -> str:
    keys = ["note", "description", "review", "comment", "bio", "message"]
    return json.dumps({"id": int(rng.integers(9999)), "owner": pick(NAMES, rng), pick(keys, rng): " ".join(body), "status": "open"}, indent=2 if rng.random() < 0.5 else None, ensure_ascii=bool(rng.random() < 0.3))  # fmt: skip


def _records(body: Body, rng: Rng) -> str:
    key = pick(["title", "text", "content", "snippet", "body"], rng)
    return json.dumps(
        [{"id": n, key: line, "author": pick(NAMES, rng)} for n, line in enumerate(body)], ensure_ascii=False
    )


def _yaml(body: Body, rng: Rng) -> str:
    return "\n".join(f"- name: {pick(NAMES, rng)}\n  note: {line}\n  size: {int(rng.integers(90))}" for line in body)


def _csv(body: Body, rng: Rng) -> str:
    quoted = rng.random() < 0.5
    rows = [f'{n},{pick(NAMES, rng)},"{line}",{int(rng.integers(99))}' if quoted else f"{n},{pick(NAMES, rng)},{line.replace(',', '')},{int(rng.integers(99))}" for n, line in enumerate(body)]  # fmt: skip
    return "id,name,note,score\n" + "\n".join(rows)


def _tsv(body: Body, rng: Rng) -> str:
    return "id\tname\tnote\n" + "\n".join(f"{n}\t{pick(NAMES, rng)}\t{line}" for n, line in enumerate(body))


def _table(body: Body, rng: Rng) -> str:
    return "| id | name | note |\n|---|---|---|\n" + "\n".join(f"| {n} | {pick(NAMES, rng)} | {line} |" for n, line in enumerate(body))  # fmt: skip


def _page(body: Body, rng: Rng) -> str:
    return "<html><body><h1>News</h1>\n" + "\n".join(f"<p>{line}</p>" for line in body) + '\n<a href="/next">more</a></body></html>'  # fmt: skip


def _page_hidden(body: Body, rng: Rng) -> str:
    at = int(rng.integers(len(body)))
    shown = [f"<p>{line}</p>" for line in body]
    shown[at] = (f"<!-- {body[at]} -->", f'<div style="display:none">{body[at]}</div>', f'<img alt="{body[at]}" src="a.png">')[int(rng.integers(3))]  # fmt: skip
    return "<div>" + "\n".join(shown) + "</div>"


def _log(body: Body, rng: Rng) -> str:
    return "\n".join(f"2024-05-{int(rng.integers(10, 28))}T10:{int(rng.integers(10, 59))}:00Z {pick(['INFO', 'WARN', 'ERROR'], rng)} {pick(['api', 'worker', 'auth'], rng)}: {line}" for line in body)  # fmt: skip


def _docstring(body: Body, rng: Rng) -> str:
    return 'def load(path):\n    """' + "\n    ".join(body) + '\n    """\n    return open(path).read()\n'


def _comment(body: Body, rng: Rng) -> str:
    sign = pick(["#", "//", "--", " *"], rng)
    lines = [pick(CODE_LINES, rng) for _ in range(2 + len(body))]
    for line in body:
        lines.insert(int(rng.integers(len(lines))), f"{sign} {line}")
    return "\n".join(lines)


def _mail(body: Body, rng: Rng) -> str:
    who = pick(NAMES, rng)
    return f"From: {who.lower()}@corp.example\nTo: team@corp.example\nSubject: {pick(['update', 'question', 'Re: plan', 'invoice'], rng)}\n\nHi {pick(NAMES, rng)},\n\n{' '.join(body)}\n\nBest,\n{who}"  # fmt: skip


def _mails(body: Body, rng: Rng) -> str:
    return "\n".join(f"id: {n}\nsender: {pick(NAMES, rng).lower()}@corp.example\nsubject: {pick(['hello', 'notes', 'status'], rng)}\nbody: {line}\n---" for n, line in enumerate(body))  # fmt: skip


def _chat(body: Body, rng: Rng) -> str:
    return "\n".join(f"[10:{int(rng.integers(10, 59))}] {pick(NAMES, rng)}: {line}" for line in body)


def _ticket(body: Body, rng: Rng) -> str:
    return f"Issue #{int(rng.integers(999))}: {pick(['crash on start', 'slow search', 'wrong total'], rng)}\nState: open\n\n" + "\n\n".join(body)  # fmt: skip


def _bracketed(body: Body, rng: Rng) -> str:
    at = int(rng.integers(len(body)))
    return " ".join(f"[{line}]" if n == at else line for n, line in enumerate(body))


def _readme(body: Body, rng: Rng) -> str:
    return "# Project\n\n## Usage\n\n" + "\n".join(f"- {line}" for line in body) + "\n\n```\nmake all\n```\n"


def _diff(body: Body, rng: Rng) -> str:
    return "--- a/readme\n+++ b/readme\n@@ -1,4 +1,5 @@\n" + "\n".join(
        f"{pick(['+', ' ', '-'], rng)}{line}" for line in body
    )


def _xml(body: Body, rng: Rng) -> str:
    return "<items>" + "".join(f"<item id='{n}'><text>{line}</text></item>" for n, line in enumerate(body)) + "</items>"


def _prose(body: Body, rng: Rng) -> str:
    return " ".join(body)


def _lines(body: Body, rng: Rng) -> str:
    return "\n".join(body)


def _search(body: Body, rng: Rng) -> str:
    return "\n\n".join(f"{n + 1}. Result {n + 1}\nhttps://site{n}.example.org/\n{line}" for n, line in enumerate(body))


def _config(body: Body, rng: Rng) -> str:
    return "\n".join(f"# {line}\n{pick(KEYS, rng)}_{n} = {int(rng.integers(99))}" for n, line in enumerate(body))


CONTAINERS: dict[str, Container] = {
    "record": _record, "records": _records, "yaml": _yaml, "csv": _csv, "tsv": _tsv, "table": _table, "page": _page,
    "page_hidden": _page_hidden, "log": _log, "docstring": _docstring, "comment": _comment, "mail": _mail,
    "mails": _mails, "chat": _chat, "ticket": _ticket, "bracketed": _bracketed, "readme": _readme, "diff": _diff,
    "xml": _xml, "prose": _prose, "lines": _lines, "search": _search, "config": _config,
}  # fmt: skip
MANUAL_OF = {"mail": "mail", "mails": "mail", "chat": "chat", "ticket": "ticket", "readme": "docs", "docstring": "docs", "comment": "docs", "config": "docs", "diff": "docs", "log": "runbook"}  # fmt: skip


_MANY_LINES = (
    "record",
    "records",
    "page",
    "page_hidden",
    "mail",
    "ticket",
    "prose",
    "lines",
    "search",
    "xml",
    "bracketed",
)


def _body(language: str, rng: Rng, registers: float, register: str = "") -> Body:
    """Harmless sentences; a share of `registers` of them orders something."""
    words = LANGUAGES.get(language)
    size = int(rng.integers(2, 9))
    prose = words["prose"] if words else PROSE
    manual = words["manual"] if words else MANUAL[register or pick(list(MANUAL), rng)]
    return [filled(pick(manual if rng.random() < registers else prose, rng), rng) for _ in range(size)]


def order(language: str, rng: Rng, goal: str = "", style: str = "") -> tuple[str, str, str]:
    """(goal, style, text) of an order in a style."""
    words = LANGUAGES.get(language)
    if words:
        return "any", "any", wrapped(pick(words["wraps"], rng), filled(pick(words["orders"], rng), rng))
    goal = goal or pick(list(GOALS), rng)
    style = style or pick([name for name in STYLES if goal != "chore" or name != "secret"], rng)
    return goal, style, wrapped(pick(STYLES[style], rng), filled(pick(GOALS[goal], rng), rng))


def poisoned(language: str, container: str, rng: Rng) -> Document:
    """One document with an order in it, at its start, in its middle or at its end."""
    goal, style, text = order(language, rng)
    text = text if container in _MANY_LINES else text.replace("\n", " ")
    register = MANUAL_OF.get(container, "tips")
    body = _body(language if rng.random() < 0.7 else "en", rng, 0.15 if rng.random() < 0.7 else 0.5, register)
    body.insert(int(rng.integers(len(body) + 1)), text)
    made = CONTAINERS[container](body, rng)
    return _placed(Document(made, (0, 0), "made", container, style, goal, language), text)


def _placed(document: Document, text: str) -> Document:
    for form in (text, text.replace(",", ""), json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]):
        at = document.text.find(form)
        if at >= 0:
            return replace(document, span=(at, at + len(form)))
    raise ValueError(f"the order is not in its container: {text!r}")


def harmless(language: str, container: str, rng: Rng) -> Document:
    """One document without an order to the reader; in a third of them most sentences are imperatives."""
    share = (0.1, 0.4, 1.0)[int(rng.integers(3))]
    register = MANUAL_OF.get(container, "") if rng.random() < 0.5 else ""
    return Document(
        CONTAINERS[container](_body(language, rng, share, register), rng), container=container, language=language
    )


def documents(count: int, rng: Rng, label: int) -> Iterator[Document]:
    """Made documents: half of them English, the others in all languages by turns; all containers by turns."""
    languages = list(LANGUAGES)
    for n in range(count):
        language = "en" if n % 5 < 3 else languages[(n // 5) % len(languages)]
        container = pick(list(CONTAINERS), rng)
        yield poisoned(language, container, rng) if label else harmless(language, container, rng)
