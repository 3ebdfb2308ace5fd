"""The command line. Exit status: 0 done, 1 a negative result, 2 usage, 3 cannot reach the stack, 4 not allowed."""

import sys
from importlib import import_module
from typing import NamedTuple

import groundstop.startup  # noqa: F401 - before the rooms: they load quicker
import typer


class Room(NamedTuple):
    """A module with commands, and under which heading ``--help`` shows them."""

    heading: str
    commands: tuple[str, ...]


ROOMS = {
    "stack": Room("The stack", ("up", "down", "status", "logs")),
    "backup": Room("The stack", ("backup", "restore")),
    "intents": Room("Intents", ("submit", "watch", "trace")),
    "cases": Room(
        "Cases",
        (
            "cases",
            "case",
            "approve",
            "deny",
            "edit",
            "respond",
            "decide",
            "claim",
            "release",
            "withdraw",
            "handoff",
            "give-back",
            "grants",
        ),
    ),
    "controls": Room("The kill switch", ("halt", "controls", "resume", "estimate")),
    "undo": Room("The kill switch", ("review", "undo")),
    "record": Room(
        "The record",
        (
            "sql",
            "dead",
            "verify",
            "archive",
            "metrics",
            "report",
            "feedback",
            "why",
            "summary",
            "export-case",
            "hold",
            "redact",
            "trim",
        ),
    ),
    "policy": Room("Judgement", ("policy", "screen")),
    "keys": Room("Identities and reach", ("keys",)),
    "mcp": Room("Identities and reach", ("mcp",)),
    "conformance": Room("Identities and reach", ("conformance",)),
}
"""Only the room of the command that was given is loaded: a halt should not wait for what only a report needs."""


def make_app(command: str = "") -> typer.Typer:
    """The application, with the room of ``command`` alone when it is known, with all of them otherwise."""
    app = typer.Typer(
        name="groundstop",
        help="Air-traffic control for AI agents: submit intents, decide cases, halt, and query the record.",
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    alone = [name for name, room in ROOMS.items() if command in room.commands]
    for name in alone or ROOMS:
        _open(app, name, ROOMS[name].heading)
    return app


def _open(app: typer.Typer, room: str, heading: str) -> None:
    commands, groups = len(app.registered_commands), len(app.registered_groups)
    import_module(f"groundstop.cli.{room}").register(app)
    for command in app.registered_commands[commands:]:
        command.rich_help_panel = heading
    for group in app.registered_groups[groups:]:
        group.rich_help_panel = heading


def main() -> None:
    """Entry point of the ``groundstop`` command."""
    make_app(sys.argv[1] if len(sys.argv) > 1 else "")()
