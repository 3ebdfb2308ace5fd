"""The embedded store as a process: what survives its death, who may enter, what one query may cost."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import clickhouse_connect
import httpx
import psutil
import pytest
from groundstop_store.server import command, write_passwords
from groundstop_store.testing import RunningStore, free_port, running_store, start, stop

LEDGER = """CREATE TABLE IF NOT EXISTS ledger (seq UInt64, payload String) ENGINE = MergeTree ORDER BY seq
    SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 0"""


def post(store: RunningStore, sql: str, **params: str) -> httpx.Response:
    return httpx.post(store.url, params=params, content=sql, timeout=30)


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for a fact with a deadline."""
    deadline = time.monotonic() + seconds
    tick = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "the awaited fact did not come"
        tick.wait(0.02)


def running_marks(store: RunningStore) -> list[str]:
    """Texts of the queries that run in the engine, without this one."""
    sql = "SELECT query FROM system.processes WHERE query NOT LIKE '%system.processes%' FORMAT TSV"
    return post(store, sql).text.splitlines()


def test_an_acknowledged_insert_survives_a_kill(folder: Path) -> None:
    """Five kills while batches are being written: every batch that was answered with 200 is there, whole, once."""
    acknowledged: list[int] = []
    for round_number in range(5):
        store = start(folder)
        assert post(store, LEDGER).status_code == 200
        killer = threading.Timer(0.3 + 0.1 * round_number, store.process.kill)
        killer.start()
        try:
            for batch in range(round_number * 1000, round_number * 1000 + 1000):
                rows = "\n".join(f'{{"seq": {batch * 100 + number}, "payload": "x"}}' for number in range(100))
                answer = post(store, f"INSERT INTO ledger FORMAT JSONEachRow\n{rows}")
                if answer.status_code == 200:
                    acknowledged.append(batch)
        except httpx.TransportError:
            pass
        killer.join()
        store.process.wait(10)
    with running_store(folder) as store:
        sql = "SELECT intDiv(seq, 100) AS batch, count(), uniqExact(seq) FROM ledger GROUP BY batch FORMAT TSV"
        found = {int(b): (n, u) for b, n, u in (line.split("\t") for line in post(store, sql).text.splitlines())}
    assert acknowledged
    assert set(acknowledged) <= set(found)
    assert set(found.values()) == {("100", "100")}


def test_a_batch_that_finds_no_room_is_refused(folder: Path) -> None:
    """Never acknowledged: the writer of the record would go on behind rows that are not there."""
    with running_store(folder) as store:
        post(store, LEDGER)
        assert post(store, "INSERT INTO ledger VALUES (1, 'first')").status_code == 200
        process = psutil.Process(store.process.pid)
        _, most = process.rlimit(psutil.RLIMIT_FSIZE)
        process.rlimit(psutil.RLIMIT_FSIZE, (0, most))  # the kernel refuses every byte, as a full disk does
        refused = [post(store, f"INSERT INTO ledger VALUES ({n}, '{'x' * n}')") for n in (2, 2_000)]
        process.rlimit(psutil.RLIMIT_FSIZE, (most, most))
        assert [answer.status_code for answer in refused] == [500, 500]
        assert post(store, "INSERT INTO ledger VALUES (3, 'room again')").status_code == 200
        assert post(store, "SELECT seq FROM ledger ORDER BY seq FORMAT TSV").text.split() == ["1", "3"]


def test_sigterm_finishes_the_running_insert_and_exits_with_zero(folder: Path) -> None:
    store = start(folder)
    post(store, LEDGER)
    rows = b"\n".join(b'{"seq": %d, "payload": "%s"}' % (number, b"p" * 50) for number in range(400_000))
    answers: list[httpx.Response] = []
    insert = "INSERT INTO ledger FORMAT JSONEachRow"
    writer = threading.Thread(
        target=lambda: answers.append(httpx.post(store.url, params={"query": insert}, content=rows, timeout=30))
    )
    writer.start()
    until(lambda: any("INSERT" in query for query in running_marks(store)) or not writer.is_alive())
    assert stop(store) == 0
    writer.join()
    assert answers[0].status_code == 200
    with running_store(folder) as again:
        assert post(again, "SELECT count() FROM ledger").text == "400000\n"


