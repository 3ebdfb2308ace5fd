"""From an HTTP request to an Ask: the statement may be in the URL, in the body, in a form, or in two of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request

from groundstop_store.codecs import decode
from groundstop_store.errors import StoreError
from groundstop_store.form import form_fields
from groundstop_store.users import MIB, User
from groundstop_store.work import Ask

BODY_BYTES_MAX: Final = 256 * MIB
_METHODS: Final = frozenset({"GET", "POST"})


async def read_ask(request: Request, user: User, mark: str) -> Ask:
    """Read the body to its end and name what is asked for. Raises ClientDisconnect when the body breaks off."""
    if request.method not in _METHODS:
        raise StoreError(36, "BAD_ARGUMENTS", f"Method {request.method} is not supported, expected GET or POST")
    params = dict(request.query_params)
    body = decode(await _body(request), request.headers.get("content-encoding", ""), BODY_BYTES_MAX)
    content_type = request.headers.get("content-type", "")
    if content_type.lower().startswith("multipart/form-data"):
        fields = form_fields(content_type, body)
        body = fields.pop("query", b"")
        params |= {name: value.decode() for name, value in fields.items() if name.startswith("param_")}
    _check_transport(params)
    return Ask(
        user=user,
        method=request.method,
        statement=_joined(params.get("query", ""), body),
        params=params,
        database=params.get("database") or request.headers.get("x-clickhouse-database", ""),
        default_format=_default_format(request.headers, params),
        mark=mark,
    )


async def _body(request: Request) -> bytes:
    declared = request.headers.get("content-length", "0")
    parts: list[bytes] = []
    total = int(declared) if declared.isdigit() else 0
    _check_size(total)
    total = 0
    async for chunk in request.stream():
        parts.append(chunk)
        total += len(chunk)
        _check_size(total)
    return b"".join(parts)


def _check_size(size: int) -> None:
    if size > BODY_BYTES_MAX:
        raise StoreError(493, "QUERY_IS_TOO_LARGE", f"The body is larger than {BODY_BYTES_MAX} bytes; send it in parts")


def _check_transport(params: Mapping[str, str]) -> None:
    for name in ("compress", "decompress"):
        if params.get(name) == "1":
            text = f"{name}=1 (block compression) is not supported; use Content-Encoding and Accept-Encoding"
            raise StoreError(48, "NOT_IMPLEMENTED", text)


def _joined(query: str, body: bytes) -> bytes:
    """The statement of the URL, then the body: `?query=INSERT ... FORMAT CSV` with the rows as the body."""
    if not query:
        return body
    return query.encode() + b"\n" + body if body else query.encode()


def _default_format(headers: Mapping[str, str], params: Mapping[str, str]) -> str:
    return headers.get("x-clickhouse-format") or params.get("default_format") or "TabSeparated"
