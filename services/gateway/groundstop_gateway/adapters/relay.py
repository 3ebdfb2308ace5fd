"""What a server says by itself goes to the client: questions to the one whose call it does, news to all."""

import contextlib
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from mcp import MCPError
from mcp.client.session import ClientRequestContext
from mcp.server import ServerRequestContext
from mcp.server.session import ServerSession
from mcp.shared.message import ServerMessageMetadata
from mcp_types import (
    INVALID_REQUEST,
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    CreateMessageResultWithTools,
    ElicitRequest,
    ElicitRequestParams,
    ElicitResult,
    ErrorData,
    ListRootsRequest,
    ListRootsResult,
    LoggingMessageNotification,
    LoggingMessageNotificationParams,
    PromptListChangedNotification,
    ResourceListChangedNotification,
    ResourceUpdatedNotification,
    ToolListChangedNotification,
)
from mcp_types import RequestParams as NoParams

SESSIONS_MAX = 1000
_NEWS = (
    ToolListChangedNotification,
    PromptListChangedNotification,
    ResourceListChangedNotification,
    ResourceUpdatedNotification,
)
Context = ServerRequestContext[Any, Any]


class Relay:
    """Between one server and all clients of the gateway."""

    def __init__(self) -> None:
        self._calls: list[Context] = []
        self._sessions: OrderedDict[str, ServerSession] = OrderedDict()

    def know(self, key: str, session: ServerSession) -> None:
        """A client that news go to; the oldest is forgotten when there are too many."""
        self._sessions[key] = session
        self._sessions.move_to_end(key)
        if len(self._sessions) > SESSIONS_MAX:
            self._sessions.popitem(last=False)

    @contextlib.contextmanager
    def calling(self, context: Context) -> Iterator[None]:
        """While a call of this client is being done."""
        self._calls.append(context)
        try:
            yield
        finally:
            self._calls.remove(context)

    def _asked(self) -> Context | None:
        """Whose call a question is about. With several at work nobody can tell, and nobody is asked."""
        return self._calls[0] if len(self._calls) == 1 else None

    async def _ask(self, request: Any, answer: Any) -> Any:
        context = self._asked()
        if context is None or not context.session.can_send_request:
            return ErrorData(code=INVALID_REQUEST, message="there is no client that could be asked about this call")
        try:
            return await context.session.send_request(request, answer, metadata=_about(context))
        except MCPError as error:
            return error.error

    async def sampling(
        self, context: ClientRequestContext, params: CreateMessageRequestParams
    ) -> CreateMessageResult | CreateMessageResultWithTools | ErrorData:
        """A server wants the client's model."""
        answer: CreateMessageResult | ErrorData = await self._ask(
            CreateMessageRequest(params=params), CreateMessageResult
        )
        return answer

    async def elicitation(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult | ErrorData:
        """A server asks the client's user."""
        answer: ElicitResult | ErrorData = await self._ask(ElicitRequest(params=params), ElicitResult)
        return answer

    async def roots(self, context: ClientRequestContext) -> ListRootsResult | ErrorData:
        """A server asks which folders it may see."""
        answer: ListRootsResult | ErrorData = await self._ask(ListRootsRequest(params=NoParams()), ListRootsResult)
        return answer

    async def logging(self, params: LoggingMessageNotificationParams) -> None:
        """A server's log line, for the client whose call it does."""
        context = self._asked()
        if context is not None:
            with contextlib.suppress(MCPError):
                await context.session.send_notification(LoggingMessageNotification(params=params), context.request_id)

    async def message(self, message: Any) -> None:
        """News for everybody: a list changed, a resource changed."""
        if not isinstance(message, _NEWS):
            return
        for key, session in list(self._sessions.items()):
            try:
                await session.send_notification(message)
            except Exception:  # whoever has gone is not told any more
                self._sessions.pop(key, None)


def _about(context: Context) -> Any:
    return ServerMessageMetadata(related_request_id=context.request_id)


def session_of(context: Context) -> str:
    """What tells one client's connection from another's; empty where there is only one."""
    headers = getattr(context.request, "headers", None) or {}
    return str(headers.get("mcp-session-id", ""))
