"""What a call would do, said by the tool itself before anybody agrees to it.

A command and not an attempt: nothing is claimed, and a preview must change nothing. Secrets are not resolved for it.
"""

import asyncio
from typing import Any

from groundstop.callers import Caller
from groundstop.catalogue import Catalogue, ToolContext, resolve
from groundstop.commands import Handled
from groundstop.commands.tools import Preview, PreviewCall
from groundstop.errors import RequestFailed
from groundstop.vocabulary import ErrorCode
from pydantic import TypeAdapter

ASKS = "approval"
PREVIEW_S = 2.0
CHARS_MAX = 4_000

_JSON = TypeAdapter(Any)


def make_previewing(catalogue: Catalogue) -> tuple[Handled[Caller], ...]:
    """The command ``tool.preview``."""

    async def preview(caller: Caller, asked: PreviewCall) -> Preview:
        if caller.role != ASKS:
            raise RequestFailed(ErrorCode.FORBIDDEN, f"previews are for briefings; {caller} is not {ASKS}")
        tool = catalogue.get(asked.tool)
        if tool is None or not tool.preview:
            raise RequestFailed(ErrorCode.NOT_FOUND, f"no tool {asked.tool[:80]!r} that previews its calls")
        who = asked.who
        context = ToolContext(
            attempt=0, idempotency_key=who.intent, intent=who.intent, tenant=who.tenant, agent=who.agent, task=who.task,
            user=who.user,
        )  # fmt: skip
        try:
            async with asyncio.timeout(PREVIEW_S):
                said = await resolve(tool, tool.preview)(arguments=asked.arguments, context=context)
        except Exception as error:
            raise RequestFailed(
                ErrorCode.FAILED, f"{tool.name} could not say: {type(error).__name__}: {error}"[:500]
            ) from error
        return Preview(text=_text(said)[:CHARS_MAX])

    return (PreviewCall.handled_by(preview),)


def _text(said: Any) -> str:
    return said if isinstance(said, str) else _JSON.dump_json(said, indent=2).decode()
