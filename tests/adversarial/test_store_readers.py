"""What an analyst learns of the server itself: the tables and functions that clients need, and nothing else.

The lists are of what is allowed, so most of this is generated from the engine's own lists: what an upgrade adds is
refused until somebody has looked at it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from groundstop_store.names import PATH_COLUMNS, SAFE_FUNCTIONS, SAFE_SYSTEM_TABLES, SAFE_TABLE_FUNCTIONS
from groundstop_store.server import write_passwords
from groundstop_store.testing import RunningStore, running_store

Asked = tuple[int, str]
WAYS = (
    "SELECT * FROM system.{t}",
    "SELECT count() FROM system.{t}",
    "SELECT 1 FROM `system`.`{t}`",
    'SELECT 1 FROM "system"."{t}"',
    "SELECT 1 FROM system . /* */ {t}",
    "SELECT 1 IN (SELECT 1 FROM system.{t})",
    "SELECT 1 IN system.{t}",
    "WITH a AS (SELECT 1 FROM system.{t}) SELECT * FROM a",
    "SELECT (SELECT count() FROM system.{t})",
    "SELECT * FROM view(SELECT 1 FROM system.{t})",
    "SELECT 1 FROM numbers(1) AS n CROSS JOIN system.{t}",
    "SELECT 1 UNION ALL SELECT 1 FROM system.{t}",
    "FROM system.{t} SELECT 1",
    "DESCRIBE TABLE system.{t}",
    "SHOW CREATE TABLE system.{t}",
    "EXPLAIN SELECT 1 FROM system.{t}",
    "EXPLAIN QUERY TREE SELECT 1 FROM system.{t}",
    "SELECT * FROM (EXPLAIN SELECT 1 FROM system.{t})",
    "SELECT 1 FROM {{whole:Identifier}}",
    "SELECT 1 FROM {{base:Identifier}}.{t}",
    "SELECT 1 FROM system.{{table:Identifier}}",
    "SELECT * FROM merge('system', '^{t}$')",
    "SELECT * FROM merge(REGEXP('sys.*'), '^{t}$')",
    "SELECT * FROM loop(system.{t}) LIMIT 1",
    "SELECT * FROM remote('127.0.0.1', system.{t})",
    "SELECT * FROM cluster('default', system.{t})",
    "SELECT * FROM viewIfPermitted(SELECT 1 FROM system.{t} ELSE null('a Int8'))",
    "SELECT * FROM eval('SELECT 1 FROM system.{t}')",
)
SECRETIVE = ("stack_trace", "processes", "disks", "parts", "server_settings", "user_query_log", "users")
TELLTALE = (
    "SHOW PROCESSLIST",
    "SHOW ACCESS",
    "SHOW USERS",
    "SHOW GRANTS",
    "SHOW CLUSTERS",
    "SHOW ENGINES",
    "SHOW MERGES",
    "SHOW FILESYSTEM CACHES",
    "SHOW ROW POLICIES",
    "SHOW QUOTAS",
    "SHOW PROFILES",
    "SHOW ROLES",
    "CHECK TABLE audit.facts",
    "SELECT data_paths FROM system.tables",
    "SELECT metadata_path FROM system.databases",
    "SELECT * FROM system.tables",
    "SELECT t.* FROM system.tables AS t",
    "SELECT COLUMNS('path') FROM system.tables",
    "SELECT tuple(*) FROM system.tables",
    "SELECT * EXCEPT name FROM system.databases",
    "SELECT * FROM (SELECT * FROM system.tables)",
    "SELECT DISTINCT * FROM system.tables",
    "SELECT `data_paths` FROM system.tables",
    "SELECT tables.data_paths FROM system.tables",
    "SELECT {path:Identifier} FROM system.tables",
    "SELECT 1 FROM system.tables ORDER BY data_paths",
    "SELECT name FROM system.tables WHERE metadata_path LIKE '/%'",
    "SELECT name FROM system.databases GROUP BY ALL HAVING any(data_path) != ''",
    "SELECT * APPLY toString FROM system.databases",
    "SELECT toString(untuple(tuple(*))) FROM system.databases",
    "SELECT groupArray(*) FROM system.databases",
    "SELECT arrayMap(fqdn, [1])",
    "SELECT fqdn()",
    "SELECT serverUUID()",
    "SELECT getServerSetting('tmp_path')",
    "SELECT getMacro('x')",
    "SELECT logTrace('x')",
    "SELECT tcpPort()",
    "SELECT demangle('x')",
    "SELECT addressToLine(1)",
    "SELECT buildId()",
    "SELECT joinGet('x', 'y', 1)",
    "SELECT getMergeTreeSetting('disk')",
    "SELECT getServerPort('tcp_port')",
    "SELECT flameGraph(1)",
    "SELECT __getScalar('x')",
    "SELECT naiveBayesClassifier('x', 'y')",
    "SELECT structureToProtobufSchema('a UInt8')",
)
NEEDED = (
    "SELECT version(), timezone(), currentUser(), currentDatabase(), hostName()",
    "SELECT name, value, changed, readonly FROM system.settings",
    "SELECT database, name, engine, comment, total_rows FROM system.tables WHERE database = 'audit'",
    "SELECT count(*), count() FROM system.tables",
    "SELECT * FROM system.columns WHERE database = 'audit'",
    "SELECT name, engine FROM system.databases",
    "SELECT * FROM system.functions LIMIT 5",
    "SELECT * FROM system.data_type_families LIMIT 5",
    "SELECT * FROM system.table_functions LIMIT 5",
    "SELECT * FROM system.formats LIMIT 5",
    "SELECT * FROM system.one",
    "SELECT number * 2 FROM system.numbers LIMIT 3",
    "SELECT * FROM information_schema.tables WHERE table_schema = 'audit'",
    "SELECT * FROM information_schema.columns WHERE table_schema = 'audit'",
    "SELECT * FROM INFORMATION_SCHEMA.SCHEMATA",
    "SHOW DATABASES",
    "SHOW TABLES FROM audit",
    "SHOW FULL TABLES FROM audit",
    "SHOW COLUMNS FROM audit.facts",
    "SHOW CREATE TABLE audit.facts",
    "SHOW FUNCTIONS LIKE 'sum%'",
    "SHOW SETTINGS LIKE 'max_threads'",
    "SHOW INDEX FROM audit.facts",
    "DESCRIBE TABLE audit.facts",
    "DESC audit.facts",
    "EXISTS TABLE audit.facts",
    "EXPLAIN SELECT * FROM audit.facts",
    "EXPLAIN indexes = 1 SELECT * FROM audit.facts WHERE a = 1",
    "FROM audit.facts SELECT a",
    "(SELECT 1)",
    "SELECT a, data_paths, `system`, metadata_path FROM audit.facts",
    "WITH x AS (SELECT * FROM audit.facts) SELECT *, a * 2 FROM x",
    "SELECT quantilesTDigest(0.5, 0.9)(a), uniqExact(s), toStartOfHour(now()) FROM audit.facts",
    "SELECT JSONExtractString(s, 'a'), cityHash64(s), formatReadableSize(a) FROM audit.facts",
    "SELECT s LIKE 'a%', extract(s, 'x(.)'), splitByChar(',', s), arrayMap(x -> upper(x), [s]) FROM audit.facts",
    "SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM audit.facts",
    "SELECT s AS path, a AS uptime, s AS file_name FROM audit.facts WHERE path != 'system.disks'",
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningStore, dict[str, str]]]:
    folder = tmp_path_factory.mktemp("readers")
    passwords = write_passwords(folder / "passwords")
    with running_store(folder / "data", folder / "passwords") as running:
        made = (
            "CREATE DATABASE audit",
            "CREATE TABLE audit.facts (a UInt8, s String, data_paths String, `system` String, metadata_path String)"
            " ENGINE = MergeTree ORDER BY a",
            "INSERT INTO audit.facts VALUES (1, 'x', '', '', '')",
        )
        for sql in made:
            assert httpx.post(running.url, content=sql, auth=("default", passwords["default"])).status_code == 200
        yield running, passwords


def ask(store: tuple[RunningStore, dict[str, str]], sql: str, user: str = "analyst", **params: str) -> Asked:
    running, passwords = store
    answer = httpx.post(running.url, content=sql, params=params, auth=(user, passwords[user]), timeout=60)
    return answer.status_code, answer.text


def column(store: tuple[RunningStore, dict[str, str]], sql: str) -> list[str]:
    return ask(store, sql, "default")[1].split()


def shut(store: tuple[RunningStore, dict[str, str]], way: str, table: str) -> bool:
    params = {"param_whole": f"system.{table}", "param_base": "system", "param_table": table}
    status, text = ask(store, way.format(t=table), **params)
    return status >= 400 and any(name in text for name in ("ACCESS_DENIED", "READONLY", "SYNTAX_ERROR"))


def test_every_table_of_the_system_that_is_not_in_the_list_is_shut(store: tuple[RunningStore, dict[str, str]]) -> None:
    """Every one that the engine has: stack traces, others' queries, disks, parts, users, settings of the server."""
    listed = column(store, "SELECT name FROM system.tables WHERE database = 'system'")
    tables = [table for table in listed if table not in SAFE_SYSTEM_TABLES]
    assert set(SECRETIVE) <= set(tables)
    assert [table for table in tables if not shut(store, WAYS[0], table)] == []