def test_sigterm_during_the_start_is_not_lost(folder: Path) -> None:
    """A launcher that gives up early must not leave a store behind."""
    for delay_s in (0.0, 0.3, 0.5, 0.6, 0.7):
        process = subprocess.Popen(command(folder, free_port(), None), stderr=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(delay_s)
        process.terminate()
        assert process.wait(15) in (0, -signal.SIGTERM)


def test_sigterm_does_not_wait_for_readers(folder: Path) -> None:
    store = start(folder)
    reader = threading.Thread(target=lambda: _quietly(store, "SELECT sum(sleepEachRow(1)) FROM numbers(100)"))
    reader.start()
    until(lambda: bool(running_marks(store)))
    began = time.monotonic()
    assert stop(store) == 0
    assert time.monotonic() - began < 9
    reader.join()


def _quietly(store: RunningStore, sql: str) -> None:
    with contextlib.suppress(httpx.TransportError):
        post(store, sql, max_block_size="1")


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent death signal is Linux's own")
def test_the_store_ends_with_its_parent(folder: Path) -> None:
    argv = command(folder, free_port(), None)
    program = "import subprocess, sys; print(subprocess.Popen(sys.argv[1:]).pid, flush=True); sys.stdin.read()"
    parent = subprocess.Popen(
        [sys.executable, "-c", program, *argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert parent.stdout is not None
    store = psutil.Process(int(parent.stdout.readline()))
    until(lambda: any(c.status == "LISTEN" for c in store.net_connections()))
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait(5)
    until(lambda: not store.is_running() or store.status() == psutil.STATUS_ZOMBIE)


def test_a_second_store_over_one_folder_is_refused(embedded: RunningStore) -> None:
    done = subprocess.run(command(embedded.data, free_port(), None), capture_output=True, timeout=30)
    assert done.returncode == 3
    assert b"folder_not_opened" in done.stderr
    assert not done.stdout


def test_a_wider_address_needs_passwords(folder: Path) -> None:
    argv = [*command(folder, free_port(), None), "--host", "0.0.0.0"]
    done = subprocess.run(argv, capture_output=True, timeout=30)
    assert done.returncode == 2
    assert b"password-file" in done.stderr


def test_a_client_that_leaves_ends_its_query(embedded: RunningStore) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", embedded.port)
    connection.request("POST", "/?max_block_size=1", "SELECT sum(sleepEachRow(1)) FROM numbers(60)")
    until(lambda: any("sleepEachRow" in query for query in running_marks(embedded)))
    connection.close()
    until(lambda: not any("sleepEachRow" in query for query in running_marks(embedded)))


def test_a_reader_that_stops_reading_stops_the_engine(embedded: RunningStore) -> None:
    """A streamed result is made as fast as it is read: a client that leaves half-way leaves nothing running."""
    with socket.create_connection(("127.0.0.1", embedded.port)) as raw:
        body = b"SELECT number, repeat('x', 1000) FROM numbers(100000000) FORMAT TSV"
        head = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % len(body)
        raw.sendall(head + body)
        assert raw.recv(12) == b"HTTP/1.1 200"
        assert any("repeat" in query for query in running_marks(embedded))
    until(lambda: not any("repeat" in query for query in running_marks(embedded)))


def test_a_batch_that_breaks_off_leaves_nothing_behind(embedded: RunningStore) -> None:
    """Half a body is valid JSONEachRow; only its length tells that it is half a batch."""
    post(embedded, "CREATE TABLE IF NOT EXISTS halves (seq UInt64) ENGINE = MergeTree ORDER BY seq")
    with socket.create_connection(("127.0.0.1", embedded.port)) as raw:
        target = "/?query=INSERT+INTO+halves+FORMAT+JSONEachRow"
        head = f"POST {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n\r\n"
        raw.sendall(head.encode() + b'{"seq": 1}\n' * 100)
    assert post(embedded, "INSERT INTO halves VALUES (7)").status_code == 200
    assert post(embedded, "SELECT groupArray(seq) FROM halves").text == "[7]\n"


def test_a_taken_port_is_an_error_and_leaves_the_folder_free(embedded: RunningStore, folder: Path) -> None:
    done = subprocess.run(command(folder, embedded.port, None), capture_output=True, timeout=30)
    assert done.returncode == 1
    with running_store(folder) as store:
        assert post(store, "SELECT 1").text == "1\n"


def test_a_large_result_is_not_held_in_memory(embedded: RunningStore) -> None:
    process = psutil.Process(embedded.process.pid)
    sql = "SELECT repeat('x', 1000) FROM numbers(600000) SETTINGS max_block_size = 8192 FORMAT TSV"
    before, peak, size = process.memory_info().rss, 0, 0
    with httpx.stream("POST", embedded.url, content=sql, timeout=60) as answer:
        for chunk in answer.iter_bytes(1 << 22):
            size += len(chunk)
            peak = max(peak, process.memory_info().rss)
    assert size == 600_000 * 1001
    assert peak - before < 250 * 1024 * 1024


def test_a_body_that_unpacks_to_too_much_is_refused(embedded: RunningStore) -> None:
    """260 MiB of zeros fit into 260 KB; the limit is on what they become."""
    bomb = gzip.compress(bytes(260 << 20), 9)
    answer = httpx.post(embedded.url, content=bomb, headers={"Content-Encoding": "gzip"}, timeout=60)
    assert answer.status_code == 413
    assert answer.headers["X-ClickHouse-Exception-Code"] == "493"


@pytest.mark.parametrize("coding", ["gzip", "lz4", "zstd", "br"])
def test_a_damaged_or_unknown_coding_is_an_error(embedded: RunningStore, coding: str) -> None:
    answer = httpx.post(embedded.url, content=b"not packed", headers={"Content-Encoding": coding})
    assert answer.headers["X-ClickHouse-Exception-Code"] in ("271", "48")


def test_web_pages_cannot_ask_an_open_store(embedded: RunningStore) -> None:
    """A page in a local browser can reach the loopback address; it must not reach the record."""
    for headers in ({"Origin": "https://example.org"}, {"Host": "example.org:8123"}):
        answer = httpx.post(embedded.url, content="SELECT 1", headers=headers)
        assert answer.status_code == 403


def test_ping_means_that_the_engine_answers(embedded: RunningStore) -> None:
    assert httpx.get(f"{embedded.url}/ping").text == "Ok.\n"
    assert httpx.get(f"{embedded.url}/nothing").status_code == 404


def test_too_many_queries_of_one_user_are_turned_away(embedded: RunningStore) -> None:
    """Four of an analyst's queries run, sixteen wait, the rest hears so at once; the writer is not kept waiting."""
    user = {"X-ClickHouse-User": "analyst"}

    others = threading.Event()

    def ask(connection: http.client.HTTPConnection, first: bool) -> int:
        if not first:
            others.wait(60)
        connection.request("POST", "/", f"SELECT sleep({3 if first else 0.5})", user)
        status = connection.getresponse().status
        connection.close()
        return status

    # On a busy machine it takes seconds to connect so often, and the first queries would have ended meanwhile.
    connections = [http.client.HTTPConnection("127.0.0.1", embedded.port, timeout=60) for _ in range(23)]
    for connection in connections:
        connection.connect()
    with ThreadPoolExecutor(23) as analysts:
        statuses = analysts.map(ask, connections, [True] * 4 + [False] * 19)
        until(lambda: len(running_marks(embedded)) == 4)
        others.set()
        assert post(embedded, LEDGER).status_code == 200
        assert post(embedded, "INSERT INTO ledger VALUES (1, 'x')").status_code == 200
        assert len(running_marks(embedded)) == 4
        counted = Counter(statuses)
    assert counted == {200: 20, 503: 3}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningStore, dict[str, str]]]:
    """A store with passwords, and the passwords."""
    folder = tmp_path_factory.mktemp("guarded")
    passwords = write_passwords(folder / "passwords")
    with running_store(folder / "data", folder / "passwords") as store:
        yield store, passwords


def test_each_way_to_name_oneself_works(guarded: tuple[RunningStore, dict[str, str]]) -> None:
    store, passwords = guarded
    for user, password in passwords.items():
        keys = {"X-ClickHouse-User": user, "X-ClickHouse-Key": password}
        assert httpx.post(store.url, content="SELECT 1", headers=keys).text == "1\n"
        assert httpx.post(store.url, content="SELECT 1", auth=(user, password)).text == "1\n"
        params = {"user": user, "password": password}
        assert httpx.post(store.url, content="SELECT 1", params=params).text == "1\n"
        with clickhouse_connect.get_client(dsn=f"http://{user}:{password}@127.0.0.1:{store.port}") as client:
            assert client.query("SELECT 1").first_row == (1,)


def test_wrong_missing_and_doubled_credentials_are_refused(guarded: tuple[RunningStore, dict[str, str]]) -> None:
    store, passwords = guarded
    right = passwords["default"]
    assert httpx.post(store.url, content="SELECT 1").status_code == 401
    for auth in (("default", ""), ("default", right + "x"), ("analyst", right), ("root", right), ("", right)):
        assert httpx.post(store.url, content="SELECT 1", auth=auth).status_code == 403, auth
    both = httpx.post(store.url, content="SELECT 1", auth=("default", right), params={"user": "default"})
    assert both.status_code == 403
    for header in ("Basic !!!", "Bearer x", "Basic", "Basic bm9jb2xvbg=="):
        assert httpx.post(store.url, content="SELECT 1", headers={"Authorization": header}).status_code == 403
    assert httpx.get(f"{store.url}/ping").text == "Ok.\n"


def test_the_password_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    write_passwords(tmp_path / "passwords")
    assert (tmp_path / "passwords").stat().st_mode & 0o077 == 0


def test_an_analyst_reads_with_the_clients_they_know(guarded: tuple[RunningStore, dict[str, str]]) -> None:
    store, passwords = guarded
    dsn = f"http://analyst:{passwords['analyst']}@127.0.0.1:{store.port}"
    with clickhouse_connect.get_client(dsn=dsn) as client:
        assert client.query("SELECT count() FROM numbers({n:UInt64})", {"n": 5}).first_row == (5,)
        assert len(client.query_df("SELECT number FROM numbers(10)")) == 10
        sql = "SELECT format('{}-{}', 'file(', \"number\") AS file_name FROM numbers(1) WHERE 'url(x)' != 'file'"
        assert client.query(sql).first_row == ("file(-0",)
        assert client.query("SHOW DATABASES").row_count > 0
