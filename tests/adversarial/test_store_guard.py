"""An analyst of the embedded store reads tables and nothing else: every way out that we know of, tried for real."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from groundstop_store.server import write_passwords
from groundstop_store.testing import RunningStore, running_store

SECRET = "the-secret-of-the-disk"

# {f} is a file with a secret in it, {o} a path that must never come to exist, {p} a port on which the store listens.
ESCAPES = {
    # reading the disk
    "file table function": "SELECT * FROM file('{f}', 'TSV', 'a String')",
    "file with a guessed structure": "SELECT * FROM file('{f}')",
    "file scalar": "SELECT file('{f}')",
    "file scalar in capitals": "SELECT FILE('{f}')",
    "file scalar, quoted": "SELECT `file`('{f}')",
    "file scalar, double quotes": "SELECT \"file\"('{f}')",
    "file scalar, escaped letters": r"SELECT `fi\x6ce`('{f}')",
    "file scalar after a comment": "SELECT file/* */('{f}')",
    "file scalar after a line comment": "SELECT file -- x\n('{f}')",
    "file scalar behind a heredoc": "SELECT $a$ ' $a$, file('{f}')",
    "file scalar behind curly quotes": "SELECT \u2018 ' \u2019, file('{f}')",
    "file scalar behind a nested comment": "SELECT /* /* */ ' */ file('{f}') --'",
    "file scalar behind a backslash": r"SELECT '\\', file('{f}'), '\''",
    "file by a higher-order function": "SELECT arrayMap(file, ['{f}'])",
    "file by a lambda": "SELECT arrayMap(x -> file(x), ['{f}'])",
    "file by a column transformer": "SELECT * APPLY file FROM (SELECT '{f}' AS a)",
    "file by a transformer with parentheses": "SELECT * APPLY(file) FROM (SELECT '{f}' AS a)",
    "file by COLUMNS APPLY": "SELECT COLUMNS('a') APPLY(x -> file(x)) FROM (SELECT '{f}' AS a)",
    "file by a typed parameter": "SELECT arrayMap({{fn:Identifier}}, ['{f}'])",
    "file by an escaped parameter": "SELECT arrayMap({{esc:Identifier}}, ['{f}'])",
    "file in a WITH": "WITH file('{f}') AS a SELECT a",
    "file in a CTE": "WITH a AS (SELECT file('{f}') AS x) SELECT x FROM a",
    "file in a view function": "SELECT * FROM view(SELECT * FROM file('{f}', 'TSV', 'a String'))",
    "file in a subquery": "SELECT (SELECT * FROM file('{f}', 'TSV', 'a String') LIMIT 1)",
    "file in IN": "SELECT 1 IN (SELECT 1 FROM file('{f}', 'TSV', 'a String'))",
    "file in a join": "SELECT * FROM numbers(1) AS n, file('{f}', 'TSV', 'a String') AS f",
    "file in a union": "SELECT '' UNION ALL SELECT a FROM file('{f}', 'TSV', 'a String')",
    "file in a loop": "SELECT * FROM loop(file('{f}', 'TSV', 'a String')) LIMIT 1",
    "file in PREWHERE": "SELECT 1 FROM numbers(1) WHERE file('{f}') != ''",
    "file in ORDER BY": "SELECT 1 FROM numbers(1) ORDER BY file('{f}')",
    "file in LIMIT": "SELECT 1 LIMIT length(file('{f}'))",
    "file in DESCRIBE": "DESCRIBE TABLE file('{f}', 'TSV')",
    "file in EXPLAIN": "EXPLAIN SELECT * FROM file('{f}', 'TSV', 'a String')",
    "file in an EXPLAIN subquery": "SELECT * FROM (EXPLAIN SELECT file('{f}'))",
    "file in a text that is evaluated": "SELECT * FROM eval('SELECT file(\\'{f}\\')')",
    "file in viewExplain": "SELECT * FROM viewExplain('EXPLAIN', '', (SELECT file('{f}')))",
    "file in throwIf's message": "SELECT throwIf(1, file('{f}'))",
    "fileCluster": "SELECT * FROM fileCluster('default', '{f}', 'TSV', 'a String')",
    "a path as a table": "SELECT * FROM `{f}`",
    "a path as a string table": "SELECT * FROM '{f}'",
    "a path in the default database": "SELECT * FROM default.`{f}`",
    "filesystem table function": "SELECT * FROM filesystem('{d}')",
    "sqlite": "SELECT * FROM sqlite('{f}', 'a')",
    "iceberg on disk": "SELECT * FROM icebergLocal('{d}')",
    "delta lake on disk": "SELECT * FROM deltaLakeLocal('{d}')",
    "paimon on disk": "SELECT * FROM paimonLocal('{d}')",
    "a CREATE that reads": "CREATE TABLE x ENGINE = File(TSV, '{f}')",
    "a temporary table of a file": "CREATE TEMPORARY TABLE x (a String) ENGINE = File(TSV, '{f}')",
    "ATTACH from a path": "ATTACH TABLE x FROM '{d}' (a String) ENGINE = MergeTree ORDER BY a",
    "a dictionary of a file": "CREATE DICTIONARY x (a UInt8) PRIMARY KEY a SOURCE(FILE(path '{f}')) LAYOUT(FLAT)",
    "INSERT FROM INFILE": "INSERT INTO t FROM INFILE '{f}' FORMAT TSV",
    "a schema from a file": "SELECT 1 SETTINGS format_schema = '{f}:Message' FORMAT Protobuf",
    # writing
    "INTO OUTFILE": "SELECT 1 INTO OUTFILE '{o}'",
    "INTO OUTFILE with a format": "SELECT 1 INTO OUTFILE '{o}' FORMAT CSV",
    "INTO OUTFILE after a comment": "SELECT 1 INTO/**/OUTFILE '{o}'",
    "INTO OUTFILE APPEND": "SELECT 1 INTO OUTFILE '{o}' APPEND FORMAT CSV",
    "INTO OUTFILE from EXPLAIN": "EXPLAIN SELECT 1 INTO OUTFILE '{o}'",
    "INSERT INTO FUNCTION file": "INSERT INTO FUNCTION file('{o}', 'TSV', 'a String') VALUES ('x')",
    "INSERT INTO FUNCTION by select": "INSERT INTO FUNCTION file('{o}', 'TSV', 'a String') SELECT 'x'",
    "a schema written by a setting": "SELECT 1 AS a SETTINGS output_format_schema = '{o}' FORMAT Protobuf",
    "BACKUP": "BACKUP TABLE t TO File('{o}')",
    "INSERT": "INSERT INTO t VALUES (2)",
    "INSERT of rows": "INSERT INTO t FORMAT CSV 2",
    "INSERT by select": "INSERT INTO t SELECT 2",
    "CREATE": "CREATE TABLE mine (a UInt8) ENGINE = Memory",
    "CREATE TEMPORARY": "CREATE TEMPORARY TABLE mine (a UInt8)",
    "CREATE FUNCTION": "CREATE FUNCTION mine AS (x) -> file(x)",
    "DROP": "DROP TABLE t",
    "TRUNCATE": "TRUNCATE TABLE t",
    "DELETE": "DELETE FROM t WHERE 1",
    "ALTER": "ALTER TABLE t DELETE WHERE 1",
    "UPDATE": "ALTER TABLE t UPDATE a = 2 WHERE 1",
    "OPTIMIZE": "OPTIMIZE TABLE t FINAL",
    "RENAME": "RENAME TABLE t TO u",
    "DETACH": "DETACH TABLE t",
    # several statements
    "two selects": "SELECT 1; SELECT 2",
    "a drop after a select": "SELECT 1; DROP TABLE t",
    "a drop after a commented semicolon": "SELECT 1 -- ;\n; DROP TABLE t",
    "PARALLEL WITH": "SELECT 1 PARALLEL WITH DROP TABLE t",
    "EXECUTE AS": "EXECUTE AS default DROP TABLE t",
    # settings and control
    "SET readonly": "SET readonly = 0",
    "SETTINGS readonly": "SELECT 1 SETTINGS readonly = 0",
    "SETTINGS in a subquery": "SELECT * FROM (SELECT 1 SETTINGS max_execution_time = 0)",
    "SETTINGS in a CTE": "WITH a AS (SELECT 1 SETTINGS max_memory_usage = 0) SELECT * FROM a",
    "SETTINGS in a union": "SELECT 1 UNION ALL (SELECT 1 SETTINGS max_threads = 9)",
    "SETTINGS in a scalar": "SELECT (SELECT 1 SETTINGS/**/max_threads/**/= 9)",
    "SETTINGS that lift a limit": "SELECT 1 SETTINGS max_memory_usage = 0",
    "SETTINGS with introspection": "SELECT 1 SETTINGS allow_introspection_functions = 1",
    "SETTINGS with another dialect": "SELECT 1 SETTINGS dialect = 'prql'",
    "SET ROLE": "SET ROLE ALL",
    "USE": "USE system",
    "KILL": "KILL QUERY WHERE 1",
    "SYSTEM": "SYSTEM SHUTDOWN",
    "SYSTEM FLUSH": "SYSTEM FLUSH LOGS",
    "GRANT": "GRANT ALL ON *.* TO default",
    "CREATE USER": "CREATE USER mallory",
    "BEGIN": "BEGIN TRANSACTION",
    # programs, this process and the network
    "executable": "SELECT * FROM executable('sh', 'TSV', 'a String')",
    "executable with a query": "SELECT * FROM executable('id', 'TSV', 'a String', (SELECT 1))",
    "python": "SELECT * FROM python(passwords)",
    "Python": "SELECT * FROM Python(sys)",
    "url": "SELECT * FROM url('http://127.0.0.1:{p}/ping', 'TSV', 'a String')",
    "url of a file": "SELECT * FROM url('file://{f}', 'TSV', 'a String')",
    "urlCluster": "SELECT * FROM urlCluster('default', 'http://127.0.0.1:{p}/ping', 'TSV', 'a String')",
    "s3": "SELECT * FROM s3('http://127.0.0.1:{p}/bucket/ping', 'TSV', 'a String')",
    "gcs": "SELECT * FROM gcs('http://127.0.0.1:{p}/bucket/ping', 'TSV', 'a String')",
    "hdfs": "SELECT * FROM hdfs('hdfs://127.0.0.1:{p}/ping', 'TSV', 'a String')",
    "azure": "SELECT * FROM azureBlobStorage('http://127.0.0.1:{p}', 'c', 'b', 'a', 'k', 'TSV', 'auto', 'a String')",
    "remote": "SELECT * FROM remote('127.0.0.1:{p}', system.one)",
    "remoteSecure": "SELECT * FROM remoteSecure('127.0.0.1:{p}', system.one)",
    "cluster": "SELECT * FROM cluster('default', system.one)",
    "mysql": "SELECT * FROM mysql('127.0.0.1:{p}', 'd', 't', 'u', 'p')",
    "postgresql": "SELECT * FROM postgresql('127.0.0.1:{p}', 'd', 't', 'u', 'p')",
    "mongodb": "SELECT * FROM mongodb('127.0.0.1:{p}', 'd', 'c', 'u', 'p', 'a String')",
    "redis": "SELECT * FROM redis('127.0.0.1:{p}', 'a', 'a String')",
    "jdbc": "SELECT * FROM jdbc('x', 'y', 'z')",
    "odbc": "SELECT * FROM odbc('x', 'y', 'z')",
    "a language model": "SELECT aiGenerate('http://127.0.0.1:{p}', 'x')",
    "request headers": "SELECT getClientHTTPHeader('Authorization')",
    "free disk": "SELECT filesystemAvailable()",
    "not a statement": "file('{f}')",
    "nothing": "",
    "only a comment": "-- SELECT 1",
}

REFUSED_PARAMS = {
    "readonly lifted": {"readonly": "0"},
    "readonly softened": {"readonly": "2"},
    "time without end": {"max_execution_time": "0"},
    "more time": {"max_execution_time": "100000"},
    "more memory": {"max_memory_usage": "99999999999"},
    "odd number": {"max_threads": "+1"},
    "unlimited rows": {"max_result_rows": "0"},
    "a schema file": {"format_schema": "/etc/passwd:x"},
    "a schema written": {"output_format_schema": "/tmp/x"},
    "another dialect": {"dialect": "prql"},
    "introspection": {"allow_introspection_functions": "1"},
    "a setting with a quote": {"max_threads = 1, readonly": "0"},
    "a template file": {"format_template_resultset": "/etc/passwd", "default_format": "Template"},
    "a filter on other tables": {"additional_table_filters": "{'t': '1'}"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds the store, the passwords and a file that nobody may read through the store."""
    place = tmp_path_factory.mktemp("guard")
    (place / "secret.tsv").write_text(f"{SECRET}\n")
    return place


