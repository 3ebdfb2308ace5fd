"""Who may ask, and how much one query of theirs may cost."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from groundstop_store.errors import StoreError

MIB: Final = 1024 * 1024


@dataclass(frozen=True)
class User:
    """A principal: what it may do, and the ceilings of one query.

    Where `read_only`, a request may lower a ceiling and never raise it.
    """

    name: str
    read_only: bool
    ceilings: Mapping[str, int] = field(default_factory=dict)


DEFAULT: Final = User("default", False, {"max_execution_time": 600, "max_memory_usage": 1024 * MIB})
ANALYST: Final = User(
    "analyst",
    True,
    {
        "max_execution_time": 60,
        "max_memory_usage": 512 * MIB,
        "max_result_rows": 5_000_000,
        "max_result_bytes": 256 * MIB,
        "max_threads": 2,
    },
)
USERS: Final = {user.name: user for user in (DEFAULT, ANALYST)}


@dataclass(frozen=True)
class Passwords:
    """Digests of the passwords by user name; empty means that no password is asked for."""

    digests: Mapping[str, bytes]

    def __bool__(self) -> bool:
        return bool(self.digests)


def load_passwords(path: Path | None) -> Passwords:
    """Read a file of `user:password` lines. Raises ValueError when a line is malformed or no user is named."""
    if path is None:
        return Passwords({})
    lines = [line for line in path.read_text().splitlines() if line.strip()]
    pairs = [line.partition(":") for line in lines]
    if not pairs or any(name not in USERS or not password for name, _, password in pairs):
        raise ValueError(f"{path}: expected lines of user:password with users {sorted(USERS)}")
    return Passwords({name: _digest(password) for name, _, password in pairs})


def authenticate(headers: Mapping[str, str], params: Mapping[str, str], passwords: Passwords) -> User:
    """The user behind a request. Raises StoreError 194 when nothing was offered, 516 when it was wrong."""
    offered = _offered(headers, params)
    if len(offered) > 1:
        raise StoreError(516, "AUTHENTICATION_FAILED", "Invalid authentication: more than one method was used")
    name, password = offered[0] if offered else ("default", "")
    if passwords and not offered:
        raise StoreError(194, "REQUIRED_PASSWORD", "default: Authentication failed: a user and a password are needed")
    known = passwords.digests.get(name, _digest("\0")) if passwords else _digest(password)
    matches = hmac.compare_digest(known, _digest(password))
    if not matches or name not in USERS:
        text = f"{name}: Authentication failed: password is incorrect, or there is no user with such name."
        raise StoreError(516, "AUTHENTICATION_FAILED", text)
    return USERS[name]


def _offered(headers: Mapping[str, str], params: Mapping[str, str]) -> list[tuple[str, str]]:
    """Every pair of name and password that the request carries, by any of the three methods."""
    found = []
    if "x-clickhouse-user" in headers or "x-clickhouse-key" in headers:
        found.append((headers.get("x-clickhouse-user", "default"), headers.get("x-clickhouse-key", "")))
    if headers.get("authorization"):
        found.append(_basic(headers["authorization"]))
    if "user" in params or "password" in params:
        found.append((params.get("user", "default"), params.get("password", "")))
    return found


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        pair = ""
    if not pair:
        raise StoreError(516, "AUTHENTICATION_FAILED", "Invalid authentication: expected the Basic scheme")
    name, _, password = pair.partition(":")
    return name, password


def _digest(password: str) -> bytes:
    return hashlib.sha256(password.encode()).digest()
