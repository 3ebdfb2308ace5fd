"""Agents of real frameworks with scripted models: a dangerous call waits, is approved, and runs once."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from groundstop.adapters import Governor, NotDone, governed
from groundstop.client import Client
from groundstop.testing import eventually
from groundstop.vocabulary import Status
from groundstop_embedded.stack import Stack

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]
EXAMPLES = Path(__file__).parents[2] / "examples"
AGENTS = {
    "governed": "governed",
    "langchain": "langchain",
    "openai_agents": "openai-agents",
    "pydantic_ai": "pydantic-ai",
    "agent_hooks": "agent-hooks",
}
ANSWER_S = 180.0


@asynccontextmanager
async def agent_of(stack: Stack, framework: str, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """An example's agent as a process of its own; killed at the end if it still runs."""
    environment = os.environ | {"GROUNDSTOP_DATA": str(stack.plan.options.data)}  # noqa: TID251 - a child inherits
    script = str(EXAMPLES / framework / "agent.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable, script, str(folder), env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def waiting(people: Client, agent: str) -> dict[str, Any]:
    """The one case of an agent."""

    async def there() -> list[dict[str, Any]]:
        return await people.cases(agent=agent)

    (case,) = await eventually(there, f"a case of {agent}", ANSWER_S)
    return case


@pytest.mark.parametrize("framework", AGENTS)
async def test_an_agent_that_is_killed_while_it_waits_does_its_call_once(
    adapters_stack: Stack, people: Client, tmp_path: Path, framework: str
) -> None:
    """The second process goes on with the intent of the first: one case, one approval, one effect."""
    (tmp_path / "report.txt").touch()
    async with agent_of(adapters_stack, framework, tmp_path):
        case = await waiting(people, AGENTS[framework])
        assert (tmp_path / "report.txt").exists()
    async with agent_of(adapters_stack, framework, tmp_path) as second:
        await people.approve(case["case"], "tidy up")
        assert second.stdout is not None
        said = await asyncio.wait_for(second.stdout.read(), ANSWER_S)
        assert await second.wait() == 0
    assert said.decode().strip() == "deleted report.txt"
    assert (tmp_path / "deleted").read_text().splitlines() == ["report.txt"]
    assert await people.cases(agent=AGENTS[framework]) == []
    outcome = await people.outcome_of(case["intent"])
    assert outcome is not None
    assert outcome.status is Status.SUCCEEDED


async def test_a_run_that_is_started_again_is_given_what_its_call_answered(
    adapters_stack: Stack, people: Client
) -> None:
    """The call was answered before: it is not made again."""
    deleted: list[str] = []
    async with Client.open(agent="again", settings=adapters_stack.plan.settings) as client:
        for _ in range(2):

            @governed(Governor(client, task="again"), tool="delete_file")
            async def delete(path: str) -> str:
                deleted.append(path)
                return f"deleted {path}"

            calling = asyncio.create_task(delete("a.txt"))
            if not deleted:
                await people.approve((await waiting(people, "again"))["case"])
            assert await asyncio.wait_for(calling, ANSWER_S) == "deleted a.txt"
    assert deleted == ["a.txt"]


async def test_an_approval_binds_to_the_exact_call_and_an_edit_changes_what_is_done(
    adapters_stack: Stack, people: Client
) -> None:
    """Another argument is another intent; what a person edited is what the function gets."""
    done: list[str] = []
    async with Client.open(agent="exact", settings=adapters_stack.plan.settings) as client:
        governor = Governor(client, task="exact")

        @governed(governor, tool="delete_file")
        async def delete(path: str) -> str:
            done.append(path)
            return path

        first = asyncio.create_task(delete("a.txt"))
        case = await waiting(people, "exact")
        await people.deny(case["case"], "keep it")
        with pytest.raises(NotDone, match="keep it"):
            await asyncio.wait_for(first, ANSWER_S)
        second = asyncio.create_task(delete("b.txt"))
        other = await waiting(people, "exact")
        assert other["intent"] != case["intent"]
        await people.edit(other["case"], {"path": "c.txt"}, "that one")
        async with Client.open(agent="bob", settings=adapters_stack.plan.settings) as second_person:
            await second_person.approve(other["case"])  # what an edit makes dangerous needs a second person
        assert await asyncio.wait_for(second, ANSWER_S) == "c.txt"
    assert done == ["c.txt"]
