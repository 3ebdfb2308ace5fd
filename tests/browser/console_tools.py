"""Tools of the stack that the console's tests run: one that takes long, one that needs people."""

import asyncio

from groundstop.catalogue import Undo, tool


@tool(action_type="work.slow", risk="safe", timeout_s=120)
async def work__slow(seconds: float) -> str:
    """Take a while."""
    await asyncio.sleep(seconds)  # noqa: TID251 - a tool may sleep
    return "done"


@tool(action_type="money.send", risk="dangerous")
async def money__send(to: str, amount: float, memo: str = "") -> dict[str, object]:
    """Send money."""
    return {"to": to, "amount": amount, "memo": memo}


@tool(action_type="note.write", risk="safe")
async def note__write(text: str) -> str:
    """Write a note."""
    return text


@tool(action_type="mail.send", risk="risky")
async def mail__send(to: str) -> str:
    """Send one mail."""
    return to


@tool(action_type="box.put", risk="safe", undo=Undo(tool="box.take", arguments={"item": "result.item"}))
async def box__put(item: str) -> dict[str, str]:
    """Put an item into the box."""
    return {"item": item}


@tool(action_type="box.take", risk="safe")
async def box__take(item: str) -> dict[str, str]:
    """Take an item out of the box."""
    return {"item": item}
