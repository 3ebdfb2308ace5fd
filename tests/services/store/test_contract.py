"""What every ClickHouse client may rely on, embedded or not; the same tests run against a real server where one is."""

from __future__ import annotations

import gzip
import json
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import clickhouse_connect
import httpx
import pandas as pd
import pytest
from clickhouse_connect import dbapi
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError
from clickhouse_migrations.clickhouse_cluster import ClickhouseCluster  # type: ignore[import-untyped]  # no annotations
from groundstop.clickhouse import ClickHouseProblem, query, save

COLUMNS = {
    "stream": "LowCardinality(String)",
    "seq": "UInt64",
    "ts": "DateTime64(6, 'UTC')",
    "confidence": "Nullable(Float64)",
    "hash": "FixedString(32)",
    "tags": "Array(String)",
    "labels": "Map(String, String)",
    "payload": "String",
}
MOMENT = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)  # within the hour that summer time skips in Europe


def a_row(seq: int = 1, confidence: float | None = 0.75) -> list[Any]:
    return ["EVENTS", seq, MOMENT, confidence, bytes(range(32)), ["a", "ü'\n"], {"k": "v"}, '{"π": "\\u0000 tab\t"}']


def make(client: Client, table: str) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    client.command(f"CREATE TABLE {table} ({columns}) ENGINE = MergeTree ORDER BY (stream, seq)")


def post(address: str, credentials: tuple[str, str], body: bytes | str, **params: Any) -> httpx.Response:
    return httpx.post(address, params=params, content=body, auth=credentials, timeout=30)


def test_every_column_type_of_the_ledger_comes_back_as_it_was_written(client: Client, table: str) -> None:
    make(client, table)
    client.insert(table, [a_row(1), a_row(2, None)], column_names=list(COLUMNS))
    result = client.query(f"SELECT * FROM {table} ORDER BY seq", query_tz="UTC", tz_mode="aware")
    assert [list(row) for row in result.result_rows] == [a_row(1), a_row(2, None)]
    assert result.column_names == tuple(COLUMNS)


def test_a_batch_is_one_part_and_the_summary_counts_its_rows(client: Client, table: str) -> None:
    """One part is what makes a batch atomic: half of it can never be there."""
    make(client, table)
    summary = client.insert(table, [a_row(seq) for seq in range(20_000)], column_names=list(COLUMNS))
    assert summary.written_rows == 20_000
    database, _, name = table.partition(".")
    parts = "SELECT count() FROM system.parts WHERE active AND database = {d:String} AND table = {t:String}"
    assert client.query(parts, {"d": database, "t": name}).result_rows == [(1,)]


def test_an_empty_result_keeps_its_columns(client: Client, table: str) -> None:
    """A frame without rows must still have its columns, or every report on a quiet day fails."""
    make(client, table)
    result = client.query(f"SELECT seq, hash FROM {table} WHERE seq = 99")
    assert result.column_names == ("seq", "hash")
    assert [kind.name for kind in result.column_types] == ["UInt64", "FixedString(32)"]
    arrow = client.query_arrow(f"SELECT seq, ts FROM {table} WHERE seq > {{s:UInt64}}", {"s": 5})
    assert (arrow.num_rows, arrow.column_names) == (0, ["seq", "ts"])


def test_parameters_are_bound_by_the_server(client: Client) -> None:
    text = "it's \\ a 'test'; DROP TABLE x -- \n π"
    sql = "SELECT {t:String}, {n:UInt64}, {a:Array(String)}, {d:DateTime64(6, 'UTC')}"
    row = client.query(
        sql, {"t": text, "n": 7, "a": ["x'y"], "d": MOMENT}, tz_mode="aware", query_tz="UTC"
    ).result_rows[0]
    assert tuple(row[:3]) == (text, 7, ["x'y"])
    assert row[3] == MOMENT


def test_a_query_too_long_for_a_url_is_taken_as_a_form(client: Client) -> None:
    names = {f"p{number}": "v" * 200 for number in range(100)}
    sql = "SELECT " + ", ".join(f"{{{name}:String}}" for name in names)
    assert client.query(sql, names).first_row == tuple(names.values())


def test_a_long_list_is_taken_when_the_limit_is_raised(client: Client) -> None:
    numbers = ", ".join(str(number) for number in range(100_000))
    sql = f"SELECT count() FROM numbers(100000) WHERE number IN ({numbers})"
    assert client.query(sql, settings={"max_query_size": 4_000_000}).first_row == (100_000,)


