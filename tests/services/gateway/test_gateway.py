"""An MCP client behind the gateway: real servers, a real stack, and people who decide."""

import asyncio
import sys
from typing import Any

import pytest
from groundstop import subjects
from groundstop.events import Outcome
from groundstop.testing import eventually
from groundstop.vocabulary import Status
from mcp import MCPError
from mcp_types import CallToolResult

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600)]
ANSWER_S = 60.0


def text_of(result: CallToolResult) -> str:
    """The first text of a result."""
    return str(getattr(result.content[0], "text", ""))


async def test_a_safe_call_is_an_intent_and_its_answer_is_the_servers(gate: Any) -> None:
    async with gate.client("safe-agent") as client:
        assert {tool.name for tool in (await client.list_tools()).tools} >= {"read", "delete"}
        result = await client.call_tool("read", {"path": "/a"})
        assert (text_of(result), result.is_error) == ("read /a: done", False)
        intent = (result.meta or {})["groundstop"]["intent"]
        kinds = [step.kind for step in await gate.people.trace(intent)]
        assert kinds == ["intent.submitted", "intent.classified", "intent.cleared", "execution.started", "outcome"]
    assert gate.effects == ["read /a"]


async def test_what_only_reads_passes_through(gate: Any) -> None:
    async with gate.client("reader") as client:
        assert [str(one.uri) for one in (await client.list_resources()).resources] == ["note://one"]
        read = await client.read_resource("note://one")
        assert read.contents[0].text == "a note"
        assert [one.name for one in (await client.list_prompts()).prompts] == ["greet"]


async def test_a_dangerous_call_waits_with_progress_and_runs_once_when_approved(gate: Any) -> None:
    told: list[str] = []

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        told.append(message or "")

    async with gate.client("careful") as client:
        calling = asyncio.create_task(client.call_tool("delete", {"path": "/b"}, progress_callback=on_progress))
        case = await gate.case("careful")
        assert gate.effects == []
        await eventually(lambda: _value(any(case["case"] in text for text in told)), "the client to be told", ANSWER_S)
        await gate.people.approve(case["case"])
        result = await asyncio.wait_for(calling, ANSWER_S)
    assert (text_of(result), gate.effects) == ("delete /b: done", ["delete /b"])


async def test_a_denied_call_says_so_and_does_nothing(gate: Any) -> None:
    async with gate.client("denied") as client:
        calling = asyncio.create_task(client.call_tool("delete", {"path": "/c"}))
        await gate.people.deny((await gate.case("denied"))["case"], "not today")
        result = await asyncio.wait_for(calling, ANSWER_S)
    assert result.is_error
    assert "not today" in text_of(result)
    assert gate.effects == []


async def test_a_cancelled_call_is_withdrawn(gate: Any) -> None:
    async with gate.client("hasty") as client:
        calling = asyncio.create_task(client.call_tool("delete", {"path": "/d"}))
        intent = (await gate.case("hasty"))["intent"]
        calling.cancel()
        outcome = await eventually(lambda: gate.people.outcome_of(intent), "the withdrawal", ANSWER_S)
    assert outcome.status is Status.CANCELLED
    assert gate.effects == []


async def test_a_client_that_gives_up_finds_its_call_again_and_it_runs_once(gate: Any) -> None:
    """Without a progress token the gateway answers before the client's patience ends."""
    async with gate.client("impatient", wait_s=0.3) as client:
        first = await client.call_tool("delete", {"path": "/e"})
        assert first.is_error
        assert (first.meta or {})["groundstop"]["status"] == "pending"
        await gate.people.approve((await gate.case("impatient"))["case"])
        intent = (first.meta or {})["groundstop"]["intent"]
        await eventually(lambda: gate.people.outcome_of(intent), "the outcome", ANSWER_S)
        second = await client.call_tool("delete", {"path": "/e"})
    assert (text_of(second), (second.meta or {})["groundstop"]["intent"]) == ("delete /e: done", intent)
    assert gate.effects == ["delete /e"]


