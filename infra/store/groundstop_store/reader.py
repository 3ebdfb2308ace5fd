"""What a reader's statement may be about: how it begins, and which of the system's own tables and columns it names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from groundstop_store.errors import StoreError
from groundstop_store.names import (
    PATH_COLUMNS,
    READER_SHOWS,
    READER_VERBS,
    SAFE_SYSTEM_TABLES,
    SYSTEM,
    TABLES_WITH_PATHS,
)
from groundstop_store.sql import Token

_MATCHERS: Final = frozenset({"columns", "apply"})


def check_reader(spelled: Sequence[Token], params: Mapping[str, str]) -> None:
    """Refuse what is not in the lists of store_names. `spelled` is the engine's own spelling. Raises StoreError 497."""
    _check_verb(spelled)
    named = set(_system_tables(spelled))
    if refused := named - SAFE_SYSTEM_TABLES:
        raise _denied(f"system.{min(refused)}")
    names = [name_of(token) for token in spelled]
    if "identifier" in names:
        _check_values(params.values())
    if named & TABLES_WITH_PATHS:
        _check_columns(spelled, names)


def check_database(database: str) -> None:
    """Without a database in front, a name would be one of the system's. Raises StoreError 497."""
    if database.lower() == SYSTEM:
        raise StoreError(497, "ACCESS_DENIED", f"{SYSTEM}: Name its tables in full: system.tables.")


def name_of(token: Token) -> str:
    """The lower-case name a token stands for, or an empty string."""
    if token.kind == "word":
        return token.text.lower()
    return token.text[1:-1].lower() if token.kind == "quoted" else ""


def _check_verb(spelled: Sequence[Token]) -> None:
    words = [token.text.upper() for token in spelled if token.kind == "word"][:2]
    shows = words[:1] == ["SHOW"] and words[1:] and words[1] not in READER_SHOWS
    if not words or words[0] not in READER_VERBS or shows:
        raise _denied(" ".join(words) or "nothing")


def _system_tables(spelled: Sequence[Token]) -> Iterable[str]:
    """Every name behind `system.`; a placeholder for one stands for a table that nobody may read."""
    for database, dot, table in zip(spelled, spelled[1:], spelled[2:], strict=False):
        if name_of(database) == SYSTEM and dot.text == ".":
            yield name_of(table) or table.text


def _check_values(values: Iterable[str]) -> None:
    """What a placeholder of type Identifier can stand for, whole or as a part of a name."""
    for value in values:
        database, dot, table = value.lower().partition(".")
        reaches = database == SYSTEM and (not dot or table not in SAFE_SYSTEM_TABLES)
        if reaches or value.lower() in PATH_COLUMNS:
            raise _denied(value)


def _check_columns(spelled: Sequence[Token], names: Sequence[str]) -> None:
    """All columns at once would be those with paths, too."""
    if found := PATH_COLUMNS & set(names):
        raise _denied(min(found))
    before = ["", "", *names]
    for earlier, name, token in zip(before, names, spelled, strict=False):
        if name in _MATCHERS or (token.text == "*" and earlier != "count"):
            text = "Name the columns: some of system.tables and system.databases are paths of the server."
            raise StoreError(497, "ACCESS_DENIED", text)


def _denied(name: str) -> StoreError:
    return StoreError(497, "ACCESS_DENIED", f"{name}: Not enough privileges. It reaches outside of the tables.")
