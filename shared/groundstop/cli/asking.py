"""How the commands about the record ask: one SELECT over HTTP, with the standard library alone."""

import base64
import contextlib
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import orjson
from rich.progress import Progress

from groundstop.cli.clickhouse import ClickHouseProblem, query
from groundstop.cli.common import NEGATIVE, UNREACHABLE, fail, hints
from groundstop.errors import StackNotFound
from groundstop.finding import settings_for
from groundstop.record.verify import Ask
from groundstop.settings import Settings

TIMEOUT_S = 600


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


def save(dsn: str, sql: str, path: Path) -> None:
    """Stream an answer into a file; the statement names its format. Raises ClickHouseProblem."""
    address = urlsplit(dsn)
    secret = base64.b64encode(f"{address.username or 'default'}:{address.password or ''}".encode()).decode()
    url = f"{address.scheme}://{address.hostname}:{address.port or 8123}/?output_format_parquet_string_as_string=0"
    request = urllib.request.Request(url, data=sql.encode(), headers={"Authorization": f"Basic {secret}"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer, path.open("wb") as file:
            shutil.copyfileobj(answer, file)
    except urllib.error.HTTPError as error:
        raise ClickHouseProblem(error.read().decode("utf-8", "replace").strip(), True) from error
    except OSError as error:
        raise ClickHouseProblem(f"no ClickHouse at {address.hostname}:{address.port}: {error}", False) from error
