"""Files to and from ClickHouse, packed on the way and on disk."""

import gzip
import shutil
import urllib.request
from pathlib import Path
from typing import Any

from groundstop import clickhouse
from groundstop.backup.manifest import BackupProblem
from groundstop.clickhouse import ClickHouseProblem


def _request(dsn: str, sql: str, **more: str) -> urllib.request.Request:
    return clickhouse.request(dsn, None, query=sql, enable_http_compression="1", **more)


def run(dsn: str, sql: str) -> None:
    """One statement without an answer. Raises BackupProblem."""
    with _opened(_request(dsn, sql)):
        pass


def download(dsn: str, sql: str, path: Path) -> None:
    """The answer of a SELECT, gzip-packed, into a file; the statement names its format. Raises BackupProblem."""
    request = _request(dsn, sql)
    request.add_header("Accept-Encoding", "gzip")
    with _opened(request) as answer:
        packed = answer.headers.get("Content-Encoding") == "gzip"  # short answers come as they are
        with path.open("wb") if packed else gzip.open(path, "wb") as file:
            shutil.copyfileobj(answer, file)


def upload(dsn: str, sql: str, path: Path) -> None:
    """A gzip-packed file as the data of an INSERT. Raises BackupProblem."""
    request = _request(dsn, sql, async_insert="0")
    request.data = path.read_bytes()
    request.add_header("Content-Encoding", "gzip")
    request.add_header("Content-Type", "application/octet-stream")
    with _opened(request):
        pass


def _opened(request: urllib.request.Request) -> Any:
    try:
        return clickhouse.opened(request)
    except ClickHouseProblem as error:
        raise BackupProblem(f"ClickHouse: {str(error)[:500]}" if error.reachable else str(error)) from error
