"""The record, in files that ClickHouse wrote: bytes for bytes what its hash chain covers."""

from collections.abc import Callable
from pathlib import Path

from groundstop.backup.manifest import BackupProblem, LedgerPart
from groundstop.backup.transfer import download, run, upload
from groundstop.record.layout import HEADS, TABLE
from groundstop.record.verify import Ask, quoted
from groundstop.subjects import STREAM

FILE_ROWS = 20_000
FOLDER = "record"
DATABASE = TABLE.partition(".")[0]
Progress = Callable[[int], None]
"""Is told how many rows were moved."""

_TABLES = (
    f"SELECT name, create_table_query FROM system.tables WHERE database = '{DATABASE}' AND engine LIKE '%MergeTree'"
    " ORDER BY name"
)
_TIP = f"SELECT seq, hex(hash) FROM {TABLE} WHERE stream = '{STREAM}' ORDER BY seq DESC LIMIT 1"


def is_empty(ask: Ask) -> bool:
    """Whether there is no record yet."""
    if not ask(f"SELECT name FROM system.tables WHERE database = '{DATABASE}' AND name = 'event_log'"):
        return True
    return not int(ask(f"SELECT count() FROM {TABLE}")[0][0])


def save(dsn: str, ask: Ask, folder: Path, progress: Progress) -> LedgerPart | None:
    """Write what the record holds at this moment into ``folder``; None when there is no record yet."""
    tables = {str(name): str(created) for name, created in ask(_TABLES)}
    tip = ask(_TIP) if "event_log" in tables else []
    if not tip:
        return None
    last, digest = int(tip[0][0]), str(tip[0][1]).lower()
    folder.mkdir(parents=True, exist_ok=True)
    first = int(ask(f"SELECT min(seq) FROM {TABLE} WHERE stream = '{STREAM}'")[0][0])
    columns = _columns(ask, "event_log")
    for begin in range(first, last + 1, FILE_ROWS):
        end = min(begin + FILE_ROWS - 1, last)
        where = f"stream = '{STREAM}' AND seq BETWEEN {begin} AND {end}"
        select = f"SELECT {columns} FROM {TABLE} WHERE {where} ORDER BY seq FORMAT Native"
        download(dsn, select, folder / f"event_log-{begin:012d}.native.gz")
        progress(end - begin + 1)
    for name in tables.keys() - {"event_log"}:
        upto = f"WHERE seq <= {last}" if f"{DATABASE}.{name}" == HEADS else ""  # later ones vouch for rows left out
        select = f"SELECT {_columns(ask, name)} FROM {DATABASE}.{name} {upto} FORMAT Native"
        download(dsn, select, folder / f"{name}-all.native.gz")
    rows = int(ask(f"SELECT count() FROM {TABLE} WHERE stream = '{STREAM}' AND seq <= {last}")[0][0])
    return LedgerPart(rows=rows, last_seq=last, hash=digest, tables=tables)


def load(dsn: str, ask: Ask, folder: Path, part: LedgerPart, progress: Progress) -> None:
    """Create the tables and fill them; views and bookkeeping come from audit's migrations. Raises BackupProblem."""
    run(dsn, f"CREATE DATABASE IF NOT EXISTS {DATABASE}")
    for created in part.tables.values():
        run(dsn, created.replace("CREATE TABLE ", "CREATE TABLE IF NOT EXISTS ", 1))
    for path in sorted(folder.glob("*.native.gz")):
        name = path.name.partition("-")[0]
        upload(dsn, f"INSERT INTO {DATABASE}.{name} ({_columns(ask, name)}) FORMAT Native", path)
        progress(FILE_ROWS)
    found = ask(_TIP)
    tip = (int(found[0][0]), str(found[0][1]).lower()) if found else (0, "")
    rows = int(ask(f"SELECT count() FROM {TABLE}")[0][0])
    if (rows, *tip) != (part.rows, part.last_seq, part.hash):
        raise BackupProblem(
            f"the record is not what it was: {rows} rows to {tip[0]}, expected {part.rows} to {part.last_seq}"
        )


def _columns(ask: Ask, table: str) -> str:
    """What is stored in a table; the rest it computes."""
    where = f"database = '{DATABASE}' AND table = {quoted(table)} AND default_kind = ''"
    found = ask(f"SELECT name FROM system.columns WHERE {where} ORDER BY position")
    return ", ".join(f"`{name}`" for (name,) in found)