@pytest.mark.parametrize("way", WAYS)
def test_no_spelling_leads_to_a_table_that_is_shut(store: tuple[RunningStore, dict[str, str]], way: str) -> None:
    assert [table for table in SECRETIVE[:2] if not shut(store, way, table)] == []


def test_a_database_in_the_address_does_not_stand_for_the_one_that_was_not_named(
    store: tuple[RunningStore, dict[str, str]],
) -> None:
    for name in ("system", "SYSTEM"):
        assert ask(store, "SELECT * FROM stack_trace", database=name)[0] >= 400
        assert ask(store, "SELECT 1", database=name)[0] >= 400
    assert ask(store, "SELECT a FROM facts", database="audit") == (200, "1\n")


@pytest.mark.parametrize("sql", TELLTALE)
def test_what_tells_of_the_server_or_of_others_is_refused(store: tuple[RunningStore, dict[str, str]], sql: str) -> None:
    status, text = ask(store, sql, param_path="data_paths")
    assert status >= 400, text
    assert "ACCESS_DENIED" in text or "READONLY" in text, text


@pytest.mark.parametrize("sql", NEEDED)
def test_what_clients_and_analysts_need_goes_on_working(store: tuple[RunningStore, dict[str, str]], sql: str) -> None:
    status, text = ask(store, sql)
    assert status == 200, text


