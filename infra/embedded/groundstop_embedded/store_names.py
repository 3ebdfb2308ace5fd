"""The names that reach outside of the tables, by who may not call them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

# Table functions that make or rearrange rows and reach nothing else; all others are refused to readers.
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
# On a server these are confined to folders of their own; here they would run as the owner of the record. The names are
# also those of table engines and dictionary sources.
WRITER_REFUSED: Final = frozenset(
    {
        "deltalakelocal",
        "executable",
        "executablepool",
        "file",
        "filecluster",
        "filesystem",
        "iceberglocal",
        "paimonlocal",
        "python",
        "sqlite",
        "url",
        "urlcluster",
    }
)
# Settings nobody may choose: they name files to read or write, or open the insides of this process.
SETTINGS_REFUSED: Final = frozenset(
    {
        "allow_introspection_functions",
        "format_schema",
        "format_schema_source",
        "format_template_resultset",
        "format_template_row",
        "output_format_schema",
    }
)


@dataclass(frozen=True)
class Guard:
    """What one kind of user may not name: `called` before a parenthesis, `named` anywhere; may SETTINGS be used.

    `handed` may not be given to another function by its name, as in `arrayMap(file, ...)`.
    """

    called: frozenset[str]
    named: frozenset[str]
    handed: frozenset[str]
    settings: bool


WRITER_GUARD: Final = Guard(WRITER_REFUSED, frozenset(), frozenset({"file"}), True)


def reader_guard(table_functions: Iterable[str], functions: Iterable[str]) -> Guard:
    """A reader's guard from the engine's own lists: what an upgrade adds is refused until somebody looked at it."""
    tables = {name.lower() for name in table_functions} - SAFE_TABLE_FUNCTIONS
    reaching = {name.lower() for name in functions if name.lower().startswith(_SCALARS_REFUSED_STARTS)}
    scalars = SCALARS_REFUSED | reaching
    return Guard(frozenset(tables | scalars | WRITER_REFUSED), frozenset(scalars), frozenset(scalars), False)
