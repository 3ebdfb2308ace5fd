"""Commands about tools, asked among services. Answered by executors."""

from typing import Any

from groundstop.commands.base import Answer, Asked, Command, Needed


class WhoCalls(Asked):
    """In whose name the call would be made."""

    intent: str
    tenant: str
    agent: str
    task: str
    user: str = ""


class Preview(Answer):
    """What the tool says of the call."""

    text: str


class PreviewCall(Command[Preview], verb="tool.preview", answered_by="executor", roles=frozenset({"approval"})):
    """What a call would do, said by its tool."""

    tool: Needed
    arguments: dict[str, Any]
    who: WhoCalls
