"""One query over ClickHouse's HTTP interface, with nothing but the standard library: the SDK stays light."""

import base64
import urllib.error
import urllib.parse
import urllib.request
from urllib.parse import urlsplit

from groundstop.errors import GroundstopError

TIMEOUT_S = 120


class ClickHouseProblem(GroundstopError):
    """The server refused the query, or cannot be reached. ``reachable`` tells which."""

    def __init__(self, message: str, reachable: bool) -> None:
        super().__init__(message)
        self.reachable = reachable

    def __reduce__(self) -> tuple[type["ClickHouseProblem"], tuple[str, bool]]:
        """Exceptions cross processes by their arguments: all of them, or the process that waits breaks instead."""
        return type(self), (str(self), self.reachable)


def query(dsn: str, sql: str, format_name: str) -> str:
    """The answer in a ClickHouse output format, as text. Raises ClickHouseProblem with the server's message."""
    address = urlsplit(dsn)
    url = f"{address.scheme}://{address.hostname}:{address.port or 8123}/?" + urllib.parse.urlencode(
        {"default_format": format_name, "database": address.path.strip("/") or "default"}
    )
    secret = base64.b64encode(f"{address.username or 'default'}:{address.password or ''}".encode()).decode()
    request = urllib.request.Request(url, data=sql.encode(), headers={"Authorization": f"Basic {secret}"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            text: str = answer.read().decode("utf-8", "replace")
            return text
    except urllib.error.HTTPError as error:
        raise ClickHouseProblem(error.read().decode("utf-8", "replace").strip(), True) from error
    except (urllib.error.URLError, OSError) as error:
        raise ClickHouseProblem(f"no ClickHouse at {address.hostname}:{address.port}: {error}", False) from error
