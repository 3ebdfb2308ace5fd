"""The generated tables of docs/reference/permissions.md: ``python -m groundstop.permissions.table PAGE`` writes them.

Each stands between ``<!-- generated: name -->`` and ``<!-- end name -->``; what is between is replaced.
"""

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from groundstop.permissions.effects import EFFECTS, NAMES, WORDS
from groundstop.permissions.roles import ROLES, Role

_MARKED = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end \2 -->)", re.DOTALL)


def table() -> str:
    """Every role: what it may publish, request from JetStream and subscribe, and whether it has a signing key."""
    head = (
        "| role | publish | JetStream API | subscribe, besides its own inbox | signing key |\n|---|---|---|---|---|\n"
    )
    return head + "\n".join(_row(role) for role in ROLES.values())


def _row(role: Role) -> str:
    facts = [text for text in role.publish if not text.startswith("$JS.")]
    api = [_short(text) for text in role.publish if text.startswith("$JS.")]
    over = "" if "STANDARD" in role.over else " (WebSocket only)"
    refused = " except durables of others" if role.refuse else ""
    return (
        f"| **{role.name}**{over}: {role.about} | {_cells(facts)} | {_cells(api)}{refused} | {_cells(role.subscribe)} "
        f"| {'yes' if role.signs else ''} |"
    )


def _short(subject: str) -> str:
    return subject.removeprefix("$JS.API.").replace("CONSUMER.", "C.").replace("STREAM.", "S.").replace("EVENTS", "E")


def _cells(texts: Iterable[str]) -> str:
    return ", ".join(f"`{text.removeprefix('gs.')}`" for text in texts) or "nothing"


def stolen() -> str:
    """Every role: what its key can do on the bus, by the names that ``effects`` explains."""
    head = "| stolen key of | effects | with its signing key |\n|---|---|---|\n"
    return head + "\n".join(_can(role) for role in ROLES.values())


def _can(role: Role) -> str:
    does = "; ".join(NAMES[effect] for effect in EFFECTS[role.name])
    return f"| **{role.name}** | {does} | {'its signatures are accepted' if role.signs else ''} |"


def effects() -> str:
    """What each effect is."""
    return "| effect | meaning |\n|---|---|\n" + "\n".join(
        f"| {NAMES[effect]} | {words} |" for effect, words in WORDS.items()
    )


SECTIONS: Mapping[str, Callable[[], str]] = {"roles": table, "stolen": stolen, "effects": effects}


def filled(text: str) -> str:
    """A page with its tables made anew. Raises KeyError for a name that is not in SECTIONS."""
    return _MARKED.sub(lambda found: f"{found[1]}{SECTIONS[found[2]]()}\n{found[3]}", text)


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
