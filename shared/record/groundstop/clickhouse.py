"""ClickHouse's HTTP interface with nothing but the standard library, blocking: the SDK stays light."""

import base64
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from groundstop.errors import GroundstopError

QUERY_S = 120
TRANSFER_S = 600


class ClickHouseProblem(GroundstopError):
    """The server refused the query, or cannot be reached. ``reachable`` tells which."""

    def __init__(self, message: str, reachable: bool) -> None:
        super().__init__(message)
        self.reachable = reachable

    def __reduce__(self) -> tuple[type["ClickHouseProblem"], tuple[str, bool]]:
        """Exceptions cross processes by their arguments: all of them, or the process that waits breaks instead."""
        return type(self), (str(self), self.reachable)


def request(dsn: str, data: bytes | None = None, **settings: str) -> urllib.request.Request:
    """A request to the server of ``dsn``, in its user's name and database, with ``settings`` in the address."""
    address = urlsplit(dsn)
    secret = base64.b64encode(f"{address.username or 'default'}:{address.password or ''}".encode()).decode()
    asked = urllib.parse.urlencode({"database": address.path.strip("/") or "default", **settings})
    url = f"{address.scheme}://{address.hostname}:{address.port or 8123}/?{asked}"
    return urllib.request.Request(url, data=data, method="POST", headers={"Authorization": f"Basic {secret}"})


def opened(asked: urllib.request.Request, timeout_s: float = TRANSFER_S) -> Any:
    """The open answer to a request. Raises ClickHouseProblem with the server's message."""
    try:
        return urllib.request.urlopen(asked, timeout=timeout_s)
    except urllib.error.HTTPError as error:
        raise ClickHouseProblem(error.read().decode("utf-8", "replace").strip(), True) from error
    except OSError as error:
        raise _away(asked, error) from error


def _away(asked: urllib.request.Request, error: OSError) -> ClickHouseProblem:
    return ClickHouseProblem(f"no ClickHouse at {asked.host}: {error}", False)


def query(dsn: str, sql: str, format_name: str, parameters: Mapping[str, str] | None = None) -> str:
    """The answer in a ClickHouse output format, as text. ``parameters`` are what ``{name:String}`` stands for.

    Raises ClickHouseProblem.
    """
    bound = {f"param_{name}": _escaped(value) for name, value in (parameters or {}).items()}
    asked = request(dsn, sql.encode(), default_format=format_name, **bound)
    try:
        with opened(asked, QUERY_S) as answer:
            text: str = answer.read().decode("utf-8", "replace")
            return text
    except OSError as error:
        raise _away(asked, error) from error


def save(dsn: str, sql: str, path: Path) -> None:
    """Stream an answer into a file; the statement names its format. Raises ClickHouseProblem."""
    asked = request(dsn, sql.encode(), output_format_parquet_string_as_string="0")
    try:
        with opened(asked) as answer, path.open("wb") as file:
            shutil.copyfileobj(answer, file)
    except OSError as error:
        raise _away(asked, error) from error


def _escaped(value: str) -> str:
    """A parameter as the server reads it: like a field of TSV."""
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
