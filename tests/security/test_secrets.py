"""No secret leaves the executor: not into a fact, a line of a log, the record, a trace, a notification, a page."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from groundstop.clickhouse import query
from groundstop.events import Outcome
from groundstop.log.stream import state
from groundstop.subjects import STORED
from groundstop.testing import eventually
from groundstop.vocabulary import Status

from tests.security.conftest import SECRET, Castle

pytestmark = pytest.mark.asyncio(loop_scope="session")
WITHIN_S = 60.0
SHAPES = (SECRET, SECRET[::-1], json.dumps(SECRET)[1:-1], SECRET.encode().hex())
"""Also as it would look turned round or in hexadecimal: what only looks hidden."""


async def _used(castle: Castle) -> list[Outcome]:
    """A call that works and one that fails, both by a service that repeats the password in what it says."""
    found = []
    for fail in (False, True):
        arguments = {"password": {"$secret": "mail"}, "fail": fail}
        ticket = await castle.owner.submit("mail.login", arguments, confidence=0.99, reasoning="read the mail")
        found.append(await ticket.outcome(WITHIN_S))
    return found


async def test_no_secret_reaches_any_sink(castle: Castle) -> None:
    """The tool has had the password; nobody who can look anywhere sees it."""
    good, bad = await _used(castle)
    assert (good.status, bad.status) == (Status.SUCCEEDED, Status.UNKNOWN), (good, bad)
    assert castle.effects().count(f"login {len(SECRET)}") == 2, "the tool was given the real value"
    await _recorded(castle)

    facts = [stored.payload.decode("utf-8", "replace") async for stored in castle.log.until_now(patterns=STORED)]
    headers = [str(stored.headers) for stored in await castle.log.newest([f"gs.*.*.*.*.{good.intent}.>"])]
    rows = query(castle.stack.plan.clickhouse_dsn, "SELECT * FROM audit.event_log", "JSONEachRow")
    pages = [await _page(castle, bad.intent)]
    trace = [step.says + str(step.fact) for step in await castle.owner.trace(bad.intent)]
    files = [path for path in _texts(castle.stack.plan.options.data) if path.name != "clickhouse.passwords"]
    assert len(facts) > 10 and "mail.login" in rows and len(files) > 8
    for sink, texts in {
        "facts": facts,
        "headers": headers,
        "record": [rows],
        "trace": trace,
        "what the console shows": pages,
        "what a person is told": [_cli(castle, "trace", bad.intent), _cli(castle, "why", good.intent)],
    }.items():
        assert not [text[:200] for text in texts if any(shape in text for shape in SHAPES)], sink
    for path in files:
        content = path.read_bytes()
        assert not any(shape.encode() in content for shape in SHAPES), path


async def _recorded(castle: Castle) -> None:
    last = int((await state(castle.owner.nc))["last_seq"])

    async def written() -> bool:
        count = query(castle.stack.plan.clickhouse_dsn, "SELECT max(seq) FROM audit.event_log", "TSV")
        return int(count) >= last

    await eventually(written, "the record", WITHIN_S)


async def _page(castle: Castle, intent: str) -> str:
    """The case that asks people whether it happened, as the console's pages are made of it."""

    async def there() -> list[object]:
        return [case for case in await castle.owner.cases(text="mail.login", limit=1000) if case["intent"] == intent]

    await eventually(there, "a reconciliation", WITHIN_S)
    return f"{await castle.owner.case(intent)}{await castle.owner.request('case.briefing', case=intent)}"


def _texts(data: Path) -> list[Path]:
    """Everything that the stack has written, the log's own files and the engine's included."""
    return [path for path in data.rglob("*") if path.is_file() and path.stat().st_size < 64 * 1024 * 1024]


def _cli(castle: Castle, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "groundstop.cli", *arguments, "--data", str(castle.stack.plan.options.data)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr
