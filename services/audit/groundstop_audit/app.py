"""The composition root of audit."""

from collections.abc import Sequence
from pathlib import Path

from faststream import FastStream
from groundstop import logs
from groundstop.bus.answering import the_caller
from groundstop.bus.app import Part, make_app, make_broker
from groundstop.bus.commands import CommandServer
from groundstop.clock import Clock
from groundstop.ids import new_id
from groundstop.log import Log
from groundstop.record.keyring import FILE as KEYRING
from groundstop.record.keyring import Keyring
from groundstop.record.sealing import fields_of
from groundstop.settings import Settings
from nats.aio.client import Client

from groundstop_audit.custody import Custody
from groundstop_audit.heads import Heads
from groundstop_audit.leader import RecordLeader
from groundstop_audit.ledger import Ledger
from groundstop_audit.sealer import Sealer
from groundstop_audit.tracing import Tracing
from groundstop_audit.writer import Writer

SERVICE = "audit"
KEYS = "record"
"""Folder in the data folder with the chain's key and the heads outside of ledger and bus."""


def make() -> FastStream:
    """The app, ready to run."""
    settings, clock = Settings(), Clock()
    logger = logs.configure(SERVICE, settings.log_level)
    ledger = Ledger(settings.clickhouse_dsn, settings.migrations, clock)
    folder, fields = (settings.data or Path()) / KEYS, fields_of(settings.seal)
    keyring = Keyring(folder) if fields or (folder / KEYRING).exists() else None
    broker = make_broker(settings, SERVICE, logger)

    async def build(nc: Client) -> Sequence[Part]:
        log = Log(nc, clock)
        heads = Heads(folder, log, ledger, clock, logger)
        sole = RecordLeader(log, clock, logger, new_id())
        sealer, custody = Sealer(keyring, fields), Custody(log, ledger, keyring, clock, settings.resume_people)
        writer = Writer(
            log, ledger, heads, sole, sealer, clock, logger, batch=settings.audit_batch, wait_s=settings.audit_wait_s
        )
        tracing = (Tracing(log, settings.otlp_endpoint, clock, logger),) if settings.otlp_endpoint else ()
        commands = CommandServer(broker, SERVICE, custody.commands(), the_caller, logger)
        return log, sole, writer, commands, *tracing

    return make_app(broker, SERVICE, build, logger)
