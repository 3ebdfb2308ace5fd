"""What every command shares: finding the stack, running a coroutine, printing for people or for programs, ending."""

import asyncio
import getpass
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import orjson
import typer
from groundstop.client import Client
from groundstop.commands import Answer
from groundstop.errors import (
    BadInput,
    GroundstopError,
    NoAcknowledgement,
    NotAllowed,
    RequestFailed,
    StackNotFound,
)
from pydantic import ValidationError
from rich.console import Console

DONE, NEGATIVE, USAGE, UNREACHABLE, NOT_ALLOWED = 0, 1, 2, 3, 4

out = Console(soft_wrap=True)
hints = Console(stderr=True, soft_wrap=True)

Data = Annotated[
    Path | None, typer.Option("--data", help="Data folder of the stack. Default: the newest running stack.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print only one JSON document on stdout.")]
Tenant = Annotated[str, typer.Option("--tenant", "-t", help="Tenant to act in.")]
As = Annotated[str | None, typer.Option("--as", help="Your name. Default: your user name.")]


def actor(given: str | None) -> str:
    """A legal actor token for whoever sits at the terminal."""
    return given or re.sub(r"[^A-Za-z0-9_-]", "-", getpass.getuser())[:64]


def print_json(value: Any) -> None:
    """One JSON document on stdout; an answer as it was on the wire."""
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=_plain).decode() + "\n")


def _plain(value: Any) -> Any:
    return value.wire() if isinstance(value, Answer) else str(value)


def end(status: int) -> NoReturn:
    """Leave with an exit status."""
    raise typer.Exit(status)


def fail(message: str, status: int, as_json: bool = False, code: str = "", **more: Any) -> NoReturn:
    """Say what is wrong, in the form that was asked for, and leave."""
    if as_json:
        print_json({"error": {"code": code, "message": message, **more}})
    hints.print(f"[red]{code or 'error'}[/]: {message}", highlight=False)
    end(status)


NEGATIVE_CODES = {"unavailable": UNREACHABLE, "timeout": UNREACHABLE, "not_allowed": NOT_ALLOWED}


def run(
    work: Callable[[Client], Awaitable[int]],
    *,
    data: Path | None,
    as_json: bool = False,
    tenant: str = "default",
    agent: str = "cli",
) -> NoReturn:
    """Connect, do ``work``, and leave with the status it returns; errors become messages and statuses."""

    async def session() -> int:
        async with Client.open(tenant=tenant, agent=agent, data=data) as client:
            return await work(client)

    try:
        status = asyncio.run(session())
    except (StackNotFound, NoAcknowledgement) as error:
        fail(str(error), UNREACHABLE, as_json, "unreachable")
    except NotAllowed as error:
        fail(str(error), NOT_ALLOWED, as_json, "not_allowed")
    except RequestFailed as error:
        more = {key: value for key, value in error.answer.items() if key not in ("code", "message")}
        fail(str(error), NEGATIVE_CODES.get(error.code, NEGATIVE), as_json, error.code, **more)
    except BadInput as error:
        fail(str(error), USAGE, as_json, error.reason.value)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(map(str, problem["loc"]))
        fail(f"{where}: {problem['msg']}, got {problem['input']!r}", USAGE, as_json, "invalid_fields")
    except GroundstopError as error:
        fail(str(error), NEGATIVE, as_json, "failed")
    except KeyboardInterrupt:
        status = 130
    end(status)
