"""The keys of sealed payloads, one per intent, in an SQLite file outside of the ledger. To destroy one is redaction."""

import os
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from groundstop.ids import derived_id
from groundstop.record.sealing import KEY_BYTES

FILE = "keys.sqlite3"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS key (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, agent TEXT NOT NULL, task TEXT NOT NULL, intent TEXT NOT NULL,
    person TEXT NOT NULL, secret BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_person ON key (tenant, person);
CREATE INDEX IF NOT EXISTS by_task ON key (tenant, task);
CREATE TABLE IF NOT EXISTS destroyed (id TEXT PRIMARY KEY) WITHOUT ROWID;
"""
COLUMNS = {"tenant": "tenant", "agent": "agent", "task": "task", "intent": "intent", "user": "person"}
"""What a redaction can name, and the column that holds it."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose facts a key seals. ``person`` is the user on whose behalf the agent acted; empty while unknown."""

    tenant: str
    agent: str
    intent: str
    task: str = ""
    person: str = ""


class Keyring:
    """One writer (audit), any number of readers. A key is on disk before anything that it seals is written."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self._path = folder / FILE
        if read_only:
            self._db = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, check_same_thread=False)
            return
        folder.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        self._db = sqlite3.connect(self._path, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(_SCHEMA)

    def key_for(self, owner: Owner) -> tuple[str, bytes | None]:
        """Id and key of an intent, drawn at its first fact; None once it was destroyed. ``commit`` before using it."""
        key_id = derived_id(f"{owner.tenant}/{owner.intent}", "record.key")
        found = self._db.execute("SELECT secret, person FROM key WHERE id = ?", (key_id,)).fetchone()
        if found is None:
            if self._db.execute("SELECT 1 FROM destroyed WHERE id = ?", (key_id,)).fetchone():
                return key_id, None
            secret = secrets.token_bytes(KEY_BYTES)
            row = (key_id, owner.tenant, owner.agent, owner.task, owner.intent, owner.person, secret)
            self._db.execute("INSERT INTO key VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            return key_id, secret
        if owner.person and not found[1]:
            self._db.execute("UPDATE key SET person = ? WHERE id = ?", (owner.person, key_id))
        return key_id, bytes(found[0])

    def commit(self) -> None:
        """Put what was drawn on disk."""
        self._db.commit()

    def find(self, key_id: str) -> bytes | None:
        """The key, or None when there is none any more."""
        found = self._db.execute("SELECT secret FROM key WHERE id = ?", (key_id,)).fetchone()
        return None if found is None else bytes(found[0])

    def owners(self, what: str, value: str, tenant: str) -> list[Owner]:
        """Whose keys a redaction would destroy: ``what`` is a key of COLUMNS; ``tenant`` empty for any."""
        sql = f"SELECT tenant, agent, intent, task, person FROM key WHERE {COLUMNS[what]} = ?"
        more, values = (" AND tenant = ?", (value, tenant)) if tenant else ("", (value,))
        return [Owner(*row) for row in self._db.execute(sql + more, values)]

    def destroy(self, owners: Sequence[Owner]) -> int:
        """Destroy keys for good: overwritten in the file and gone from its journal. How many there were."""
        ids = [(derived_id(f"{owner.tenant}/{owner.intent}", "record.key"),) for owner in owners]
        self._db.executemany("INSERT OR IGNORE INTO destroyed VALUES (?)", ids)
        gone = self._db.executemany("DELETE FROM key WHERE id = ?", ids).rowcount
        self._db.commit()
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
