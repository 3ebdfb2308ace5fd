"""Files to and from ClickHouse's HTTP interface, packed on the way and on disk, with the standard library alone."""

import base64
import gzip
import shutil
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from groundstop.backup.manifest import BackupProblem

TIMEOUT_S = 600


def _request(dsn: str, sql: str, **more: str) -> urllib.request.Request:
    address = urlsplit(dsn)
    secret = base64.b64encode(f"{address.username or 'default'}:{address.password or ''}".encode()).decode()
    asked = urllib.parse.urlencode({"query": sql, "enable_http_compression": 1, **more})
    url = f"{address.scheme}://{address.hostname}:{address.port or 8123}/?{asked}"
    return urllib.request.Request(url, method="POST", headers={"Authorization": f"Basic {secret}"})


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
        return urllib.request.urlopen(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        raise BackupProblem(f"ClickHouse: {error.read().decode('utf-8', 'replace').strip()[:500]}") from error
    except OSError as error:
        raise BackupProblem(f"no ClickHouse at {request.host}: {error}") from error
