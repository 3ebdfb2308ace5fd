"""The command line. Exit status: 0 done, 1 a negative result, 2 usage, 3 cannot reach the stack, 4 not allowed."""

import typer

from groundstop.cli import cases, controls, intents, record, stack

app = typer.Typer(
    name="groundstop",
    help="Air-traffic control for AI agents: file, watch, decide, halt, and ask the record.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for room in (stack, intents, cases, controls, record):
    room.register(app)


def main() -> None:
    """Entry point of the ``groundstop`` command."""
    app()
