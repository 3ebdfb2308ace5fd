"""How the commands about the record ask: one SELECT at a time."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import orjson
from groundstop.cli.common import NEGATIVE, UNREACHABLE, USAGE, fail, hints
from groundstop.clickhouse import ClickHouseProblem, query
from groundstop.errors import BadInput, StackNotFound
from groundstop.policy import PolicyError
from groundstop.record.verify import Ask
from groundstop.settings import Settings
from groundstop.stack_discovery import settings_for
from rich.progress import Progress


def settings_or_fail(data: Path | None, as_json: bool) -> Settings:
    """The stack's settings, or leave with the status for "cannot reach the stack"."""
    try:
        return settings_for(data)
    except StackNotFound as error:
        fail(str(error), UNREACHABLE, as_json, "unreachable")


def refused(error: ClickHouseProblem, as_json: bool) -> NoReturn:
    """Leave because the server refused or is not there."""
    fail(str(error), NEGATIVE if error.reachable else UNREACHABLE, as_json, "query_failed")


def asker(dsn: str) -> Ask:
    """A function that answers rows of JSON values. Raises ClickHouseProblem."""

    def ask(sql: str) -> list[list[Any]]:
        answer = orjson.loads(query(dsn, sql, "JSONCompact"))
        rows: list[list[Any]] = answer["data"]
        return rows

    return ask


@contextlib.contextmanager
def trying_a_policy(as_json: bool) -> Iterator[None]:
    """Leave with the status of what is wrong: the policy, the time that ``--since`` names, or the record."""
    try:
        yield
    except PolicyError as error:
        fail(str(error), NEGATIVE, as_json, "invalid_policy")
    except BadInput as error:
        fail(f"--since {error}", USAGE, as_json, "invalid_since")
    except ClickHouseProblem as error:
        refused(error, as_json)


@contextlib.contextmanager
def counting(what: str, as_json: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr for the length of a block, moved by (done, total); none beside a JSON document."""
    with Progress(console=hints, transient=True, disable=as_json) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def records(dsn: str, sql: str) -> list[dict[str, Any]]:
    """Rows as objects by column name. Raises ClickHouseProblem."""
    answer = orjson.loads(query(dsn, sql, "JSON"))
    rows: list[dict[str, Any]] = answer["data"]
    return rows