@pytest.fixture(scope="module")
def store(folder: Path) -> Iterator[RunningStore]:
    """A store with passwords and one table of one row."""
    passwords = write_passwords(folder / "passwords")
    with running_store(folder / "data", folder / "passwords") as running:
        owner = ("default", passwords["default"])
        for sql in ("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a", "INSERT INTO t VALUES (1)"):
            assert httpx.post(running.url, content=sql, auth=owner).status_code == 200
        yield running


@pytest.fixture(scope="module")
def passwords(folder: Path, store: RunningStore) -> dict[str, str]:
    """Passwords by user."""
    lines = (folder / "passwords").read_text().split()
    return dict(line.split(":", 1) for line in lines)


def written(folder: Path, template: str, port: int) -> str:
    return template.format(f=folder / "secret.tsv", d=folder, o=folder / "out.tsv", p=port)


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("escape", ESCAPES)
def test_an_analyst_does_not_get_out(
    store: RunningStore, folder: Path, passwords: dict[str, str], escape: str, method: str
) -> None:
    """Refused with an error, without the secret in it, without a trace on the disk, and without a change."""
    sql = written(folder, ESCAPES[escape], store.port)
    params = {"query": sql, "param_fn": "file", "param_esc": r"fi\x6ce"}
    answer = httpx.request(method, store.url, params=params, auth=("analyst", passwords["analyst"]), timeout=30)
    assert answer.status_code >= 400 or not sql, answer.text
    assert SECRET not in answer.text
    assert not (folder / "out.tsv").exists()
    check = httpx.post(store.url, content="SELECT groupArray(a) FROM t", auth=("default", passwords["default"]))
    assert check.text == "[1]\n"


