"""A policy published while intents flow: each is decided by one policy, whole, and names it."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from groundstop import subjects
from groundstop.client import Client
from groundstop.clock import Clock
from groundstop.events import IntentClassified, IntentCleared, PolicyPublished
from groundstop.policy import PolicyError, load_policy
from groundstop.testing import eventually
from groundstop_embedded.plan import Options
from groundstop_embedded.testing import running_stack

GENEROUS = """
name: generous
clearance_ttl_s: 111
limits: [{name: any, match: {tools: "*"}, count: 100000, burst: 100000}]
"""
STRICT = """
name: strict
clearance_ttl_s: 222
limits: [{name: any, match: {tools: "*"}, count: 90000, burst: 90000}]
tools:
  orders.get: {risk: dangerous}
"""
RATE_S = 500
SECONDS = 4.0


@pytest.mark.timeout(600)
async def test_no_intent_sees_a_mixture_of_two_policies(tmp_path: Path) -> None:
    """The clearance's lifetime comes from the policy that classified, although another service gives it."""
    policy = tmp_path / "policy.yaml"
    policy.write_text(GENEROUS, encoding="utf-8")
    options = Options(
        data=tmp_path / "data", executors=1, policy=policy, catalogue=("groundstop_example_support.tools",),
        env={"GROUNDSTOP_SUPPORT_DATA": str(tmp_path)},
    )  # fmt: skip
    async with running_stack(options) as stack:
        settings = stack.plan.settings
        async with Client.open(tenant="acme", agent="flow", settings=settings) as client:
            versions = await _flow(client, [STRICT, GENEROUS, STRICT])
            await _a_broken_one_changes_nothing(client)
    generous, strict = load_policy(GENEROUS).version, load_policy(STRICT).version
    assert set(versions) == {generous, strict}, versions


async def _flow(client: Client, published: list[str]) -> Counter[str]:
    clock = Clock()
    publishing = asyncio.create_task(_publish(client, published, clock))
    tickets = []
    began = clock.monotonic()
    for number in range(int(RATE_S * SECONDS)):
        await clock.sleep(max(0.0, began + number / RATE_S - clock.monotonic()))
        tickets.append(asyncio.create_task(client.submit("orders.get", {"order": "A-1001"}, confidence=0.97)))
    submitted = await asyncio.gather(*tickets)
    await publishing
    ttl = {load_policy(GENEROUS).version: 111.0, load_policy(STRICT).version: 222.0}
    classified = await _all_classified(client, len(submitted))
    cleared = {
        fact.intent: fact
        for fact in [
            IntentCleared.model_validate_json(stored.payload)
            async for stored in client.log.until_now(patterns=(subjects.pattern("intent.cleared"),))
        ]
    }
    for fact in classified:
        version = fact.judgement.policy_version
        dangerous = version == load_policy(STRICT).version
        assert (fact.judgement.risk == "dangerous") is dangerous, "risk and version come from one policy"
        if (clearance := cleared.get(fact.intent)) is not None:
            assert not dangerous
            assert (clearance.expires_at - clearance.at).total_seconds() == ttl[version]
    return Counter(fact.judgement.policy_version for fact in classified)


async def _publish(client: Client, published: list[str], clock: Clock) -> None:
    for text in published:
        await clock.sleep(SECONDS / 4)
        await client.publish_policy(text, "a test")


async def _all_classified(client: Client, count: int) -> list[IntentClassified]:
    async def all_of_them() -> list[IntentClassified] | None:
        found = [
            IntentClassified.model_validate_json(stored.payload)
            async for stored in client.log.until_now(patterns=(subjects.pattern("intent.classified"),))
        ]
        return found if len(found) == count else None

    return await eventually(all_of_them, "classification of every intent")


async def _a_broken_one_changes_nothing(client: Client) -> None:
    before = await client.log.last_fact(PolicyPublished, subjects.POLICY)
    with pytest.raises(PolicyError, match="line 2"):
        await client.publish_policy("name: broken\nlimts: []\n")
    after = await client.log.last_fact(PolicyPublished, subjects.POLICY)
    assert before == after
