"""Asks an executor what a call would do, for the briefing: a person is waiting, so it may not take long."""

import nats.errors
import orjson
from groundstop.callers import command, service_caller
from groundstop.catalogue import Tool
from groundstop.commands.cases import PreviewShown
from groundstop.commands.tools import PreviewCall, WhoCalls
from groundstop.errors import RequestFailed
from nats.aio.client import Client

from groundstop_approval.domain.state import CaseState

ANSWER_S = 2.5
SERVICE = "approval"


async def preview_of(nc: Client, state: CaseState, tool: Tool | None) -> PreviewShown | None:
    """What the tool says of the call, or the problem; None for a tool that previews nothing."""
    if tool is None or not tool.preview:
        return None
    opened = state.opened
    who = WhoCalls(
        intent=opened.intent, tenant=opened.tenant, agent=opened.agent, task=opened.task, user=opened.proposal.user
    )
    asked = PreviewCall(tool=tool.name, arguments=state.call.arguments, who=who)
    subject = command(service_caller(SERVICE), asked.verb)
    try:
        reply = await nc.request(subject, orjson.dumps(asked.body()), timeout=ANSWER_S)
    except nats.errors.Error:
        return PreviewShown(problem="no executor answered in time")
    try:
        return PreviewShown(text=asked.read(orjson.loads(reply.data)).text)
    except RequestFailed as error:
        return PreviewShown(problem=str(error))
