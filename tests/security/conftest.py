"""One secured stack for all tests that attack it: a thief only learns something about the thing itself."""

import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nats
import orjson
import pytest
import pytest_asyncio
from groundstop.client import Client
from groundstop.client.operator import Operator
from groundstop.clock import Clock
from groundstop.events import MessageDead
from groundstop.identity.connecting import accepted, connection_options
from groundstop.log import Log
from groundstop.permissions.publishing import publish_keys
from groundstop.settings import Settings
from groundstop.testing import eventually
from groundstop_embedded.plan import Options
from groundstop_embedded.stack import Stack
from groundstop_embedded.testing import running_stack

HERE = Path(__file__).parent
SECRET = "hunter-2-Xq7vK9mPz4"  # nothing opens with it
POLICY = "name: attacked\nconfusion: {same_call: 100, same_failure: 100, cycles: 100, no_progress: 1000}\nlimits: []\n"


@dataclass
class Castle:
    """A running stack, the file with its tools' effects, and its owner's client."""

    stack: Stack
    effects_file: Path
    owner: Client

    @property
    def log(self) -> Log:
        return self.owner.log

    def effects(self) -> list[str]:
        """What tools have done so far, one line each."""
        return self.effects_file.read_text(encoding="utf-8").splitlines() if self.effects_file.exists() else []

    def did_more(self, before: list[str], about: str) -> list[str]:
        """Effects since ``before`` whose line says ``about``; what other tests left to be done comes in between."""
        return [line for line in self.effects()[len(before) :] if about in line]

    def settings_as(self, name: str) -> Settings:
        """Settings of one of the stack's own identities: what a thief of its files would have."""
        return self.stack.plan.settings_as(name)

    async def issue(self, name: str, role: str, **values: str) -> Settings:
        """A fresh identity that the running server knows."""
        keys = self.stack.plan.keys
        assert keys is not None
        keys.issue(name, role, values, Clock()())
        await self.take_effect()
        settings = self.settings_as(name)
        await eventually(lambda: accepted(settings), f"{name} to be let in")
        return settings

    async def revoke(self, *names: str) -> None:
        """End identities that a test has issued."""
        keys = self.stack.plan.keys
        assert keys is not None
        for name in names:
            keys.revoke(name, Clock()())
        await self.take_effect()

    async def lift(self, control: str) -> None:
        """Lift a halt, as two people where it asks for two."""
        for name in ("keeper", "warden"):
            lifting = Operator(self.owner.nc, self.log, Clock(), name, caller=self.owner.caller)
            if (await lifting.resume(control, "it is over")).action == "resume":
                return

    async def take_effect(self) -> None:
        """As ``groundstop keys`` does: have the server read its users again, publish who may sign."""
        keys, pid = self.stack.plan.keys, self.stack.children["nats"].pid
        assert keys is not None and pid is not None
        os.kill(pid, 1)
        ours = self.settings_as("bootstrap")
        await eventually(lambda: accepted(ours), "the publisher of keys to be let in")
        nc = await nats.connect(**connection_options(ours))
        log = Log(nc, Clock())
        await log.start()
        await publish_keys(log, keys.listed(Clock()()))
        await log.stop()
        await nc.close()

    async def dead(self) -> dict[str, list[MessageDead]]:
        """Messages that were refused, by reason code."""
        found: dict[str, list[MessageDead]] = {}
        async for stored in self.log.until_now(patterns=("gs.message.dead.>",)):
            try:
                fact = MessageDead.model_validate_json(stored.payload)
            except ValueError:
                continue  # nonsense of the fuzzing test, under a subject of ours
            found.setdefault(fact.reason_code.value, []).append(fact)
        return found

    async def facts(self, pattern: str) -> list[dict[str, Any]]:
        """Everything stored on a pattern that is a JSON object."""
        found = []
        async for stored in self.log.until_now(patterns=(pattern,)):
            with contextlib.suppress(orjson.JSONDecodeError):
                value = orjson.loads(stored.payload)
                found += [value] if isinstance(value, dict) else []
        return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def castle(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Castle]:
    """Started once; tests use tenants and intents of their own."""
    data = tmp_path_factory.mktemp("castle")
    policy, effects = data / "policy.yaml", data / "effects.txt"
    policy.write_text(POLICY, encoding="utf-8")
    paths = os.pathsep.join(part for part in (str(HERE), os.environ.get("PYTHONPATH", "")) if part)  # noqa: TID251
    options = Options(
        data=data / "stack",
        executors=1,
        catalogue=("effect_tools", str(HERE / "worker_tools.yaml")),
        policy=policy,
        env={"PYTHONPATH": paths, "EFFECTS": str(effects), "GROUNDSTOP_SECRET_MAIL": SECRET},
    )
    async with (
        running_stack(options) as stack,
        Client.open(tenant="castle", agent="keeper", settings=stack.plan.settings) as owner,
    ):
        yield Castle(stack, effects, owner)
