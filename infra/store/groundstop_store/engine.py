"""The chDB engine behind one folder: sessions, streamed selects, inserts and cancellation. Blocking; no HTTP here."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from groundstop_store.errors import StoreError, from_engine
from groundstop_store.sql import from_file, literal

# Each chunk of a streamed result is written by its own formatter: only formats without head and foot can be joined.
STREAMED: Final = frozenset(
    {
        "Native",
        "TSV",
        "TabSeparated",
        "TSVRaw",
        "TabSeparatedRaw",
        "CSV",
        "RowBinary",
        "JSONEachRow",
        "JSONLines",
        "NDJSON",
        "JSONCompactEachRow",
        "JSONStringsEachRow",
        "JSONCompactStringsEachRow",
        "LineAsString",
        "MsgPack",
        "Values",
    }
)


@dataclass
class Counters:
    """What a query did, for X-ClickHouse-Summary."""

    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    result_rows: int = 0
    result_bytes: int = 0
    elapsed_s: float = 0.0


@dataclass(frozen=True)
class Analysis:
    """The engine's reading of a text before it runs: its class (READ_ONLY, MUTATING, ...) and how many statements."""

    query_class: str
    statements: int


@dataclass
class Session:
    """One engine handle with its own settings, database and temporary tables; for one request, one thread at a time."""

    handle: Any
    counters: Counters = field(default_factory=Counters)

    def analyse(self, sql: str) -> Analysis:
        """Classify without running. A batch takes the most restricted class of its members."""
        report = self.handle.classify_query(sql)
        return Analysis(report["query_class"].name, int(report["statement_count"]))

    def run(self, sql: str, output_format: str, params: Mapping[str, str]) -> bytes:
        """Run one statement to its end and return the whole result."""
        with _translated():
            result = self.handle.query(sql, output_format, params=dict(params))
            self._count(result, int(result.storage_rows_read()), int(result.storage_bytes_read()))
            return bytes(result.bytes())

    def stream(self, sql: str, output_format: str, params: Mapping[str, str]) -> Generator[bytes, None, None]:
        """Run one select and yield its result block by block, in constant memory; closing the iterator cancels it."""
        with _translated():
            running = self.handle.send_query(sql, output_format, params=dict(params))
            done = False
            try:
                while not done:
                    block = self.handle.streaming_fetch_result(running)
                    done = block is None or block.rows_read() == 0
                    if block is not None:
                        self._count(block, int(block.rows_read()), int(block.bytes_read()))
                        yield bytes(block.bytes())
            finally:
                if not done:
                    self.handle.streaming_cancel_query(running)

    def insert(self, head: str, input_format: str, chunks: Iterable[bytes]) -> None:
        """Insert data of any input format; nothing is committed unless every chunk was taken.

        The engine reads them from memory by a file's name. Handed over in pieces (``send_insert``, chDB 4.4) they are
        acknowledged even when the disk is full and nothing was stored.
        """
        with _translated(), _in_memory(chunks) as path:
            result = self.handle.query(f"{from_file(head, path)} FORMAT {input_format or 'Values'}", "Null")
        self.counters.written_rows += int(result.rows_written())
        self.counters.written_bytes += int(result.bytes_written())
        self.counters.elapsed_s += float(result.elapsed())

    def close(self) -> None:
        """Give the handle back; what still runs on it is cancelled by the engine."""
        self.handle.close()

    def _count(self, result: Any, read_rows: int, read_bytes: int) -> None:
        self.counters.read_rows += read_rows
        self.counters.read_bytes += read_bytes
        self.counters.result_rows += int(result.rows_read())
        self.counters.result_bytes += int(result.size())
        self.counters.elapsed_s += float(result.elapsed())


class Engine:
    """The one owner of a chDB folder. Raises StoreError when the folder is held by another process."""

    def __init__(self, folder: Path, memory_bytes_max: int) -> None:
        from chdb import _chdb  # only here: loading it takes a third of a second and fixes the time zone

        limits = {
            "max_server_memory_usage": memory_bytes_max,
            "mark_cache_size": memory_bytes_max // 16,
            "query_condition_cache_size": memory_bytes_max // 64,
        }
        self._connect: Any = vars(_chdb)["connect"]  # the extension is not annotated
        self.folder = str(folder)
        with _translated():
            self._keeper = self._connect(
                f"{self.folder}?" + "&".join(f"{name}={limit}" for name, limit in limits.items())
            )
        self.version = self._keeper.query("SELECT version()", "TSV").bytes().decode().strip()

    def session(self, settings: Mapping[str, str], database: str) -> Session:
        """A fresh session. Raises StoreError for unknown settings (115) and databases (81)."""
        with _translated():
            handle = self._connect(self.folder)
            try:
                if database not in ("", "default"):
                    handle.query("USE {name:Identifier}", "Null", params={"name": database})
                if settings:
                    handle.query("SET " + ", ".join(f"{k} = {literal(v)}" for k, v in settings.items()), "Null")
            except BaseException:
                handle.close()
                raise
        return Session(handle)

    def spelled(self, query: str) -> str:
        """The result of a query about a query, in a session that no request's settings can bend."""
        session = self.session({"max_query_size": str(1 << 30)}, "")
        with contextlib.closing(session):
            return session.run(query, "TSVRaw", {}).decode()

    def column(self, sql: str) -> list[str]:
        """The one column of a query, as texts."""
        session = self.session({}, "")
        with contextlib.closing(session):
            return session.run(sql, "TSVRaw", {}).decode().splitlines()

    def alive(self) -> bool:
        """Whether the engine really answers a query."""
        try:
            session = self.session({}, "")
            with contextlib.closing(session):
                return session.run("SELECT 1", "TSV", {}) == b"1\n"
        except StoreError:
            return False

    def kill(self, mark: str) -> None:
        """Cancel the queries whose session carries this `log_comment`; returns at once."""
        session = self.session({}, "")
        with contextlib.closing(session):
            session.run(f"KILL QUERY WHERE Settings['log_comment'] = {literal(mark)} ASYNC", "Null", {})

    def kill_reads(self) -> None:
        """Cancel every running select: the process is ending and readers can ask again."""
        session = self.session({}, "")
        with contextlib.closing(session):
            session.run("KILL QUERY WHERE query_kind = 'Select' ASYNC", "Null", {})

    def close(self) -> None:
        """Flush and release the folder."""
        self._keeper.close()


@contextlib.contextmanager
def _in_memory(chunks: Iterable[bytes]) -> Iterator[str]:
    """The path of a file that is nowhere but in memory, for as long as the block lasts."""
    with os.fdopen(os.memfd_create("insert", os.MFD_CLOEXEC), "wb") as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        yield f"/proc/self/fd/{file.fileno()}"


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise from_engine(error) from error
