"""Answers on the wire: headers, whole and compressed bodies, errors before and after the first byte."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from starlette.responses import Response
from starlette.types import Message, Send

from groundstop_store.codecs import Encoder, choose, encoder
from groundstop_store.engine import Counters
from groundstop_store.errors import StoreError, status_of, trailer
from groundstop_store.work import Answer

COMPRESSED_BYTES_MIN: Final = 1024  # below this a coding costs more than it saves
_CONTENT_TYPES: Final = {
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "TSV": "text/tab-separated-values; charset=UTF-8",
    "TabSeparatedWithNames": "text/tab-separated-values; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "XML": "application/xml; charset=UTF-8",
    "Native": "application/octet-stream",
    "RowBinary": "application/octet-stream",
    "Parquet": "application/octet-stream",
    "ArrowStream": "application/vnd.apache.arrow.stream",
    "Arrow": "application/vnd.apache.arrow.file",
}


def coding_of(accepted: str, params: Mapping[str, str]) -> str | None:
    """The response's content coding: only when the client both accepts it and asks with enable_http_compression."""
    return choose(accepted) if params.get("enable_http_compression") in ("1", "true") else None


def headers_of(answer: Answer, query_id: str, tag: str) -> dict[str, str]:
    """The protocol's response headers of a query that began well."""
    return {
        "Content-Type": _CONTENT_TYPES.get(answer.output_format, "text/plain; charset=UTF-8"),
        "X-ClickHouse-Format": answer.output_format,
        "X-ClickHouse-Query-Id": _header_text(query_id),
        "X-ClickHouse-Summary": summary(answer.session.counters),
        "X-ClickHouse-Timezone": "UTC",
        "X-ClickHouse-Server-Display-Name": "groundstop",
        **({"X-ClickHouse-Exception-Tag": tag} if answer.rest is not None else {}),
    }


def summary(counters: Counters) -> str:
    """The counters as the JSON of strings that clients parse."""
    return json.dumps(
        {
            "read_rows": str(counters.read_rows),
            "read_bytes": str(counters.read_bytes),
            "written_rows": str(counters.written_rows),
            "written_bytes": str(counters.written_bytes),
            "total_rows_to_read": str(counters.read_rows),
            "result_rows": str(counters.result_rows or counters.written_rows),
            "result_bytes": str(counters.result_bytes or counters.written_bytes),
            "elapsed_ns": str(int(counters.elapsed_s * 1e9)),
        }
    )


def start(status: int, headers: Mapping[str, str], coding: str | None) -> Message:
    """The ASGI message that opens a response."""
    pairs = {**headers, **({"Content-Encoding": coding} if coding else {})}
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in pairs.items()]
    return {"type": "http.response.start", "status": status, "headers": raw}


async def whole(answer: Answer, headers: dict[str, str], coding: str | None, send: Send) -> None:
    """Send a complete result with its length."""
    body, used = answer.head, coding if len(answer.head) >= COMPRESSED_BYTES_MIN else None
    if used:
        packer = encoder(used)
        body = packer.feed(body) + packer.finish()
    await send(start(200, {**headers, "Content-Length": str(len(body))}, used))
    await send({"type": "http.response.body", "body": body})


def last_words(packer: Encoder | None, tag: str, error: StoreError) -> bytes:
    """What a client is told when a query fails in the middle of its result."""
    text = trailer(tag, str(error))
    return packer.feed(text) + packer.finish() if packer else text


def failure(error: StoreError, query_id: str, version: str) -> Response:
    """The answer to a request that failed before its first byte."""
    headers = {
        "X-ClickHouse-Exception-Code": str(error.code),
        "X-ClickHouse-Query-Id": _header_text(query_id),
        "X-ClickHouse-Server-Display-Name": "groundstop",
        **({"WWW-Authenticate": 'Basic realm="ClickHouse"'} if error.code == 194 else {}),
    }
    text = f"{error} (version {version} (embedded))\n"
    return Response(text, status_of(error.code), headers, "text/plain; charset=UTF-8")


def _header_text(text: str) -> str:
    """A client's query id without what would break a header line."""
    return "".join(mark for mark in text[:128] if mark.isascii() and mark.isprintable())
