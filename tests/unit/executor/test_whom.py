"""Who does a call on the bus: a table of what the catalogue and the list of keys say."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from groundstop.catalogue import Tool
from groundstop.events import KeysPublished, WorkerKey
from groundstop.identity.signatures import Keyring, new_signer
from groundstop.vocabulary import Risk
from groundstop_executor.remote.whom import Whom, whom_to_ask

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
PLAIN, SECRET = {"to": "a@b.c"}, {"password": {"$secret": "smtp"}}
OPEN, NOBODY, LISTED, ENDED = "open", "nobody listed", "listed", "all revoked"


def ring(who: str) -> Keyring | None:
    if who == OPEN:
        return None
    root = new_signer()
    made = Keyring(base64.b64decode(root.public))
    key = WorkerKey(name="w", tool="mail.send", public="U", until=NOON if who == ENDED else None)
    workers = () if who == NOBODY else (key,)
    assert made.take(root.sign(KeysPublished(id="k", at=NOON, actor="keys", number=1, workers=workers)))
    return made


@pytest.mark.parametrize(
    ("who", "secrets", "arguments", "asked"),
    [
        (OPEN, (), PLAIN, (Whom.PROPOSER, Whom.WORKERS)),
        (OPEN, ("smtp",), PLAIN, (Whom.WORKERS,)),
        (OPEN, (), SECRET, (Whom.WORKERS,)),
        (NOBODY, (), PLAIN, (Whom.PROPOSER,)),
        (NOBODY, ("smtp",), PLAIN, (Whom.WORKERS,)),
        (NOBODY, (), SECRET, (Whom.WORKERS,)),
        (LISTED, (), PLAIN, (Whom.WORKERS,)),
        (LISTED, ("smtp",), SECRET, (Whom.WORKERS,)),
        (ENDED, (), PLAIN, (Whom.WORKERS,)),
    ],
)
def test_whom_to_ask(who: str, secrets: tuple[str, ...], arguments: dict[str, Any], asked: tuple[Whom, ...]) -> None:
    tool = Tool(name="mail.send", action_type="mail.send", risk=Risk.SAFE, worker=True, secrets=secrets)
    assert whom_to_ask(tool, ring(who), arguments) == asked
