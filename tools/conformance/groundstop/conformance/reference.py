"""Every role in Python, as an example of what the kit checks: ``python -m groundstop.conformance.reference ROLE``."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from groundstop.catalogue import ToolContext, ToolFailed
from groundstop.client import Client
from groundstop.client.worker import Worker
from groundstop.clock import Clock
from groundstop.commands.cases import DecideCase
from groundstop.errors import BadInput, RequestFailed
from groundstop.settings import Settings
from nats.aio.msg import Msg
from pydantic import ValidationError

TOOL = "kit.probe"
Doing = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


def agent(client: Client) -> Mapping[str, Doing]:
    """An agent."""

    async def submit(body: dict[str, Any]) -> dict[str, Any]:
        ticket = await client.submit(
            body["tool"], body["arguments"], intent=body["intent"] or " ", task=body["task"],
            confidence=body["confidence"],
        )  # fmt: skip
        return {"seq": ticket.seq}

    async def outcome(body: dict[str, Any]) -> dict[str, Any]:
        found = None
        while found is None:
            found = await client.outcome_of(body["intent"])
        return found.model_dump(mode="json")

    async def withdraw(body: dict[str, Any]) -> dict[str, Any]:
        return (await client.withdraw(body["intent"], body["note"])).wire()

    return {"submit": submit, "outcome": outcome, "withdraw": withdraw}


def approver(client: Client) -> Mapping[str, Doing]:
    """An approver's program."""

    async def listed(body: dict[str, Any]) -> dict[str, Any]:
        return {"cases": [case.wire() for case in await client.cases()]}

    async def show(body: dict[str, Any]) -> dict[str, Any]:
        return (await client.case(body["case"])).case.call.model_dump(mode="json")

    async def decide(body: dict[str, Any]) -> dict[str, Any]:
        shown = await show(body)
        asked = DecideCase(case=body["case"], verdict=body["verdict"], note=body["note"], digest=shown["digest"])
        return (await client.ask(asked)).wire()

    return {"list": listed, "show": show, "decide": decide}


async def probe(arguments: dict[str, Any], context: ToolContext) -> Any:
    """The tool that the kit calls."""
    if arguments.get("fail") == "none":
        raise ToolFailed("nothing was done")
    if arguments.get("fail") == "unknown":
        raise RuntimeError("lost in the middle")
    await Clock().sleep(arguments.get("sleep_s", 0))
    return arguments.get("say")


def worker(client: Client) -> Mapping[str, Doing]:
    """A worker; the kit speaks to its tool alone."""
    return {}


ROLES: Mapping[str, Callable[[Client], Mapping[str, Doing]]] = {"agent": agent, "approver": approver, "worker": worker}


async def main(role: str) -> None:
    """Answer the kit until cancelled."""
    async with Client.open(agent=f"reference-{role}", settings=Settings()) as client:
        doing = ROLES[role](client)
        if role == "worker":
            await Worker(client.nc, Clock(), TOOL, probe).start()

        async def on_ask(message: Msg) -> None:
            body = orjson.loads(message.data)
            await message.respond(orjson.dumps(await _answer(client, doing, body)))

        await client.nc.subscribe(f"gs.conformance.{role}", cb=on_ask)
        await asyncio.Event().wait()


async def _answer(client: Client, doing: Mapping[str, Doing], body: dict[str, Any]) -> dict[str, Any]:
    if body["do"] == "hello":
        return {"tenant": client.tenant, "agent": client.agent, "tool": TOOL}
    try:
        return await doing[body["do"]](body)
    except BadInput as error:
        return {"error": error.reason.value}
    except RequestFailed as error:
        return {"error": error.code}
    except ValidationError:
        return {"error": "invalid_fields"}


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