async def test_the_async_client_inserts_and_selects(client: Client, dsn: str, table: str) -> None:
    make(client, table)
    async with await clickhouse_connect.get_async_client(dsn=dsn) as connected:
        await connected.insert(table, [a_row(seq) for seq in range(100)], column_names=list(COLUMNS))
        result = await connected.query(f"SELECT count(), sum(seq) FROM {table}")
    assert result.first_row == (100, 4950)


def test_pandas_frames_go_in_and_out(client: Client, table: str) -> None:
    make(client, table)
    frame = pd.DataFrame([a_row(seq) for seq in range(5)], columns=list(COLUMNS))
    client.insert_df(table, frame)
    back = client.query_df(f"SELECT stream, seq, confidence FROM {table} ORDER BY seq")
    assert list(back["seq"]) == [0, 1, 2, 3, 4]
    assert set(back["stream"]) == {"EVENTS"}
    assert list(back["confidence"]) == [0.75] * 5


def test_arrow_tables_come_out_whole(client: Client) -> None:
    assert client.query_arrow("SELECT number, toString(number) AS text FROM numbers(200000)").num_rows == 200_000


def test_sqlalchemy_reads_through_its_dialect(client: Client, dsn: str, table: str) -> None:
    sqlalchemy = pytest.importorskip("sqlalchemy")
    make(client, table)
    client.insert(table, [a_row(7)], column_names=list(COLUMNS))
    engine = sqlalchemy.create_engine(dsn.replace("http://", "clickhousedb://"))
    with engine.connect() as connection:
        row = connection.execute(sqlalchemy.text(f"SELECT seq, stream FROM {table} WHERE seq = :s"), {"s": 7}).one()
        database, _, name = table.partition(".")
        columns = sqlalchemy.inspect(engine).get_columns(name, schema=database)
    engine.dispose()
    assert tuple(row) == (7, "EVENTS")
    assert [column["name"] for column in columns] == list(COLUMNS)


def test_the_db_api_cursor_fetches(client: Client, dsn: str) -> None:
    cursor = dbapi.connect(dsn=dsn).cursor()
    cursor.execute("SELECT number AS n FROM numbers(3) WHERE n >= %(low)s", {"low": 1})
    assert cursor.fetchall() == [(1,), (2,)]
    assert [column[0] for column in cursor.description] == ["n"]


def test_curl_selects_and_inserts(address: str, credentials: tuple[str, str], client: Client, table: str) -> None:
    make(client, table)
    curl = ["curl", "-sS", "--fail-with-body", "-u", ":".join(credentials)]
    url = f"{address}/?query=INSERT+INTO+{table}+(stream,+seq)+FORMAT+JSONEachRow"
    rows = b'{"stream": "A", "seq": 1}\n{"stream": "A", "seq": 2}\n'
    subprocess.run([*curl, url, "--data-binary", "@-"], input=rows, check=True, timeout=30)
    query = f"SELECT count() AS n, max(seq) AS top FROM {table} FORMAT JSONCompactEachRow"
    done = subprocess.run([*curl, address, "-d", query], check=True, timeout=30, capture_output=True)
    assert [int(cell) for cell in json.loads(done.stdout)] == [2, 2]


@pytest.mark.parametrize(
    ("statement", "body"),
    [
        ("INSERT INTO {t} (seq, payload) FORMAT CSV", b'1,"a;b"\n2,c\n'),
        ("INSERT INTO {t} (seq, payload) FORMAT TSV", b"1\ta;b\n2\tc\n"),
        ("INSERT INTO {t} (seq, payload) VALUES", b"(1, 'a;b'), (2, 'c')"),
        ("INSERT INTO {t} (seq, payload) FORMAT JSONEachRow", b'{"seq":1,"payload":"a;b"}{"seq":2,"payload":"c"}'),
        ("INSERT INTO {t} (seq, payload) FORMAT RowBinary", b"\1" + bytes(7) + b"\3a;b" + b"\2" + bytes(7) + b"\1c"),
    ],
    ids=["csv", "tsv", "values", "json", "rowbinary"],
)
@pytest.mark.parametrize("where", ["url", "body"])
def test_rows_of_any_format_are_inserted(
    address: str, credentials: tuple[str, str], client: Client, table: str, statement: str, body: bytes, where: str
) -> None:
    """The statement may be in the URL with the rows as the body, or both in the body."""
    make(client, table)
    sql = statement.format(t=table)
    if where == "url":
        answer = post(address, credentials, body, query=sql)
    else:
        answer = post(address, credentials, f"{sql}\n".encode() + body)
    assert answer.status_code == 200, answer.text
    assert json.loads(answer.headers["X-ClickHouse-Summary"])["written_rows"] == "2"
    assert client.query(f"SELECT seq, payload FROM {table} ORDER BY seq").result_rows == [(1, "a;b"), (2, "c")]


