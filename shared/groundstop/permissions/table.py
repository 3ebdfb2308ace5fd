"""The generated tables of docs/reference/permissions.md: ``python -m groundstop.permissions.table PAGE`` writes them.

Each stands between ``<!-- generated: name -->`` and ``<!-- end name -->``; what is between is replaced.
"""

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from groundstop.permissions.effects import EFFECTS, WORDS, Effect
from groundstop.permissions.roles import ROLES, Role

_MARKED = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end \2 -->)", re.DOTALL)


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


def stolen() -> str:
    """Every role: what its key can do on the bus, by the short names that ``effects`` explains."""
    head = "| a stolen key of | can | and with the key that it signs with |\n|---|---|---|\n"
    return head + "\n".join(_can(role) for role in ROLES.values())


def _can(role: Role) -> str:
    does = ", ".join(_spelled(effect) for effect in EFFECTS[role.name])
    return f"| **{role.name}** | {does} | {'is believed where it signs' if role.signs else ''} |"


def effects() -> str:
    """What each effect is."""
    return "| | is to |\n|---|---|\n" + "\n".join(
        f"| {_spelled(effect)} | {words} |" for effect, words in WORDS.items()
    )


def _spelled(effect: Effect) -> str:
    return effect.replace("_", " ")


SECTIONS: Mapping[str, Callable[[], str]] = {"roles": table, "stolen": stolen, "effects": effects}


def filled(text: str) -> str:
    """A page with its tables made anew. Raises KeyError for a name that is not in SECTIONS."""
    return _MARKED.sub(lambda found: f"{found[1]}{SECTIONS[found[2]]()}\n{found[3]}", text)


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