@pytest.mark.parametrize("case", REFUSED_PARAMS)
def test_an_analyst_does_not_choose_these_settings(store: RunningStore, passwords: dict[str, str], case: str) -> None:
    auth = ("analyst", passwords["analyst"])
    answer = httpx.post(store.url, content="SELECT 1", params=REFUSED_PARAMS[case], auth=auth)
    assert answer.headers.get("X-ClickHouse-Exception-Code") in ("164", "115"), answer.text


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count() FROM t",
        "SELECT 'file(', 'url(' AS `a file (of mine)`, 1 AS filename",
        "WITH x AS (SELECT a FROM t) SELECT sum(a) FROM x",
        "SELECT format('{} {}', 'a', 'b'), airportCode FROM (SELECT 'x' AS airportCode)",
        "SELECT * FROM numbers(3)",
        "SELECT a FROM t WHERE toString(a) IN ('file', 'remote')",
        "SHOW TABLES",
        "SHOW CREATE TABLE t",
        "DESCRIBE TABLE t",
        "EXISTS TABLE t",
        "EXPLAIN SELECT a FROM t",
        "SELECT name FROM system.columns WHERE table = 't'",
        "SELECT quantile(0.9)(a) AS settings FROM t HAVING settings = 1",
    ],
)
def test_an_analyst_reads_what_is_theirs_to_read(store: RunningStore, passwords: dict[str, str], sql: str) -> None:
    """A guard that refuses honest work is switched off by the first person in a hurry."""
    answer = httpx.post(store.url, content=sql, auth=("analyst", passwords["analyst"]))
    assert answer.status_code == 200, answer.text