def test_a_damaged_batch_leaves_nothing_behind(
    address: str, credentials: tuple[str, str], client: Client, table: str
) -> None:
    make(client, table)
    answer = post(address, credentials, b'{"seq":1}\n{"seq":"x', query=f"INSERT INTO {table} FORMAT JSONEachRow")
    assert answer.status_code in (400, 500)
    assert client.query(f"SELECT count() FROM {table}").first_row == (0,)


def test_compressed_requests_are_unpacked(
    address: str, credentials: tuple[str, str], client: Client, table: str
) -> None:
    make(client, table)
    rows = gzip.compress(b"".join(b'{"seq":%d}\n' % seq for seq in range(5000)))
    answer = httpx.post(
        address,
        params={"query": f"INSERT INTO {table} (seq) FORMAT JSONEachRow"},
        content=rows,
        headers={"Content-Encoding": "gzip"},
        auth=credentials,
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    assert client.query(f"SELECT count() FROM {table}").first_row == (5000,)


@pytest.mark.parametrize("coding", ["gzip", "zstd", "lz4"])
def test_results_are_compressed_as_the_client_accepts(
    dsn: str, address: str, credentials: tuple[str, str], coding: str
) -> None:
    sql = "SELECT number FROM numbers(100000)"
    headers = {"Accept-Encoding": coding}
    params = {"enable_http_compression": "1"}
    with httpx.stream("POST", address, content=sql, params=params, headers=headers, auth=credentials) as answer:
        assert answer.headers["Content-Encoding"] == coding
    with clickhouse_connect.get_client(dsn=dsn, compress=coding) as connected:
        rows = connected.query("SELECT number, toString(number) FROM numbers(300000)").result_rows
    assert len(rows) == 300_000
    assert rows[-1] == (299_999, "299999")


def test_a_result_is_not_compressed_unless_it_is_asked_for(address: str, credentials: tuple[str, str]) -> None:
    answer = httpx.post(
        address, content="SELECT number FROM numbers(100000)", headers={"Accept-Encoding": "gzip"}, auth=credentials
    )
    assert "content-encoding" not in answer.headers


def test_a_large_select_arrives_in_blocks(client: Client) -> None:
    seen = blocks = 0
    with client.query_row_block_stream("SELECT number, repeat('x', 100) FROM numbers(1000000)") as stream:
        for block in stream:
            blocks += 1
            seen += len(block)
    assert seen == 1_000_000
    assert blocks > 5


@pytest.mark.parametrize(
    ("sql", "code", "status"),
    [
        ("SELEC 1", 62, 400),
        ("SELECT nothing", 47, 404),
        ("SELECT * FROM nowhere.nothing", 81, 404),
        ("SELECT nofunction(1)", 46, 404),
        ("SELECT throwIf(1)", 395, 500),
        ("SELECT 1; SELECT 2", 62, 400),
    ],
)
def test_errors_have_their_number_their_text_and_their_status(
    address: str, credentials: tuple[str, str], sql: str, code: int, status: int
) -> None:
    answer = post(address, credentials, sql)
    assert answer.status_code == status, answer.text
    assert answer.headers["X-ClickHouse-Exception-Code"] == str(code)
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")
    assert "(version 2" in answer.text


def test_an_unknown_setting_is_refused_by_name(address: str, credentials: tuple[str, str]) -> None:
    answer = post(address, credentials, "SELECT 1", no_such_setting="1")
    assert answer.headers["X-ClickHouse-Exception-Code"] == "115"
    assert "no_such_setting" in answer.text


def test_settings_in_the_url_are_obeyed(address: str, credentials: tuple[str, str]) -> None:
    answer = post(address, credentials, "SELECT number FROM numbers(10)", max_result_rows="5")
    assert answer.headers["X-ClickHouse-Exception-Code"] == "396"


def test_an_error_in_the_middle_of_a_result_is_never_taken_for_its_end(client: Client) -> None:
    """Half a result that looks whole would be a wrong answer."""
    sql = "SELECT number, throwIf(number = 2900000) FROM numbers(3000000) SETTINGS max_block_size = 65536"
    with pytest.raises(Exception, match=r"throwIf|395"), client.query_row_block_stream(sql) as stream:
        for _ in stream:
            pass


def test_the_answer_names_query_format_and_summary(address: str, credentials: tuple[str, str]) -> None:
    answer = post(address, credentials, "SELECT 1 AS a", query_id="q-1", default_format="JSONEachRow")
    assert answer.headers["X-ClickHouse-Query-Id"] == "q-1"
    assert answer.headers["X-ClickHouse-Format"] == "JSONEachRow"
    assert json.loads(answer.headers["X-ClickHouse-Summary"])["read_rows"] == "1"
    assert answer.json() == {"a": 1}
    assert post(address, credentials, "SELECT 1 FORMAT CSV").headers["X-ClickHouse-Format"] == "CSV"


def test_get_reads_and_never_writes(address: str, credentials: tuple[str, str], table: str) -> None:
    assert httpx.get(address, params={"query": "SELECT 1"}, auth=credentials).text == "1\n"
    sql = f"CREATE TABLE {table} (a UInt8) ENGINE = Memory"
    answer = httpx.get(address, params={"query": sql}, auth=credentials)
    assert answer.headers["X-ClickHouse-Exception-Code"] == "164"


def test_ping_and_the_bare_address_say_ok(address: str) -> None:
    assert httpx.get(f"{address}/ping").text == "Ok.\n"
    assert httpx.get(address).text == "Ok.\n"


def test_an_unknown_user_is_refused(address: str) -> None:
    answer = httpx.post(address, content="SELECT 1", headers={"X-ClickHouse-User": "nobody", "X-ClickHouse-Key": "x"})
    assert answer.status_code == 403
    assert answer.headers["X-ClickHouse-Exception-Code"] == "516"


def test_migrations_are_applied_once(dsn: str, client: Client, tmp_path: Path) -> None:
    (tmp_path / "001_first.sql").write_text(
        "CREATE TABLE IF NOT EXISTS store_migrated.a (x UInt8) ENGINE = MergeTree ORDER BY x;\n"
        "CREATE VIEW IF NOT EXISTS store_migrated.v AS SELECT x FROM store_migrated.a;\n"
    )
    client.command("DROP DATABASE IF EXISTS store_migrated")
    for _ in range(2):
        cluster = ClickhouseCluster(db_url=f"{dsn}", driver="clickhouse-connect")
        cluster.migrate(
            "store_migrated", tmp_path, cluster_name=None, create_db_if_no_exists=True, multi_statement=True
        )
    assert client.query("SELECT count() FROM store_migrated.schema_versions").first_row == (1,)
    assert client.query("SELECT * FROM store_migrated.v").result_rows == []
    client.command("DROP DATABASE store_migrated")


def test_two_analysts_query_while_batches_arrive(dsn: str, client: Client, table: str) -> None:
    """Whatever they read is a prefix of the batches: 200 rows at a time or not at all."""
    make(client, table)
    written = threading.Event()

    def analyse() -> list[tuple[int, int]]:
        seen = []
        with clickhouse_connect.get_client(dsn=dsn) as connected:
            while not written.is_set():
                (count, distinct), *_ = connected.query(f"SELECT count(), uniqExact(seq) FROM {table}").result_rows
                seen.append((count, distinct))
        return seen

    with ThreadPoolExecutor(2) as analysts:
        running = [analysts.submit(analyse) for _ in range(2)]
        for batch in range(20):
            rows = [a_row(batch * 200 + number) for number in range(200)]
            client.insert(table, rows, column_names=list(COLUMNS), settings={"async_insert": 0})
        written.set()
        seen = [pair for one in running for pair in one.result(30)]
    assert all(count % 200 == 0 and count == distinct for count, distinct in seen)
    assert client.query(f"SELECT count() FROM {table}").first_row == (4000,)


def test_a_refused_statement_is_a_database_error_with_its_code(client: Client) -> None:
    with pytest.raises(DatabaseError) as caught:
        client.query("SELECT 1 FROM no_such_table_here")
    assert "UNKNOWN_TABLE" in str(caught.value)


def test_a_value_bound_to_a_query_arrives_as_it_is(dsn: str, tmp_path: Path) -> None:
    """The client of the commands and of approval: values of agents are parameters, never part of the statement."""
    value = "a'b\\'c\t\\t\nd {y:String}; \\N"
    found = query(dsn, "SELECT {x:String} AS x, {y:String} AS y", "JSONEachRow", {"x": value, "y": "\\"})
    assert json.loads(found) == {"x": value, "y": "\\"}
    save(dsn, "SELECT number FROM numbers(3) FORMAT CSV", tmp_path / "out")
    assert (tmp_path / "out").read_text() == "0\n1\n2\n"
    with pytest.raises(ClickHouseProblem, match="UNKNOWN_TABLE") as refused:
        query(dsn, "SELECT 1 FROM no_such_table", "JSON")
    assert refused.value.reachable
    with pytest.raises(ClickHouseProblem) as away:
        query("http://127.0.0.1:1", "SELECT 1", "JSON")
    assert not away.value.reachable
