"""The record: questions to ClickHouse over its HTTP interface, without blocking anything else."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
from groundstop.errors import GroundstopError

TIMEOUT_S = 8.0
ASIDE_S = 1.0
"""What only adds to a page must not keep people from it."""
ROWS_MAX = 5_000


class RecordProblem(GroundstopError):
    """ClickHouse refused a query or cannot be reached; ``missing`` when it does not know a table or view."""

    def __init__(self, message: str, missing: bool = False) -> None:
        super().__init__(message)
        self.missing = missing


class Record:
    """Read-only questions with bound parameters (``{name:Type}`` in the SQL)."""

    def __init__(self, dsn: str) -> None:
        address = urlsplit(dsn)
        self._database = address.path.strip("/") or "default"
        self._http = httpx.AsyncClient(
            base_url=f"{address.scheme}://{address.hostname}:{address.port or 8123}",
            auth=(address.username or "default", address.password or ""),
            timeout=TIMEOUT_S,
            trust_env=False,
        )

    async def rows(
        self, sql: str, parameters: Mapping[str, Any] | None = None, timeout_s: float = TIMEOUT_S
    ) -> Sequence[dict[str, Any]]:
        """The rows of one SELECT, at most ROWS_MAX. Raises RecordProblem."""
        query = {"default_format": "JSON", "database": self._database}
        query |= {f"param_{name}": str(value) for name, value in (parameters or {}).items()}
        try:
            answer = await self._http.post("/", params=query, content=sql.encode(), timeout=timeout_s)
        except httpx.HTTPError as error:
            raise RecordProblem(f"the record cannot be reached: {type(error).__name__}") from error
        if answer.status_code != 200:
            text = answer.text.strip()
            raise RecordProblem(text[:500], missing="UNKNOWN_TABLE" in text or "UNKNOWN_DATABASE" in text)
        found: list[dict[str, Any]] = orjson.loads(answer.content)["data"]
        return found[:ROWS_MAX]

    async def stop(self) -> None:
        """Close the connections."""
        await self._http.aclose()
