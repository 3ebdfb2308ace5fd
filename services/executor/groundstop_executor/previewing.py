"""What a call would do, said by the tool itself before anybody agrees to it.

A command and not an attempt: nothing is claimed, and a preview must change nothing. Secrets are not resolved for it.
"""

import asyncio
from typing import Any

from groundstop.bus.commands import Command
from groundstop.callers import Caller
from groundstop.catalogue import Catalogue, ToolContext, resolve
from groundstop.errors import RequestFailed
from pydantic import TypeAdapter

ASKS = "approval"
PREVIEW_S = 2.0
CHARS_MAX = 4_000

_JSON = TypeAdapter(Any)


def make_previewing(catalogue: Catalogue) -> dict[str, Command]:
    """The command ``tool.preview``: tool, arguments and who would call -> ``{"text"}``."""

    async def preview(caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
        if caller.role != ASKS:
            raise RequestFailed("forbidden", f"previews are for briefings; {caller} is not {ASKS}")
        tool = catalogue.get(str(body.get("tool")))
        if tool is None or not tool.preview:
            raise RequestFailed("not_found", f"no tool {str(body.get('tool'))[:80]!r} that previews its calls")
        context = ToolContext(attempt=0, idempotency_key=body["who"]["intent"], **body["who"])
        try:
            async with asyncio.timeout(PREVIEW_S):
                said = await resolve(tool, tool.preview)(arguments=body["arguments"], context=context)
        except Exception as error:
            raise RequestFailed(
                "failed", f"{tool.name} could not say: {type(error).__name__}: {error}"[:500]
            ) from error
        return {"text": _text(said)[:CHARS_MAX]}

    return {"tool.preview": preview}


def _text(said: Any) -> str:
    return said if isinstance(said, str) else _JSON.dump_json(said, indent=2).decode()
