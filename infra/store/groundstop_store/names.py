"""The names that reach outside of the tables, by who may not call them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

# Table functions that make or rearrange rows and reach nothing else; all others are refused to readers. `merge` is: it
# finds its tables by an expression, the system's own among them.
SAFE_TABLE_FUNCTIONS: Final = frozenset(
    {
        "format",
        "generaterandom",
        "generateseries",
        "generate_series",
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
# Functions that compute from their arguments, or tell a client about its own session: those of chDB 26.9, looked at one
# by one. Files, networks, models, addresses of code, the server's log, name, ports and settings are not among them, and
# what an upgrade adds is not until somebody has looked at it.
SAFE_FUNCTIONS: Final = frozenset(files(__package__).joinpath("functions.txt").read_text("ascii").split())
# Refused wherever their names stand, as functions or not: `file` reads the disk even with readonly = 1.
SCALARS_REFUSED: Final = frozenset({"file", "catboostevaluate", "getclienthttpheader", "showcertificate"})
# What clients need in order to know what there is and how to ask for it. No paths, no queries of others, no code, no
# users, no counters of the server; the columns with paths of those that have any are refused by name.
SAFE_SYSTEM_TABLES: Final = frozenset(
    {
        "aggregate_function_combinators",
        "codecs",
        "collations",
        "columns",
        "contributors",
        "current_roles",
        "data_skipping_index_types",
        "data_skipping_indices",
        "data_type_families",
        "database_engines",
        "databases",
        "enabled_roles",
        "formats",
        "functions",
        "keywords",
        "licenses",
        "numbers",
        "numbers_mt",
        "one",
        "primes",
        "projections",
        "settings",
        "table_engines",
        "table_functions",
        "tables",
        "time_zones",
        "tokenizers",
        "unicode",
        "zeros",
        "zeros_mt",
    }
)
SYSTEM: Final = "system"
TABLES_WITH_PATHS: Final = frozenset({"databases", "tables"})
PATH_COLUMNS: Final = frozenset({"data_path", "data_paths", "metadata_path"})
# How a reader's statement may begin, as the engine spells it, and what SHOW may show.
READER_VERBS: Final = frozenset({"SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXISTS", "EXPLAIN"})
READER_SHOWS: Final = frozenset(
    {
        "TABLES",
        "DATABASES",
        "CREATE",
        "COLUMNS",
        "FUNCTIONS",
        "SETTINGS",
        "SETTING",
        "INDEX",
        "INDEXES",
        "FULL",
        "EXTENDED",
    }
)
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

    `handed` may not be given to another function by its name, as in `arrayMap(file, ...)`. Who is not `trusted` is kept
    to the verbs and system tables above.
    """

    called: frozenset[str]
    named: frozenset[str]
    handed: frozenset[str]
    settings: bool
    trusted: bool


WRITER_GUARD: Final = Guard(WRITER_REFUSED, frozenset(), frozenset({"file"}), settings=True, trusted=True)


def reader_guard(table_functions: Iterable[str], functions: Iterable[str]) -> Guard:
    """A reader's guard from the engine's own lists: what an upgrade adds is refused until somebody looked at it."""
    tables = {name.lower() for name in table_functions} - SAFE_TABLE_FUNCTIONS
    scalars = {name.lower() for name in functions} - SAFE_FUNCTIONS | SCALARS_REFUSED
    called = frozenset(tables | scalars | WRITER_REFUSED)
    return Guard(called, SCALARS_REFUSED, frozenset(scalars), settings=False, trusted=False)
