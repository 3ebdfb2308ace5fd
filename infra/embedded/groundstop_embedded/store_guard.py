"""What a statement may do: one statement, the engine's own class of it, and for readers the engine's own spelling.

A reader's query is judged after the engine has parsed it and written it out again (`formatQuerySingleLine`):
comments, heredocs, escapes in quoted names and other spellings are gone, so that this lexer and the engine cannot
disagree about what is a name and what is a string. `readonly = 1` stays the second wall behind this one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from groundstop_embedded.store_engine import Analysis, Engine
from groundstop_embedded.store_errors import StoreError
from groundstop_embedded.store_sql import Token, literal, tokens
from groundstop_embedded.store_users import User

SAFE_TABLE_FUNCTIONS: Final = frozenset(
    {
        "format",
        "generaterandom",
        "generateseries",
        "generate_series",
        "merge",
        "null",
        "numbers",
        "numbers_mt",
        "primes",
        "sqlstandardvalues",
        "values",
        "view",
        "zeros",
        "zeros_mt",
    }
)
# Scalar functions that touch files, networks or the process; `file` reads the disk even with readonly = 1.
SCALARS_REFUSED: Final = frozenset({"file", "catboostevaluate", "getclienthttpheader", "showcertificate"})
_SCALARS_REFUSED_STARTS: Final = ("ai", "filesystem", "addressto")
_SCALARS_KEPT: Final = frozenset({"airports"})
# On a server these are confined to folders of their own; here they would run as the owner of the record.
WRITER_FUNCTIONS_REFUSED: Final = frozenset({"executable", "executablepool", "file", "filecluster", "python"})
_FILE_CLAUSES: Final = {("INTO", "OUTFILE"), ("FROM", "INFILE")}
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)?")


@dataclass(frozen=True)
class Guard:
    """The names that readers may not call: every table function of this engine that is not known to be harmless."""

    refused_functions: frozenset[str]
    refused_names: frozenset[str]


def make_guard(engine: Engine) -> Guard:
    """Ask the engine which functions it has, so that one added by an upgrade is refused until it is looked at."""
    session = engine.session({}, "")
    try:
        tables = session.run("SELECT name FROM system.table_functions", "TSV", {}).decode().split()
        scalars = session.run("SELECT name FROM system.functions", "TSVRaw", {}).decode().split()
    finally:
        session.close()
    refused_tables = {name.lower() for name in tables} - SAFE_TABLE_FUNCTIONS
    refused_scalars = SCALARS_REFUSED | {name.lower() for name in scalars if _reaches_out(name)}
    return Guard(frozenset(refused_tables | refused_scalars), frozenset(refused_scalars))


def check_shape(user: User, analysis: Analysis, sql: str, method: str) -> None:
    """Refuse batches, files and, for readers and GET, everything the engine does not call read-only."""
    if analysis.statements > 1:
        raise StoreError(62, "SYNTAX_ERROR", "Syntax error (Multi-statements are not allowed)")
    read_only = analysis.query_class == "READ_ONLY"
    if user.read_only and (not read_only or analysis.statements != 1):
        raise _readonly(f"{user.name}: Cannot execute query in readonly mode.")
    if method == "GET" and analysis.query_class not in ("READ_ONLY", "UNKNOWN"):
        text = "Cannot execute query in readonly mode. Method GET implies readonly; use POST for modifying queries."
        raise _readonly(text)
    check_words(sql)


def check_words(sql: str) -> None:
    """Refuse, for everybody, statements that read or write the files of this process or start programs."""
    previous: Token | None = None
    for token in tokens(sql):
        if previous is not None and (previous.text.upper(), token.text.upper()) in _FILE_CLAUSES:
            raise StoreError(48, "NOT_IMPLEMENTED", f"{previous.text} {token.text} is not allowed over HTTP")
        if token.text == "(" and previous is not None and _name(previous) in WRITER_FUNCTIONS_REFUSED:
            raise _denied(previous.text)
        previous = token


def spelling_query(sql: str) -> str:
    """A query whose result is the engine's own spelling of `sql`."""
    return f"SELECT formatQuerySingleLine({literal(sql)})"


def check_reader(guard: Guard, spelled: str, params: Mapping[str, str]) -> None:
    """Refuse a reader's query, as the engine spelled it, when it names something outside of the tables."""
    lexemes = list(tokens(spelled))
    for index, token in enumerate(lexemes):
        name = _name(token)
        called = index + 1 < len(lexemes) and lexemes[index + 1].text == "("
        if name in guard.refused_names or (called and name in guard.refused_functions):
            raise _denied(token.text)
        if _sets_something(lexemes[index : index + 3]):
            raise _readonly("Cannot modify settings in readonly mode; the engine does not check those of subqueries.")
    if any(_name(token) == "identifier" for token in lexemes):
        _check_names(guard, params.values())


def _sets_something(lexemes: list[Token]) -> bool:
    """Whether these are the beginning of `SETTINGS name = value`."""
    words = [token.text.upper() for token in lexemes]
    return len(words) == 3 and words[0] == "SETTINGS" and words[2] == "="


def _check_names(guard: Guard, values: Iterable[str]) -> None:
    """A parameter of type Identifier can name a function (`arrayMap({f:Identifier}, ...)`)."""
    for value in values:
        if not _PLAIN_NAME.fullmatch(value) or value.lower() in guard.refused_functions:
            raise _denied(value)


def _name(token: Token) -> str:
    """The lower-case name a token stands for, or an empty string."""
    if token.kind == "word":
        return token.text.lower()
    return token.text[1:-1].lower() if token.kind == "quoted" else ""


def _reaches_out(name: str) -> bool:
    lowered = name.lower()
    return lowered.startswith(_SCALARS_REFUSED_STARTS) and lowered not in _SCALARS_KEPT


def _readonly(text: str) -> StoreError:
    return StoreError(164, "READONLY", text)


def _denied(name: str) -> StoreError:
    return StoreError(497, "ACCESS_DENIED", f"{name}: Not enough privileges. It reaches outside of the tables.")
