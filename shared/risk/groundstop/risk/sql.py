"""What an SQL text would do, statement by statement, by parsing it and never by trusting how it begins."""

# ruff: noqa: E501 - lists of words and expressions, one meaning a line

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from groundstop.risk.folding import fold
from groundstop.risk.sql_functions import REACHING, function_risk
from groundstop.vocabulary import Risk
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.parser import Parser

SQL_CHARS_MAX = 16_000
# The parser needs 20 to 50 microseconds a token on a slow core; this keeps it under 30 ms.
SQL_TOKENS_MAX = 600
SCANNED_CHARS_MAX = 5_000
NESTING_MAX = 24
STATEMENTS_MAX = 20

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
    r"^\s*(?:explain|desc|describe)\b(?:\s*\([^)]{0,200}\)|\s+(?:analy[zs]e|verbose|query\s+plan|plan(?:\s+for)?|extended|"
    r"pipeline|syntax|ast|estimate|formatted|cost|codegen|format\s*=?\s*\w+))*\s+(?=\w)",
    re.I,
)
_SHOW = re.compile(
    r"^\s*(?:(?:show|describe|desc|list|ls|help)\s+[\w .`'\"%=*@/~-]{1,200}|exists\s+(?:table\s+|database\s+|view\s+)?[\w.`\"]{1,120}|"
    r"pragma\s+(?:\w+\.)?(?:table_x?info|table_list|index_list|index_x?info|foreign_key_list|foreign_key_check|database_list|integrity_check|"
    r"quick_check|compile_options|function_list|module_list|pragma_list|collation_list|page_count|freelist_count|data_version|user_version|"
    r"schema_version|encoding|journal_mode|cache_size|foreign_keys)(?:\s*\([\w'\"`., ]{0,120}\))?|"
    r"(?:exec(?:ute)?\s+)?(?:sys\.)?sp_(?:help\w{0,30}|who2?|columns|tables|spaceused|lock|databases|fkeys|pkeys|stored_procedures|statistics|depends)"
    r"(?:\s+[\w'\"`.,@=\[\] ]{0,200})?)$",
    re.I,
)
# Statements that the grammar does not know, by their first words: what they do is known all the same.
_KNOWN = re.compile(
    r"^\s*(?:system\s+(?:flush\s+logs|sync\s+replica|reload\s+(?:dictionar\w+|config\w*|model\w*|functions?)|start\s+\w+)|optimize\s+table|"
    r"reindex|cluster|checkpoint|listen|notify|discard|undrop|exchange\s+tables|refresh\s+materialized|analyze|use\s+\w+|begin|"
    r"start\s+transaction|savepoint|release\s+savepoint|flush\s+(?:logs|status|tables)|comment\s+on|msck\s+repair|deallocate|reset\s+(?!master|slave|replica|binary|persist)\w+|"
    r"declare|fetch|close)\b[^;]{0,2000}$",
    re.I,
)
# One database ends a string or a comment where another goes on: such a text is read both ways.
_AMBIGUOUS = re.compile(r"\\['\"`\\]|#")
_TIGHT_COMMENT = re.compile(r"--(?=[^\s-])[^\n]*;")
_NESTED_COMMENT = re.compile(r"/\*(?:(?!\*/).)*?/\*", re.S)
_OTHER_DIALECTS = (
    "postgres",
    "mysql",
    "clickhouse",
    "tsql",
    "snowflake",
    "bigquery",
    "oracle",
    "sqlite",
    "duckdb",
    "hive",
)
_TRIED_MAX = 4
_DIALECTS = {
    "postgresql": "postgres", "pg": "postgres", "mariadb": "mysql", "sqlserver": "tsql", "mssql": "tsql", "sqlite3": "sqlite",
    "cockroachdb": "postgres", "cockroach": "postgres", "redshift": "redshift", "athena": "athena", "neon": "postgres",
    "supabase": "postgres", "d1": "sqlite", "turso": "sqlite", "timescale": "postgres", "spark": "spark", "planetscale": "mysql",
}  # fmt: skip
_STARTS = re.compile(
    r"(?:with|select|insert|update|delete|drop|truncate|alter|create|grant|revoke|merge|replace|copy|exec|execute|call|"
    r"explain|attach|vacuum|pragma|show|describe|do|set|lock|rename|load|into|system|detach|kill|optimize|exchange|undrop|purge|"
    r"backup|restore|flush|reindex|refresh|upsert|unload|put|remove|begin|declare|shutdown|reset|discard|checkpoint|cluster|"
    r"desc|exists|values|table|from|list|use|alter|analyze|comment|prepare|deallocate|import|export|msck|handler|sp_\w+)\b",
    re.I,
)
_CHANGES = re.compile(
    r"\b(?:insert\s+into|update\s+[\w.\"`\[\]]+\s+set|delete\s+from|drop\s+(?:table|database|schema|view|index|user|role|column|function)|"
    r"truncate\s+(?:table\s+)?\w|alter\s+(?:table|user|role|database|system)|create\s+(?:or\s+replace\s+)?(?:table|user|role|function|trigger|view)|"
    r"system\s+(?:drop\s+(?:\w+\s+){0,3}(?:cache|caches|replica|schema)\b|stop\s+(?:\w+\s+)?(?:merges|moves|fetches|sends|queues|listen)|restart\s+replicas?|unfreeze\s+with|kill\s*;?$)|system\s+shutdown|^kill\s+(?:connection\s+|query\s+)?\d+\s*;?$|^reset\s+(?:master|slave|replica)\b|attach\s+database\s+'|^(?:remove|rm)\s+@|^dbcc\s+\w+|^begin\s+dbms_|detach\s+(?:table|view|dictionary|database)\s+\S+|kill\s+(?:query|mutation|connection)\s+\w|"
    r"drop\s+(?:materialized\s+view|dictionary|trigger|extension|policy|sequence|type|server|publication|subscription|tablespace|warehouse|stage|pipe|"
    r"task|stream|procedure|cluster|partition|keyspace|aggregate|operator|owned|event|package|synonym|login|certificate|assembly|catalog|namespace)\s+[\w\"`\[]|"
    r"alter\s+system\s+\w|drop\s+(?:table|database|schema|view|index)\s+if\s+exists|exchange\s+tables|undrop\s+table|purge\s+(?:table|binary|recyclebin)|"
    r"(?:exec|execute)\s+(?:sp_|xp_|immediate)|delete\s+\w+\s+from\s|create\s+(?:unique\s+)?index\s+[^;]{0,80}\bon\s+\w|rename\s+table|"
    r"copy\s+\w+(?:\s*\([^)]{0,200}\))?\s+(?:to|from)\s+program|pg_(?:terminate_backend|drop_replication_slot|read_file|reload_conf|promote)\s*\(|"
    r"cron\.(?:un)?schedule\w*\s*\(|upsert\s+into|replace\s+into|do\s+\$\w*\$|optimize\s+table\s+\S+\s+final|shutdown\s+(?:with\s+nowait|immediate|abort)|"
    r"grant\s+\w+[^;]{0,60}\s+(?:on|to)\s|revoke\s+\w+[^;]{0,60}\s+from\s|merge\s+into|xp_cmdshell|into\s+(?:out|dump)file|load\s+data|copy\s+\w+\s+(?:to|from))",
    re.I,
)


