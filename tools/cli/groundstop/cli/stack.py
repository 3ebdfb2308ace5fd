"""up, down, status, logs: the embedded stack."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from groundstop.cli.common import UNREACHABLE, AsJson, Data, end, fail, hints, out, print_json
from groundstop.clock import Clock
from groundstop.errors import GroundstopError, StackNotFound
from groundstop.stack_discovery import StackState, find_stack
from rich.markup import escape
from rich.table import Table

DEFAULT_DATA = Path(".groundstop")
DETACH_TIMEOUT_S = 60
DOWN_TIMEOUT_S = 40
EXAMPLES = {"support": "groundstop_example_support"}


def register(app: typer.Typer) -> None:
    """Add the commands of this room."""
    for command in (up, down, status, logs):
        app.command()(command)


def up(
    data: Annotated[Path, typer.Option("--data", help="Data folder of the stack.")] = DEFAULT_DATA,
    executors: Annotated[int, typer.Option(min=0, max=64, help="Number of executors.")] = 2,
    example: Annotated[str | None, typer.Option(help=f"Also run an example: {', '.join(EXAMPLES)}.")] = None,
    catalogue: Annotated[
        list[str] | None, typer.Option(help="Tool catalogue: a Python module or a YAML file. May be repeated.")
    ] = None,
    policy: Annotated[Path | None, typer.Option(help="Policy file. Default: the built-in policy.")] = None,
    console: Annotated[
        bool | None, typer.Option(help="Start the web console. Default: on, if it is installed.")
    ] = None,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Return when the stack is ready and leave it running.")
    ] = False,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
    secure: Annotated[
        bool, typer.Option("--secure/--open", help="Require an identity for every connection (groundstop keys).")
    ] = True,
) -> None:
    """Start the stack on this machine: nats-server, the ClickHouse engine and all services.

    Stop it with Ctrl-C or [bold]groundstop down[/]. The data folder keeps all data for the next start.
    """
    if example is not None and example not in EXAMPLES:
        fail(f"no example {example!r}; there is {', '.join(EXAMPLES)}", 2)
    if detach:
        _detach(data, sys.argv[1:])
    try:
        from groundstop_embedded.plan import Options
        from groundstop_embedded.run import has_console, run
    except ImportError:
        fail("the embedded stack is not installed; install groundstop-embedded", 2)
    options = Options(
        data=data.absolute(),
        executors=executors,
        catalogue=tuple(catalogue or ()),
        policy=policy and policy.absolute(),
        log_level=log_level,
        console=has_console() if console is None else console,
        secure=secure,
    )
    end(run(options, example, hints))


def _detach(data: Path, arguments: list[str]) -> None:
    """Start the same command without --detach in a session of its own; wait until its state file says ready."""
    kept = [argument for argument in arguments if argument not in ("--detach", "-d")]
    data.mkdir(parents=True, exist_ok=True)
    with (data / "up.log").open("ab") as log:
        launcher = subprocess.Popen(
            [sys.executable, "-m", "groundstop.cli", *kept], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
    clock = Clock()
    deadline = clock.monotonic() + DETACH_TIMEOUT_S
    while clock.monotonic() < deadline and launcher.poll() is None:
        with contextlib.suppress(StackNotFound):
            state = find_stack(data.absolute())
            if state.pid == launcher.pid:
                hints.print(f"ready: {state.nats_url}, data in {state.data}. Stop with: groundstop down")
                if told := state.console_in_words():
                    hints.print(told, highlight=False, soft_wrap=True)
                end(0)
        time.sleep(0.1)
    fail(f"the stack did not come up; see {data / 'up.log'}", UNREACHABLE)


def down(data: Data = None) -> None:
    """Stop the stack. Running work is finished and recorded first."""
    try:
        state = find_stack(data)
    except StackNotFound as error:
        fail(str(error), UNREACHABLE, code="unreachable")
    os.kill(state.pid, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_TIMEOUT_S
    while _exists(state.pid):
        if time.monotonic() > deadline:
            fail(f"process {state.pid} is still stopping after {DOWN_TIMEOUT_S} s", 1)
        time.sleep(0.1)
    hints.print("stopped")


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split(")")[-1].split()[0] != "Z"


def status(data: Data = None, json: AsJson = False) -> None:
    """Show running processes, the lag of the record, and the halts in force."""
    try:
        state = find_stack(data)
        report = asyncio.run(_status(state))
    except (GroundstopError, OSError) as error:
        fail(str(error), UNREACHABLE, json, "unreachable")
    if json:
        print_json(report)
        return
    out.print(f"data {state.data}\nbus {state.nats_url}\nup since {state.started_at:%Y-%m-%d %H:%M:%S} UTC")
    if told := state.console_in_words():
        out.print(told, highlight=False, soft_wrap=True)
    table = Table("service", "processes", box=None)
    for name, processes in report["services"].items():
        table.add_row(name, ", ".join(map(str, processes)) if processes else "[red]does not answer[/]")
    out.print(table)
    log = report["log"]
    out.print(
        f"log: {log['messages']} messages, newest {log['last_seq']}, {log['removed']} timers gone; "
        f"record: {log['recorded']} rows, {log['last_seq'] - log['recorded']} behind"
    )
    for problem in report["problems"]:
        out.print(f"[red]problem[/] {escape(problem)}")
    for said in report["set_aside"]:
        out.print(f"[yellow]set aside[/] {escape(said)}")
    for halt in report["halts"]:
        out.print(f"[red]halted[/] {halt['scope']}: {halt['reason']} (by {halt['by']}, control {halt['control']})")


async def _status(state: StackState) -> dict[str, Any]:
    from groundstop.cli.health import report

    return await report(state)


def logs(
    service: Annotated[str | None, typer.Argument(help="Name of a service. Default: all.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Follow new lines.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", help="Number of newest lines per service.")] = 50,
    data: Data = None,
) -> None:
    """Print the logs of the stack's processes. Also works for a stopped stack."""
    folder = (data or _data_of_running()) / "logs"
    files = sorted(folder.glob(f"{service or '*'}.log"))
    if not files:
        known = ", ".join(sorted(path.stem for path in folder.glob("*.log"))) or "none"
        fail(f"no log of {service!r} in {folder}; there is: {known}", 1)
    tail = ["tail", "-n", str(lines), *(["-F"] if follow else []), *map(str, files)]
    with contextlib.suppress(KeyboardInterrupt):
        end(subprocess.run(tail, check=False).returncode)


def _data_of_running() -> Path:
    try:
        return find_stack().data
    except StackNotFound:
        return DEFAULT_DATA
