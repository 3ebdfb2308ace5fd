"""``groundstop keys`` on a running stack: an agent gets in, proposes, and is cut off."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from groundstop.client import Client
from groundstop.errors import NotAllowed, PermissionDenied
from groundstop.testing import eventually
from groundstop.vocabulary import Status

from tests.security.conftest import Castle

pytestmark = pytest.mark.asyncio(loop_scope="session")
WITHIN_S = 60.0


def _keys(castle: Castle, *arguments: str) -> Any:
    here = ("--json", "--data", str(castle.stack.plan.options.data))
    done = subprocess.run(
        [sys.executable, "-m", "groundstop.cli", "keys", *arguments, *here],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done
    return json.loads(done.stdout)


async def test_an_agent_is_issued_an_identity_and_loses_it(castle: Castle, tmp_path: Path) -> None:
    """The seed alone is enough to work, in one name alone, until it is revoked."""
    seed = tmp_path / "visitor.nk"
    issued = _keys(castle, "issue", "agent", "--tenant", "guests", "--agent", "visitor", "--out", str(seed))
    assert issued["identities"][0]["role"] == "agent"
    settings = castle.stack.plan.settings.model_copy(update={"signing_key_file": None, "trust_root": None})

    async with Client.open(tenant="guests", agent="visitor", settings=settings, seed_file=seed) as visitor:
        ticket = await visitor.submit("notes.add", {"text": "hello"}, confidence=0.99)
        assert (await ticket.outcome(WITHIN_S)).status is Status.SUCCEEDED
    with pytest.raises(PermissionDenied):
        async with Client.open(tenant="guests", agent="somebody", settings=settings, seed_file=seed):
            pass
    assert "visitor" in {one["name"] for one in _keys(castle, "list")["identities"]}
    assert _keys(castle, "revoke", "visitor") == {"identities": [], "revoked": "visitor"}

    async def cut_off() -> bool:
        try:
            async with Client.open(tenant="guests", agent="visitor", settings=settings, seed_file=seed):
                return False
        except NotAllowed:
            return True

    await eventually(cut_off, "the end of the identity", WITHIN_S)