def test_limits_end_what_costs_too_much(store: RunningStore, passwords: dict[str, str]) -> None:
    auth = ("analyst", passwords["analyst"])
    slow = "SELECT sum(sleepEachRow(0.5)) FROM numbers(1000)"
    params = {"max_execution_time": "1", "max_block_size": "1"}
    assert httpx.post(store.url, content=slow, params=params, auth=auth, timeout=30).status_code == 408
    wide = "SELECT groupArray(repeat('x', 1000)) FROM numbers(1000000)"
    answer = httpx.post(store.url, content=wide, auth=auth, timeout=30)
    assert answer.headers["X-ClickHouse-Exception-Code"] == "241"
    long = "SELECT number FROM numbers(100000000) FORMAT JSON"
    answer = httpx.post(store.url, content=long, auth=auth, timeout=60)
    assert answer.headers["X-ClickHouse-Exception-Code"] == "396"


WRITER_ESCAPES = [
    "SELECT file('{f}')",
    r"SELECT `fi\x6ce`('{f}')",
    "SELECT arrayMap(file, ['{f}'])",
    "SELECT arrayMap({{fn:Identifier}}, ['{f}'])",
    "SELECT * APPLY file FROM (SELECT '{f}' AS a)",
    "SELECT * FROM file('{f}')",
    "SELECT * FROM url('file://{f}', 'TSV', 'a String')",
    "SELECT * FROM executable('id', 'TSV', 'a String')",
    "SELECT * FROM python(passwords)",
    "SELECT 1 INTO OUTFILE '{o}'",
    "INSERT INTO FUNCTION file('{o}', 'TSV', 'a String') SELECT 'x'",
    "INSERT INTO FUNCTION file('{o}', 'TSV', 'a String') VALUES ('x')",
    r"INSERT INTO FUNCTION `fi\x6ce`('{o}', 'TSV', 'a String') VALUES ('x')",
    "INSERT INTO texts VALUES (file('{f}'))",
    r"INSERT INTO texts VALUES (`fi\x6ce`('{f}'))",
    "INSERT INTO texts FROM INFILE '{f}' FORMAT TSV",
    "CREATE TABLE x (a String) ENGINE = File(TSV, '{f}')",
    "CREATE TABLE x (a String) ENGINE = Executable('id', 'TSV')",
    "CREATE TABLE x (a String DEFAULT file('{f}')) ENGINE = Memory",
    "CREATE DATABASE x ENGINE = Filesystem('{d}')",
    "CREATE DICTIONARY x (a UInt8) PRIMARY KEY a SOURCE(EXECUTABLE(command 'id' format 'TSV')) LAYOUT(FLAT)",
    "BACKUP TABLE t TO File('{o}')",
    "SELECT 1 AS a SETTINGS output_format_schema = '{o}' FORMAT Protobuf",
    "SELECT 1 AS a SETTINGS format_template_resultset = '{f}' FORMAT Template",
    "SELECT 1 AS a FORMAT Template SETTINGS format_template_row = '{f}'",
]


