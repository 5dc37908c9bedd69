"""Where a server keeps no sessions it has nothing to say on a stream: the protocol then has it refuse to open one."""

from http import HTTPStatus

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_SAYS = "This server keeps no sessions, so there is nothing to hear from it here. POST requests to this address.\n"


class NoStream:
    """Middleware that refuses a stream on which a client of the older era would wait for ever.

    Source: the protocol's revision 2025-11-25, Transports, "Listening for Messages from the Server".

    Args:
        app: What answers everything else.
        path: Where the endpoint is.
    """

    def __init__(self, app: ASGIApp, path: str) -> None:
        self._app = app
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http" and (scope["method"], scope["path"]) == ("GET", self._path):
            refusal = PlainTextResponse(_SAYS, HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": "POST"})
            await refusal(scope, receive, send)
        else:
            await self._app(scope, receive, send)