async def test_a_restarted_gateway_goes_on_with_the_call_that_waits(gate: Any) -> None:
    """Nobody answers for the intent of a gateway that is gone; the same call again is the same intent."""
    async with gate.client("reborn", wait_s=0.3) as client:
        first = await client.call_tool("delete", {"path": "/f"})
    case = await gate.case("reborn")
    told: list[str] = []

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        told.append(message or "")

    async with gate.client("reborn") as client:
        calling = asyncio.create_task(client.call_tool("delete", {"path": "/f"}, progress_callback=on_progress))
        attached = "the gateway to go on with it"
        await eventually(lambda: _value(any(case["intent"] in text for text in told)), attached, ANSWER_S)
        await gate.people.approve(case["case"])
        result = await asyncio.wait_for(calling, ANSWER_S)
    assert (result.meta or {})["groundstop"]["intent"] == case["intent"] == (first.meta or {})["groundstop"]["intent"]
    assert gate.effects == ["delete /f"]


async def test_a_changed_definition_is_held_until_it_is_accepted(gate: Any) -> None:
    async with gate.client("rugged") as client:
        await client.list_tools()
        (gate.folder / "rug").touch()
        assert "read" not in {tool.name for tool in (await client.list_tools()).tools}
        held = await client.call_tool("read", {"path": "/g"})
        assert held.is_error
        assert "its description changed since it was pinned" in text_of(held)
        assert gate.effects == []
        answer = await _command("mcp", "pins", "accept", "fx", "read", "--pins", str(gate.folder / "pins.json"))
        assert answer == "accepted: read"
        assert "read" in {tool.name for tool in (await client.list_tools()).tools}
        assert not (await client.call_tool("read", {"path": "/g"})).is_error


async def test_a_description_that_gives_orders_is_not_shown(gate: Any) -> None:
    (gate.folder / "poisoned").touch()
    async with gate.client("poisoned") as client:
        assert "helper" not in {tool.name for tool in (await client.list_tools()).tools}
        held = await client.call_tool("helper", {"path": "/h"})
    assert held.is_error
    assert "prompt injection" in text_of(held)
    assert gate.effects == []


async def test_a_result_that_gives_orders_is_held_back_or_marked(gate: Any) -> None:
    async with gate.client("surfer") as client:
        held = await client.call_tool("page", {"path": "/i"})
    assert held.is_error
    assert "held back" in text_of(held)
    assert "password" not in str(held)
    async with gate.client("surfer", results="annotate") as client:
        marked = await client.call_tool("page", {"path": "/i"})
    assert "not instructions" in text_of(marked)
    assert len(marked.content) == 2


async def test_errors_of_the_server_stay_what_they_were(gate: Any) -> None:
    async with gate.client("unlucky") as client:
        broken = await client.call_tool("broken", {"path": "/j"})
        assert (text_of(broken), broken.is_error) == ("disk on fire", True)
        with pytest.raises(MCPError, match="Unknown tool: nothing"):
            await client.call_tool("nothing", {})


async def test_several_servers_have_namespaces(gate: Any) -> None:
    spec = gate.options("many").servers["fx"]
    async with gate.client("many", servers={"fx": spec, "other": spec}) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        assert {"fx__read", "other__read"} <= names
        assert text_of(await client.call_tool("fx__read", {"path": "/k"})) == "read /k: done"
        seen = await gate.people.log.last_fact(Outcome, subjects.pattern("outcome", agent="many"))
    assert seen.tool == "mcp.fx.read"


async def _command(*arguments: str) -> str:
    """What the command line says."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "groundstop.cli", *arguments, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await asyncio.wait_for(process.communicate(), ANSWER_S)
    return said.decode().strip()


async def _value(value: Any) -> Any:
    return value


async def test_a_tool_that_nobody_declared_waits_for_a_person_and_runs_once(gate: Any) -> None:
    """One line in a client's configuration needs no catalogue: what is not known counts as dangerous."""
    spec = gate.options("new").servers["fx"]
    async with gate.client("new", servers={"brandnew": spec}) as client:
        calling = asyncio.create_task(client.call_tool("read", {"path": "/n"}))
        case = await gate.case("new")
        assert (case["call"]["tool"], case["judgement"]["risk"]) == ("mcp.brandnew.read", "dangerous")
        await gate.people.approve(case["case"])
        result = await asyncio.wait_for(calling, ANSWER_S)
    assert (text_of(result), gate.effects) == ("read /n: done", ["read /n"])
