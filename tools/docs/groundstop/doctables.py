"""The tables of facts and states in the docs: ``python -m groundstop.doctables PAGE...`` writes them into the pages.

Each stands between ``<!-- generated: name -->`` and ``<!-- end -->``; what is between is replaced.
"""

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from groundstop.addresses import Kind, first_sentence, kinds, moves
from groundstop.bus.delivery import DURABLES
from groundstop.commands import COMMANDS, Command
from groundstop.commands.base import PEOPLE
from groundstop.intent import TABLE, State
from groundstop.vocabulary import Status

Section = Callable[[], str]


def facts() -> str:
    """Every kind of fact: subject, publishers, consumers, how often."""
    head = "| fact | subject after `gs.` | published by | consumed by | at most one per |\n|---|---|---|---|---|\n"
    return head + "\n".join(_fact(kind) for kind in kinds())


def _fact(kind: Kind) -> str:
    once = kind.once_per or "(the newest counts)"
    subject = kind.address.removeprefix("gs.")
    says = kind.says.replace("``", "`")
    return f"| {says} | `{subject}` | {', '.join(kind.writers)} | {', '.join(kind.readers)} | {once} |"


def states() -> str:
    """The life of an intent as rows: state, what moves it on, what leaves it where it is."""
    head = "| state | fact -> next state | facts that change nothing |\n|---|---|---|\n"
    return head + "\n".join(_state(state, there) for state, there in moves(TABLE) if _moving(state, there))


def _state(state: State, there: Mapping[State, list[str]]) -> str:
    onward = "; ".join(f"{', '.join(found)} -> {after}" for after, found in there.items() if after is not state)
    return f"| {state} | {onward} | {', '.join(there.get(state, []))} |"


def _moving(state: State, there: Mapping[State, list[str]]) -> bool:
    return set(there) != {state} or state is State.ENDED


def life() -> str:
    """The same as a picture, without what changes nothing."""
    arrows = [
        f"    {'[*]' if state is State.NONE else state} --> {after}: {_label(found)}"
        for state, there in moves(TABLE)
        for after, found in there.items()
        if after is not state
    ]
    return "\n".join(("```mermaid", "stateDiagram-v2", *arrows, "    ended --> [*]", "```"))


def _label(found: list[str]) -> str:
    return ", ".join(found)


def durables() -> str:
    """The durable consumers of the log and their subjects."""
    head = "| durable consumer | subjects | redelivery after |\n|---|---|---|\n"
    rows = (
        f"| {durable.name} | {', '.join(f'`{subject}`' for subject in durable.subjects)} | {durable.ack_wait_s:g} s |"
        for durable in DURABLES
    )
    return head + "\n".join(rows)


def statuses() -> str:
    """The ways in which an intent may end."""
    return ", ".join(f"`{status.value}`" for status in Status)


def commands() -> str:
    """Every command: its body, its answer, who may ask and who answers."""
    head = "| command | what it does | body | answer | asked by | answered by |\n|---|---|---|---|---|---|\n"
    return head + "\n".join(_command(command) for command in COMMANDS.values())


def _command(command: type[Command[Any]]) -> str:
    fields = (
        f"`{name}`" if field.is_required() else f"`{name}`?"
        for name, field in command.model_fields.items()
        if name != "on_behalf"
    )
    answer = (f"`{name}`" for name in command.reply.model_fields)
    says = first_sentence(command.__doc__ or "").replace("``", "`")
    people = ("people",) if command.roles >= PEOPLE else ()
    roles = (*people, *sorted(command.roles - PEOPLE if people else command.roles))
    cells = (fields, answer, roles, command.answered_by)
    return f"| `{command.verb}` | {says} | {' | '.join(', '.join(cell) for cell in cells)} |"


SECTIONS: Mapping[str, Section] = {
    "facts": facts,
    "states": states,
    "life": life,
    "durables": durables,
    "statuses": statuses,
    "commands": commands,
}

_MARKED = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(text: str) -> str:
    """``text`` with every marked section made anew. Raises KeyError for a name that is not in SECTIONS."""
    return _MARKED.sub(lambda found: f"{found[1]}{SECTIONS[found[2]]()}\n{found[3]}", text)


if __name__ == "__main__":
    for page in map(Path, sys.argv[1:]):
        page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