def test_every_function_of_the_engine_was_looked_at_or_is_refused(store: tuple[RunningStore, dict[str, str]]) -> None:
    """One that comes with an upgrade is refused by its name alone, called, handed over or applied."""
    functions = column(store, "SELECT DISTINCT lower(name) FROM system.functions")
    tables = column(store, "SELECT lower(name) FROM system.table_functions")
    unseen = [name for name in functions if name not in SAFE_FUNCTIONS]
    assert len(unseen) > 50 and "file" in unseen
    ways = ("SELECT {}('x')", "SELECT arrayMap({}, [1])", "SELECT * APPLY {} FROM system.one")
    asked = [ways[at % len(ways)].format(name) for at, name in enumerate(unseen)]
    asked += [f"SELECT * FROM {name}('x')" for name in tables if name not in SAFE_TABLE_FUNCTIONS]
    answers = ((sql, *ask(store, sql)) for sql in asked)
    refused = ("ACCESS_DENIED", "SYNTAX_ERROR", "READONLY")  # some have a form of their own that a call is not
    wrong = [
        (sql, text[:200]) for sql, status, text in answers if status < 400 or not any(one in text for one in refused)
    ]
    assert wrong == []


def test_no_answer_says_where_anything_lies(store: tuple[RunningStore, dict[str, str]]) -> None:
    """Results and errors: the folder of the data, of the interpreter, of the passwords."""
    running, _ = store
    tables = [
        f"system.{name}" for name in SAFE_SYSTEM_TABLES - {"numbers", "numbers_mt", "zeros", "zeros_mt", "primes"}
    ]
    asked = [
        *(f"SELECT {columns_of(store, table)} FROM {table} LIMIT 5000" for table in tables),
        "SELECT * FROM audit.nothing", "SELECT nothing FROM audit.facts", "SELECT 1 FORMAT Nothing",
        "SELECT CAST('x' AS Int8)", "SELEC 1", "SELECT * FROM audit.facts WHERE s = 1", "SELECT dictGet('a', 'b', 1)",
    ]  # fmt: skip
    for sql in asked:
        _, text = ask(store, sql)
        for place in (str(running.data), str(running.data.parent), "/tmp/", "store/", str(Path.home()) + "/"):
            assert place not in text or (place == "store/" and "restore/" in text), (sql, place)


def columns_of(store: tuple[RunningStore, dict[str, str]], table: str) -> str:
    name = table.partition(".")[2]
    found = column(store, f"SELECT name FROM system.columns WHERE database = 'system' AND table = '{name}'")
    return [one for one in found if one not in PATH_COLUMNS and one not in ("description", "examples", "syntax")] or [
        "name"
    ]
