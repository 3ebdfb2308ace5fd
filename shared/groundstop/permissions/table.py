"""The table of roles for people: ``python -m groundstop.permissions.table docs/security.md`` puts it into the page.

It stands between ``<!-- generated: roles -->`` and ``<!-- end roles -->``; what is between is replaced.
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from groundstop.permissions.roles import ROLES, Role

_MARKED = re.compile(r"(<!-- generated: roles -->\n).*?(<!-- end roles -->)", re.DOTALL)


def table() -> str:
    """Every role: what it may publish, ask of JetStream, hear, and whether it signs."""
    head = "| role | publishes | asks of JetStream | hears, besides its own inbox | signs |\n|---|---|---|---|---|\n"
    return head + "\n".join(_row(role) for role in ROLES.values())


def _row(role: Role) -> str:
    facts = [text for text in role.publish if not text.startswith("$JS.")]
    api = [_short(text) for text in role.publish if text.startswith("$JS.")]
    over = "" if "STANDARD" in role.over else " (WebSocket only)"
    refused = " but none of others' durables" if role.refuse else ""
    return (
        f"| **{role.name}**{over}: {role.about} | {_cells(facts)} | {_cells(api)}{refused} | {_cells(role.subscribe)} "
        f"| {'yes' if role.signs else ''} |"
    )


def _short(subject: str) -> str:
    return subject.removeprefix("$JS.API.").replace("CONSUMER.", "C.").replace("STREAM.", "S.").replace("EVENTS", "E")


def _cells(texts: Iterable[str]) -> str:
    return ", ".join(f"`{text.removeprefix('gs.')}`" for text in texts) or "nothing"


def filled(text: str) -> str:
    """A page with its table made anew."""
    return _MARKED.sub(lambda found: f"{found[1]}{table()}\n{found[2]}", text)


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
