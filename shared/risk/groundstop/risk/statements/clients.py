"""Clients of databases on a command line: the statement they carry decides."""

# ruff: noqa: E501 - lists of words and expressions, one meaning a line

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from groundstop.risk.nouns import listed
from groundstop.risk.sql import read_sql
from groundstop.risk.statements.mongo import read_mongo_text
from groundstop.risk.statements.queries import read_cypher
from groundstop.risk.statements.reading import Reading, changes, destroys, reads, worst
from groundstop.risk.statements.redis import read_redis

Client = Callable[[list[str], bool], Reading]
_UNSEEN = "It runs statements that are not to be seen here."
_PSQL_META = re.compile(
    r"^\\(?:[dlz]\w*\+?|conninfo|encoding|timing|x|h|\?|sf|sv|echo|df\+?|du|dn|dt\+?|dv|di|ds)\b[^`|!]*$"
)


def _sql(flags: frozenset[str], positional: int, dialect: str, rest: list[str], fed: bool) -> Reading:
    """The statements behind ``flags``, and the words after ``positional`` others."""
    texts, bare, i = [], [], 0
    while i < len(rest):
        word = rest[i]
        name, equals, value = word.partition("=")
        short = next((flag for flag in flags if len(flag) == 2 and word.startswith(flag) and len(word) > 2), None)
        if word in flags and i + 1 < len(rest):
            texts.append(rest[i + 1])
            i += 1
        elif name in flags and equals:
            texts.append(value)
        elif short is not None and not word.startswith("--"):
            texts.append(word[2:])
        elif word in ("-f", "--file", "--queries-file", "-i", "--input", "<") and dialect not in ("sqlite",):
            return destroys(_UNSEEN)
        elif word in ("-l", "--list", "--version", "-V", "--help", "-?") and len(rest) < 4:
            return reads()
        elif word.startswith("-"):
            i += word in _VALUED
        else:
            bare.append(word)
        i += 1
    if positional >= 0:
        texts += bare[positional:]
    if not texts:
        return (
            destroys(_UNSEEN) if fed or positional < 0 else changes("It opens a session with a database.", "privileged")
        )
    return worst(reads() if _PSQL_META.match(text.strip()) else _dotted(text, dialect) for text in texts)


_VALUED = listed(
    """-h -p -U -d -u -P -D -S -H -w -o -F -R -t -a -s --host --port --user --username --dbname --database --password --format
    --schema --catalog --server --warehouse --role --account --output --connection --profile --region --project_id -k"""
)
_DOT_READS = re.compile(
    r"^\.(?:tables|schema|databases|indexes|indices|show|mode|headers?|help|dbinfo|width|timer|fullschema|lint)\b"
)


def _dotted(text: str, dialect: str) -> Reading:
    """A statement, or a dot-command of sqlite3 and duckdb."""
    text = text.strip()
    if text.startswith("."):
        return reads() if _DOT_READS.match(text) else destroys(f"“{text[:40]}” writes files or runs commands.")
    found = read_sql(text, dialect)
    return Reading(found.risk, found.detail)


def _redis(rest: list[str], fed: bool) -> Reading:
    words: list[str] = []
    i = 0
    while i < len(rest):
        if rest[i] in ("-h", "-p", "-a", "-n", "-u", "-s", "--user", "--pass", "-r", "-i", "-x", "-D"):
            i += 2
            continue
        if rest[i] in ("--eval", "--pipe", "-x"):
            return destroys(_UNSEEN)
        if rest[i] in (
            "--scan",
            "--bigkeys",
            "--memkeys",
            "--hotkeys",
            "--stat",
            "--latency",
            "--version",
            "--pattern",
        ):
            return reads()
        if rest[i].startswith("-") and not words:
            i += 1
            continue
        words = rest[i:]
        break
    if not words:
        return destroys(_UNSEEN) if fed else changes("It opens a session with a database.", "privileged")
    return read_redis(words)


def _mongo(rest: list[str], fed: bool) -> Reading:
    texts = [rest[i + 1] for i, word in enumerate(rest[:-1]) if word in ("--eval", "-e")]
    texts += [word.partition("=")[2] for word in rest if word.startswith("--eval=")]
    if rest == ["--version"]:
        return reads()
    if not texts or any(word.endswith(".js") for word in rest):
        return destroys(_UNSEEN)
    return worst(read_mongo_text(text) for text in texts)


def _cypher(rest: list[str], fed: bool) -> Reading:
    texts = [word for word in rest if " " in word]
    return worst((read_cypher(text) for text in texts), destroys(_UNSEEN))


def _dump(rest: list[str], fed: bool) -> Reading:
    """mysqldump, pg_dump, mongodump: they read everything, and write a file where they are told to."""
    drops = any(word in ("--clean", "--flush-logs", "--delete-master-logs", "--flush-privileges") for word in rest)
    writes = any(re.match(r"^(?:-f|--file|-r|--result-file|-o|--out|--archive)", word) for word in rest)
    if "--delete-master-logs" in rest:
        return destroys("It removes the log of the server.")
    return changes("It writes a dump into a file.") if writes or drops else reads("It only prints what is there.")


CLIENTS: Mapping[str, Client] = MappingProxyType(
    {
        "psql": partial(_sql, frozenset({"-c", "--command"}), -1, "postgres"),
        "pgcli": partial(_sql, frozenset({"-c", "--command"}), -1, "postgres"),
        "cockroach": partial(_sql, frozenset({"-e", "--execute"}), -1, "postgres"),
        **dict.fromkeys(("mysql", "mariadb", "mycli"), partial(_sql, frozenset({"-e", "--execute"}), -1, "mysql")),
        **dict.fromkeys(("sqlite3", "sqlite"), partial(_sql, frozenset({"-cmd"}), 1, "sqlite")),
        "duckdb": partial(_sql, frozenset({"-c", "-s", "-cmd"}), 1, "duckdb"),
        **dict.fromkeys(
            ("clickhouse-client", "clickhouse-local", "chdb"), partial(_sql, frozenset({"-q", "--query"}), -1, "clickhouse")
        ),
        "clickhouse": partial(_sql, frozenset({"-q", "--query"}), -1, "clickhouse"),
        **dict.fromkeys(("sqlcmd", "mssql-cli", "osql", "isql"), partial(_sql, frozenset({"-Q", "-q"}), -1, "tsql")),
        "snowsql": partial(_sql, frozenset({"-q", "--query"}), -1, "snowflake"),
        "cqlsh": partial(_sql, frozenset({"-e", "--execute"}), -1, ""),
        **dict.fromkeys(("trino", "presto", "presto-cli"), partial(_sql, frozenset({"--execute"}), -1, "trino")),
        **dict.fromkeys(("beeline", "hive", "impala-shell", "spark-sql"), partial(_sql, frozenset({"-e", "-q"}), -1, "hive")),
        **dict.fromkeys(("usql", "sql", "sqlplus"), partial(_sql, frozenset({"-c", "--command"}), -1, "")),
        **dict.fromkeys(("redis-cli", "valkey-cli", "keydb-cli"), _redis),
        **dict.fromkeys(("mongo", "mongosh"), _mongo),
        "cypher-shell": _cypher,
        **dict.fromkeys(("pg_dump", "pg_dumpall", "mysqldump", "mariadb-dump", "mongodump", "mongoexport"), _dump),
    }
)  # fmt: skip
