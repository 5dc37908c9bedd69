"""One call, as a host makes it: through a client in this process, by the protocol, with questions and progress."""

from types import TracebackType
from typing import Any, Self

from mcp import Client
from mcp.client import ClientRequestContext
from mcp.server.lowlevel import Server
from mcp.types import (
    CallToolRequest,
    CallToolRequestParams,
    CallToolResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitRequestParams,
    ElicitResult,
    Implementation,
    InputRequest,
    InputRequiredResult,
    InputResponses,
)
from mcp.types.version import LATEST_MODERN_VERSION
from pydantic import TypeAdapter

from server.calling.terminal import AtTheTerminal
from server.version import NAME, VERSION

CLIENT = f"{NAME} call"

_MOST_QUESTIONS = 10
"""Questions that are answered in one call, after which the server is at fault."""


class Conversation:
    """Calls tools of a server.

    Args:
        server: The server.
        terminal: Puts its questions to the person there, if there is one.
    """

    def __init__(self, server: Server[Any], terminal: AtTheTerminal) -> None:
        self._terminal = terminal
        self._client = Client(
            server,
            mode=LATEST_MODERN_VERSION,
            client_info=Implementation(name=CLIENT, version=VERSION),
            # This declares forms. The questions themselves come as results, and are answered below.
            elicitation_callback=self._asked if terminal.is_there() else None,
            cache=None,
        )

    async def __aenter__(self) -> Self:
        """Connect."""
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave."""
        await self._client.__aexit__(kind, error, trace)

    async def call(self, tool: str, arguments: dict[str, Any]) -> CallToolResult:
        """Return what comes of a call.

        Raises:
            MCPError: the server has no result.
            RuntimeError: it does not stop asking.
        """
        responses: InputResponses | None = None
        state: str | None = None
        for _ in range(_MOST_QUESTIONS):
            result = await self._sent(tool, arguments, responses, state)
            if isinstance(result, CallToolResult):
                return result
            responses = {key: self._answer(request) for key, request in (result.input_requests or {}).items()}
            state = result.request_state
        raise RuntimeError("the server does not stop asking")

    async def _sent(
        self, tool: str, arguments: dict[str, Any], responses: InputResponses | None, state: str | None
    ) -> CallToolResult | InputRequiredResult:
        # Not the session's own `call_tool`: that holds the result against its schema, and would turn a change that was
        # made into a failure. The two are from the same process.
        params = CallToolRequestParams(name=tool, arguments=arguments, input_responses=responses, request_state=state)
        result: TypeAdapter[CallToolResult | InputRequiredResult] = TypeAdapter(CallToolResult | InputRequiredResult)
        return await self._client.session.send_request(
            CallToolRequest(params=params), result, progress_callback=self._progress
        )

    def _answer(self, request: InputRequest) -> ElicitResult:
        if isinstance(request, ElicitRequest) and isinstance(request.params, ElicitRequestFormParams):
            return self._put(request.params)
        return ElicitResult(action="cancel")

    async def _asked(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        return self._put(params) if isinstance(params, ElicitRequestFormParams) else ElicitResult(action="cancel")

    def _put(self, form: ElicitRequestFormParams) -> ElicitResult:
        """Put a form to the person: it has one box, and a typed yes ticks it."""
        agreed = self._terminal.agrees(form.message)
        if agreed is None:
            return ElicitResult(action="cancel")
        boxes = list(form.requested_schema.get("properties", {}))
        if not agreed or len(boxes) != 1:
            return ElicitResult(action="decline")
        return ElicitResult(action="accept", content={boxes[0]: True})

    async def _progress(self, progress: float, total: float | None, message: str | None) -> None:
        if message:
            self._terminal.say(message)