_QUERY_HEAD = re.compile(
    r"^[\s(]{0,20}(?:select|with\s+[\w\"`]+\s+as)\b.{0,4000}?(?:\w\(|\binto\b|\bfor\s+update\b)", re.I | re.S
)


# A changing clause has one of these words; most texts have none, and the expression above is long.
_LETTERS = re.compile(r"[a-z_]+")
_CHANGING_WORDS = frozenset(
    """insert update delete drop truncate alter create grant revoke merge xp_cmdshell into load copy system detach kill exchange undrop
    purge exec execute rename pg_terminate_backend pg_drop_replication_slot pg_read_file pg_reload_conf pg_promote cron upsert
    replace do optimize shutdown reset attach remove rm dbcc begin""".split()  # noqa: SIM905 - a list of words
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
    return _STARTS.match(head) is not None or (_may_change(head) and _CHANGES.search(head) is not None)


def _may_change(text: str) -> bool:
    return not _CHANGING_WORDS.isdisjoint(_LETTERS.findall(text.lower()))


def is_query_head(text: str) -> bool:
    """True for a text that begins as a query which could do more than read: it calls functions, or writes what it finds."""
    return _QUERY_HEAD.match(text) is not None


def has_changing_clause(text: str) -> bool:
    """True when a text contains the words of a changing statement, wherever they stand."""
    if not _may_change(fold(text[:SCANNED_CHARS_MAX])):
        return False
    return _CHANGES.search(_without_comments(fold(text[:SCANNED_CHARS_MAX]))) is not None


def dialect_of(words: Iterable[str]) -> str:
    """The grammar that one of ``words`` names ("clickhouse", "mariadb"); empty when none does."""
    for word in words:
        name = _DIALECTS.get(word, word)
        if name in _OTHER_DIALECTS or name in ("trino", "presto", "redshift", "databricks", "athena", "spark"):
            return name
    return ""


def plain_sql(text: str) -> SqlReading | None:
    """The reading of a text that a search or a filter holds; None where it is no statement of the common grammar."""
    folded = fold(text[:SCANNED_CHARS_MAX]).strip()
    if _nesting(folded) > NESTING_MAX or sum(1 for _ in _TOKEN.finditer(folded)) > SQL_TOKENS_MAX:
        return None
    return _read_in(folded, "")


@lru_cache(2048)
def read_sql(text: str, dialect: str = "") -> SqlReading:
    """What running ``text`` would do, in ``dialect`` or in any. Whatever cannot be read in full is dangerous."""
    if len(text) > SQL_CHARS_MAX:
        return SqlReading(Risk.DANGEROUS, "The SQL is too long to be read in full.")
    folded = fold(text).strip()
    if sum(1 for _ in _TOKEN.finditer(folded)) > SQL_TOKENS_MAX:
        return SqlReading(Risk.DANGEROUS, "The SQL is too long to be read in full.")
    if "/*!" in folded or "/*+" in folded:
        return SqlReading(Risk.DANGEROUS, "The SQL has a comment that some databases execute.")
    if _nesting(folded) > NESTING_MAX:
        return SqlReading(Risk.DANGEROUS, "The SQL is nested too deeply to be read.")
    if _NESTED_COMMENT.search(folded) or _TIGHT_COMMENT.search(folded):
        return SqlReading(Risk.DANGEROUS, "The SQL has a comment that not every database takes for one.")
    bare = _without_comments(folded).strip(" ;\n\t")
    if ";" not in bare and _SHOW.match(bare):
        return SqlReading(Risk.SAFE, "The SQL only shows what is there.")
    explained = _EXPLAIN.match(folded)
    if explained and "analy" not in explained.group(0).lower() and ";" not in bare:
        return SqlReading(Risk.SAFE, "The SQL only explains a plan.")
    if _KNOWN.match(bare):
        return SqlReading(Risk.RISKY, "The SQL steers the database.")
    return _parsed(folded[explained.end() :] if explained else folded, dialect)


def _parsed(text: str, dialect: str) -> SqlReading:
    """The reading in the dialect that is given, else in the first that takes the text, and in others where a string or a
    comment could end elsewhere: then the worst counts."""
    if dialect:
        found = _read_in(text, dialect) or _read_in(text, "")
        return found if found is not None else _not_understood()
    tried = ["", *(("mysql", "bigquery") if _AMBIGUOUS.search(text) else ())]
    found_in = [reading for name in tried if (reading := _read_in(text, name)) is not None]
    if not found_in:
        tries = _TRIED_MAX if len(text) < 1_500 else 2
        others = (_read_in(text, name) for name in _OTHER_DIALECTS[:tries])
        found_in = [next((reading for reading in others if reading is not None), _not_understood())]
    return max(found_in, key=lambda reading: reading.risk.rank)


def _not_understood() -> SqlReading:
    return SqlReading(Risk.DANGEROUS, "The SQL cannot be understood.")


def _read_in(text: str, dialect: str) -> SqlReading | None:
    """The reading in one dialect; None where its grammar does not take the text."""
    try:
        taken = Dialect.get_or_raise(dialect)
        parser = taken.parser() if dialect else _SilentParser()
        parser._warn_unsupported = _silent  # type: ignore[method-assign] # its warning would print what a user typed
        statements = [s for s in parser.parse(taken.tokenize(text), text) if s is not None]
    except (SqlglotError, RecursionError, ValueError, IndexError, AttributeError, TypeError, KeyError):
        return None
    if not statements or len(statements) > STATEMENTS_MAX:
        return SqlReading(Risk.DANGEROUS, f"There are {len(statements)} SQL statements where a few were expected.")
    return max((_read_statement(s) for s in statements), key=lambda reading: reading.risk.rank)


def _silent() -> None:
    return


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
    if isinstance(node, exp.Alter) and any(_drops(a) for a in node.args.get("actions") or ()):
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


def _drops(action: exp.Expr) -> bool:
    return type(action).__name__.startswith(("Drop", "Delete", "Truncate", "Detach", "Replace", "Move"))


def _read_function(node: exp.Expr) -> SqlReading | None:
    if not isinstance(node, exp.Anonymous | exp.AnonymousAggFunc):
        return _reaches(node.key) if node.key in REACHING else None
    name = str(node.name)
    if name.lower() in REACHING:
        return _reaches(name)
    qualified = isinstance(node.parent, exp.Dot) or (
        isinstance(node.parent, exp.Table) and bool(node.parent.args.get("db"))
    )
    risk = function_risk(name, qualified)
    if risk is None:
        return None
    if risk is Risk.DANGEROUS:
        return SqlReading(risk, f"The SQL calls “{name[:60]}”, which sounds like a change.")
    return SqlReading(risk, f"The SQL calls “{name[:60]}”, and nothing says that it only reads.")


def _reaches(name: str) -> SqlReading:
    return SqlReading(Risk.DANGEROUS, f"The SQL calls “{name[:60]}”, which reaches beyond the query.")


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
