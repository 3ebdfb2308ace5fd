"""The command line. Exit status: 0 done, 1 a negative result, 2 usage, 3 cannot reach the stack, 4 not allowed."""

import sys
from importlib import import_module

import typer

ROOMS = {
    "stack": ("up", "down", "status", "logs"),
    "intents": ("submit", "watch", "trace"),
    "cases": (
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
    "controls": ("halt", "controls", "resume", "estimate"),
    "undo": ("review", "undo"),
    "record": (
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
    "policy": ("policy", "screen"),
    "mcp": ("mcp",),
    "conformance": ("conformance",),
    "keys": ("keys",),
    "backup": ("backup", "restore"),
}
"""The modules with commands. Those whose commands are named are not loaded for another's: a halt should not wait for
what only a report needs."""


def make_app(command: str = "") -> typer.Typer:
    """The application, with the room of ``command`` alone when it is known, with all of them otherwise."""
    app = typer.Typer(
        name="groundstop",
        help="Air-traffic control for AI agents: file, watch, decide, halt, and ask the record.",
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    alone = [room for room, commands in ROOMS.items() if command in commands]
    for room in alone or ROOMS:
        import_module(f"groundstop.cli.{room}").register(app)
    return app


def main() -> None:
    """Entry point of the ``groundstop`` command."""
    make_app(sys.argv[1] if len(sys.argv) > 1 else "")()
