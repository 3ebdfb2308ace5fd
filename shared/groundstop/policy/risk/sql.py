"""What an SQL text would do, statement by statement, by parsing it and never by trusting how it begins."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.parser import Parser

from groundstop.policy.risk.folding import fold
from groundstop.policy.risk.names import read_name, tokens_of
from groundstop.policy.risk.nouns import listed
from groundstop.words import Risk

SQL_CHARS_MAX = 16_000
# The parser needs 20 to 50 microseconds a token on a slow core; this keeps it under 30 ms.
SQL_TOKENS_MAX = 600
SCANNED_CHARS_MAX = 5_000
NESTING_MAX = 24
STATEMENTS_MAX = 20

# Functions that reach the file system, the network, other sessions or the state of a sequence, by database manuals.
_REACHING = listed(
    """pg_read_file pg_read_binary_file pg_ls_dir pg_write_file lo_import lo_export dblink dblink_exec dblink_connect
    pg_terminate_backend pg_cancel_backend pg_reload_conf set_config query_to_xml xp_cmdshell sp_executesql xp_regread
    load_file sys_exec sys_eval benchmark sleep pg_sleep waitfor setval nextval pg_advisory_lock copy_to openrowset
    opendatasource utl_http utl_file dbms_scheduler load_extension writefile readfile edit fts3_tokenizer
    s3 url remote mysql postgresql executable jdbc odbc hdfs file currval get_lock release_lock pg_switch_wal"""
)
_DANGEROUS = (
    exp.Delete, exp.Drop, exp.TruncateTable, exp.Command, exp.Merge, exp.Grant, exp.Copy, exp.Kill, exp.LoadData,
    exp.Revoke, exp.Attach, exp.Detach, exp.Export, exp.Execute,
)  # fmt: skip
_RISKY = (
    exp.Insert, exp.Update, exp.Create, exp.Alter, exp.Into, exp.Lock, exp.Set, exp.Use, exp.Transaction, exp.Commit,
    exp.Rollback, exp.Comment, exp.Analyze, exp.Cache, exp.Uncache, exp.Refresh,
)  # fmt: skip
_READING = (exp.Query, exp.Describe, exp.Show, exp.Pragma, exp.Values, exp.Table)
_TOKEN = re.compile(r"\w+|[^\w\s]")
_EXPLAIN = re.compile(
    r"^\s*(?:explain|desc|describe)\b(?:\s*\([^)]{0,200}\)|\s+(?:analyze|verbose|query\s+plan|extended))*\s+(?=\w)",
    re.I,
)
_SHOW = re.compile(r"^\s*(?:show|describe|desc)\s+[\w .`'\"%=]{1,200}$", re.I)
_STARTS = re.compile(
    r"(?:with|select|insert|update|delete|drop|truncate|alter|create|grant|revoke|merge|replace|copy|exec|execute|call|"
    r"explain|attach|vacuum|pragma|show|describe|do|set|lock|rename|load|into)\b",
    re.I,
)
_CHANGES = re.compile(
    r"\b(?:insert\s+into|update\s+[\w.\"`\[\]]+\s+set|delete\s+from|drop\s+(?:table|database|schema|view|index|user|role|column|function)|"
    r"truncate\s+(?:table\s+)?\w|alter\s+(?:table|user|role|database|system)|create\s+(?:or\s+replace\s+)?(?:table|user|role|function|trigger|view)|"
    r"grant\s+\w+[^;]{0,60}\s+(?:on|to)\s|revoke\s+\w+[^;]{0,60}\s+from\s|merge\s+into|xp_cmdshell|into\s+(?:out|dump)file|load\s+data|copy\s+\w+\s+(?:to|from))",
    re.I,
)


class _SilentParser(Parser):
    """The parser without its warning, which would print the statement, and with it what a user typed, into a log."""

    def _warn_unsupported(self) -> None:
        return


@dataclass(frozen=True, slots=True)
class SqlReading:
    """The risk of running a text and the reason in words."""

    risk: Risk
    detail: str


def looks_like_sql(text: str) -> bool:
    """True when a text begins as a statement or contains a changing clause; cheap, and generous on purpose."""
    head = text[:SCANNED_CHARS_MAX].lstrip(" \t\r\n(")
    return _STARTS.match(head) is not None or _CHANGES.search(head) is not None


def has_changing_clause(text: str) -> bool:
    """True when a text contains the words of a changing statement, wherever they stand."""
    return _CHANGES.search(_without_comments(fold(text[:SCANNED_CHARS_MAX]))) is not None


def read_sql(text: str) -> SqlReading:
    """What running ``text`` would do. Whatever cannot be read in full is dangerous."""
    if len(text) > SQL_CHARS_MAX:
        return SqlReading(Risk.DANGEROUS, "The SQL is too long to be read in full.")
    folded = fold(text).strip()
    if sum(1 for _ in _TOKEN.finditer(folded)) > SQL_TOKENS_MAX:
        return SqlReading(Risk.DANGEROUS, "The SQL is too long to be read in full.")
    if "/*!" in folded or "/*+" in folded:
        return SqlReading(Risk.DANGEROUS, "The SQL has a comment that some databases execute.")
    if _nesting(folded) > NESTING_MAX:
        return SqlReading(Risk.DANGEROUS, "The SQL is nested too deeply to be read.")
    explained = _EXPLAIN.sub("", folded, count=1) if _EXPLAIN.match(folded) else folded
    if ";" not in explained.rstrip(" ;\n\t") and _SHOW.match(folded.rstrip(" ;\n\t")):
        return SqlReading(Risk.SAFE, "The SQL only shows what is there.")
    try:
        statements = [s for s in _SilentParser().parse(Dialect().tokenize(explained), explained) if s is not None]
    except (SqlglotError, RecursionError, ValueError, IndexError, AttributeError, TypeError, KeyError):
        return SqlReading(Risk.DANGEROUS, "The SQL cannot be understood.")
    if not statements or len(statements) > STATEMENTS_MAX:
        return SqlReading(Risk.DANGEROUS, f"There are {len(statements)} SQL statements where a few were expected.")
    return max((_read_statement(s) for s in statements), key=lambda reading: reading.risk.rank)


def _read_statement(statement: exp.Expr) -> SqlReading:
    try:
        nodes = list(statement.walk())
    except RecursionError:
        return SqlReading(Risk.DANGEROUS, "The SQL is nested too deeply to be read.")
    worst = SqlReading(Risk.SAFE, "The SQL only reads.")
    if not isinstance(statement, (*_READING, *_RISKY, *_DANGEROUS)):
        return SqlReading(Risk.DANGEROUS, "The SQL cannot be understood.")
    if not isinstance(statement, _READING):
        worst = SqlReading(Risk.RISKY, f"The SQL statement is {_kind(statement)}, not a plain SELECT.")
    for node in nodes:
        reading = _read_node(node)
        if reading is not None and reading.risk.rank > worst.risk.rank:
            worst = reading
    return worst


def _read_node(node: exp.Expr) -> SqlReading | None:
    if isinstance(node, _DANGEROUS):
        return SqlReading(Risk.DANGEROUS, f"The SQL contains {_kind(node)}.")
    if isinstance(node, exp.Update) and _touches_everything(node):
        return SqlReading(Risk.DANGEROUS, "The SQL changes every row of a table.")
    if isinstance(node, exp.Alter) and any(isinstance(a, exp.Drop) for a in node.args.get("actions") or ()):
        return SqlReading(Risk.DANGEROUS, "The SQL drops a part of a table.")
    if isinstance(node, exp.Create) and node.args.get("replace"):
        return SqlReading(Risk.DANGEROUS, "The SQL replaces what exists under that name.")
    if isinstance(node, _RISKY):
        return SqlReading(Risk.RISKY, f"The SQL contains {_kind(node)}.")
    if isinstance(node, exp.Pragma) and ("=" in node.sql() or "(" in node.sql()):
        return SqlReading(Risk.RISKY, "The SQL sets a PRAGMA.")
    if isinstance(node, (exp.Func, exp.Anonymous)):
        return _read_function(node)
    return None


def _read_function(node: exp.Expr) -> SqlReading | None:
    name = str(node.name if isinstance(node, exp.Anonymous) else node.key).lower()
    if name in _REACHING:
        return SqlReading(Risk.DANGEROUS, f"The SQL calls “{name}”, which reaches beyond the query.")
    if isinstance(node, exp.Anonymous):
        readings = read_name(tokens_of(name))
        if readings and readings[0].changes and readings[0].sure >= 0.8:
            return SqlReading(Risk.DANGEROUS, f"The SQL calls “{name}”, which sounds like a change.")
    return None


def _touches_everything(node: exp.Expr) -> bool:
    where = node.args.get("where")
    return where is None or not any(isinstance(part, exp.Column) for part in where.walk())


def _kind(node: exp.Expr) -> str:
    return node.key.upper()


def _nesting(text: str) -> int:
    depth = deepest = 0
    for c in text:
        if c in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif c in ")]}":
            depth -= 1
    # Chains of prefix operators nest the parser as parentheses do.
    return deepest + text.lower().count("not ") // 8 + text.count("- -") // 8 + text.lower().count("case ") // 8


def _without_comments(text: str) -> str:
    return re.sub(r"/\*.{0,400}?\*/|--[^\n]{0,400}", " ", text, flags=re.S)
