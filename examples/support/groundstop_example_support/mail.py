"""The mail server: aiosmtpd, storing every message it accepts in SQLite, and the way to take it off the network."""

import asyncio
import sqlite3
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session
from groundstop.clock import Clock

from groundstop_example_support import effects
from groundstop_example_support.database import create, writing
from groundstop_example_support.faults import Faults

SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY, recipient TEXT NOT NULL, subject TEXT NOT NULL, intent TEXT NOT NULL,
    content BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS messages_by_recipient ON messages (recipient);
"""
    + effects.SCHEMA
)
LARGEST_BYTES = 1_000_000
_ANSWERS = {"busy": "451 Too busy, try again later", "reject": "550 No such mailbox here"}


def prepare(path: Path) -> sqlite3.Connection:
    """The mail store."""
    return create(path, SCHEMA)


class Store:
    """aiosmtpd's handler: answers commands as the current fault says, keeps what it accepts."""

    def __init__(self, connection: sqlite3.Connection, faults: Faults, clock: Clock) -> None:
        self._connection = connection
        self._faults = faults
        self._clock = clock

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """A whole message has come: keep it, then say so."""
        fault = self._faults.take("mail", ", ".join(envelope.rcpt_tos))
        await self._clock.sleep(fault.delay_s)
        if fault.mode in _ANSWERS:
            return _ANSWERS[fault.mode]
        number = self._keep(envelope)
        if fault.mode == "drop" and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return f"250 Kept as {number}"

    def _keep(self, envelope: Envelope) -> int:
        content = envelope.original_content or b""
        head = message_from_bytes(content)
        intent, key = str(head["Groundstop-Intent"] or ""), str(head["Groundstop-Key"] or "")
        recipient, subject = ", ".join(envelope.rcpt_tos), str(head["Subject"] or "")
        with writing(self._connection) as connection:
            row = connection.execute(
                "INSERT INTO messages (recipient, subject, intent, content) VALUES (?, ?, ?, ?)",
                (recipient, subject, intent, content),
            )
            attempt = int(head["Groundstop-Attempt"] or 0)
            effects.record(connection, "email.send", intent, attempt, key, f"mail to {recipient}")
        return row.lastrowid or 0


class MailServer:
    """A listening SMTP server that can go away and come back."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._server: asyncio.Server | None = None
        self.port = 0

    async def open(self) -> int:
        """Listen on the port of the last time if it is still free, else on any; returns the port."""
        if self._server is None:
            try:
                self._server = await self._listen(self.port)
            except OSError:
                self._server = await self._listen(0)
            self.port = self._server.sockets[0].getsockname()[1]
        return self.port

    async def close(self) -> None:
        """Refuse connections from now on; sessions under way go on."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _listen(self, port: int) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(self._session, "127.0.0.1", port)

    def _session(self) -> SMTP:
        return SMTP(
            self._store, data_size_limit=LARGEST_BYTES, enable_SMTPUTF8=True, ident="Support mail", hostname="mail"
        )