@pytest.mark.parametrize("escape", WRITER_ESCAPES)
def test_the_writer_has_no_way_to_the_disk_either(
    store: RunningStore, folder: Path, passwords: dict[str, str], escape: str
) -> None:
    """A stolen password of the audit writer must not become a shell."""
    auth = ("default", passwords["default"])
    httpx.post(store.url, content="CREATE TABLE IF NOT EXISTS texts (a String) ENGINE = Memory", auth=auth)
    params = {"param_fn": "file"}
    answer = httpx.post(store.url, content=written(folder, escape, store.port), params=params, auth=auth)
    assert answer.headers.get("X-ClickHouse-Exception-Code") in ("497", "48"), answer.text
    assert not (folder / "out.tsv").exists()


def test_the_writers_honest_statements_pass(store: RunningStore, passwords: dict[str, str]) -> None:
    """Columns may be called `file` and `url`, and texts may say anything."""
    auth = ("default", passwords["default"])
    for sql in (
        "CREATE TABLE IF NOT EXISTS named (file String, url String, `a b` UInt8) ENGINE = Memory",
        "INSERT INTO named (file, url, `a b`) VALUES ('file(x)', 'url(\"y\")', 1)",
        "INSERT INTO named SELECT file, url, `a b` FROM named WHERE file = 'file('",
        "SELECT count(file), arrayMap(x -> x, [url]) FROM named GROUP BY url SETTINGS max_threads = 1",
        "DROP TABLE named",
    ):
        answer = httpx.post(store.url, content=sql, auth=auth)
        assert answer.status_code == 200, answer.text
