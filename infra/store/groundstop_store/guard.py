"""What a statement may do: one statement, the engine's own class of it, and the engine's own spelling of it.

A query is judged after the engine has parsed it and written it out again (`formatQuerySingleLine`): comments, heredocs,
escapes in quoted names and other spellings are gone, so that this lexer and the engine cannot disagree about what is a
name and what is a string. For readers `readonly = 1` stays the second wall behind this one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from groundstop_store.engine import Analysis
from groundstop_store.errors import StoreError
from groundstop_store.names import SETTINGS_REFUSED, WRITER_GUARD, Guard
from groundstop_store.reader import check_reader, name_of
from groundstop_store.sql import Insert, Token, literal, tokens
from groundstop_store.users import User

_FILE_CLAUSES: Final = {("INTO", "OUTFILE"), ("FROM", "INFILE")}
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)?")
_SUSPECT_VALUES: Final = re.compile(rb"""[`"]|\b(?:file|url|python|executable|sqlite)""", re.IGNORECASE)
_NOTHING: Final = Token("mark", "", 0)


def check_shape(user: User, analysis: Analysis, method: str) -> None:
    """Refuse batches and, for readers and GET, everything the engine does not call read-only."""
    if analysis.statements > 1:
        raise StoreError(62, "SYNTAX_ERROR", "Syntax error (Multi-statements are not allowed)")
    read_only = analysis.query_class == "READ_ONLY" and analysis.statements == 1
    if user.read_only and not read_only:
        raise _readonly(f"{user.name}: Cannot execute query in readonly mode.")
    if method == "GET" and not read_only and analysis.query_class != "UNKNOWN":
        text = "Cannot execute query in readonly mode. Method GET implies readonly; use POST for modifying queries."
        raise _readonly(text)


def check_insert(insert: Insert) -> None:
    """Refuse an INSERT into or from files; expressions are evaluated among VALUES and looked at where they could be."""
    check_names(WRITER_GUARD, insert.head, {})
    if insert.input_format == "Values" and _SUSPECT_VALUES.search(insert.data):
        check_names(WRITER_GUARD, insert.data.decode("utf-8", "replace"), {})


def spelling_query(sql: str) -> str:
    """A query whose result is the engine's own spelling of `sql`."""
    return f"SELECT formatQuerySingleLine({literal(sql)})"


def check_names(guard: Guard, sql: str, params: Mapping[str, str]) -> None:
    """Refuse a statement that names what the guard forbids. Raises StoreError 497, 164 or 48."""
    before, previous = _NOTHING, _NOTHING
    for token in tokens(sql):
        _check_clause(before, previous, token, guard)
        name, last = name_of(token), name_of(previous)
        if name in guard.named or (name in guard.handed and _takes_functions(before, previous)):
            raise _denied(token.text)
        if token.text == "(" and (last in guard.called or (previous.kind == "quoted" and "\\" in last)):
            raise _denied(previous.text)
        if name == "identifier":
            _check_plain(guard, params.values())
        before, previous = previous, token
    if not guard.trusted:
        check_reader(list(tokens(sql)), params)


def _check_clause(before: Token, previous: Token, token: Token, guard: Guard) -> None:
    """`INTO OUTFILE`, `FROM INFILE` and settings that name files for everybody, `SETTINGS name =` for readers."""
    if (previous.text.upper(), token.text.upper()) in _FILE_CLAUSES:
        raise StoreError(48, "NOT_IMPLEMENTED", f"{previous.text} {token.text} is not allowed over HTTP")
    if token.text == "=" and name_of(previous) in SETTINGS_REFUSED:
        raise _denied(previous.text)
    if not guard.settings and before.text.upper() == "SETTINGS" and token.text == "=":
        raise _readonly("Cannot modify settings in readonly mode; in subqueries the engine would ignore them silently.")


def _takes_functions(before: Token, previous: Token) -> bool:
    """Whether a name at this place is that of a function to be applied: `APPLY f`, `APPLY(f)`, `arrayMap(f, ...)`."""
    taker = before if previous.text == "(" else previous
    return taker.text.upper() == "APPLY" or (previous.text == "(" and name_of(taker).startswith(("array", "map")))


def _check_plain(guard: Guard, values: Iterable[str]) -> None:
    """A parameter of type Identifier can name a function (`arrayMap({f:Identifier}, ...)`)."""
    for value in values:
        if not guard.settings and (not _PLAIN_NAME.fullmatch(value) or value.lower() in guard.called):
            raise _denied(value)
        if value.lower() in guard.handed or "\\" in value:
            raise _denied(value)


def _readonly(text: str) -> StoreError:
    return StoreError(164, "READONLY", text)


def _denied(name: str) -> StoreError:
    return StoreError(497, "ACCESS_DENIED", f"{name}: Not enough privileges. It reaches outside of the tables.")
