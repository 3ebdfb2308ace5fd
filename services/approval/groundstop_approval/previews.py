"""Asks an executor what a call would do, for the briefing: a person is waiting, so it may not take long."""

from typing import Any

import nats.errors
import orjson
from groundstop.callers import command, service_caller
from groundstop.catalogue import Tool
from nats.aio.client import Client

from groundstop_approval.state import CaseState

ANSWER_S = 2.5
SERVICE = "approval"


async def preview_of(nc: Client, state: CaseState, tool: Tool | None) -> dict[str, str] | None:
    """``{"text"}`` or ``{"problem"}``; None for a tool that previews nothing."""
    if tool is None or not tool.preview:
        return None
    opened = state.opened
    who = {name: getattr(opened, name) for name in ("intent", "tenant", "agent", "task")} | {
        "user": opened.proposal.user
    }
    request: dict[str, Any] = {"tool": tool.name, "arguments": state.call.arguments, "who": who}
    try:
        answer = await nc.request(
            command(service_caller(SERVICE), "tool.preview"), orjson.dumps(request), timeout=ANSWER_S
        )
    except nats.errors.Error:
        return {"problem": "no executor answered in time"}
    found = orjson.loads(answer.data)
    return {"problem": found["error"]["message"]} if "error" in found else {"text": found["text"]}
