"""Requests that the end of the server cuts short, so that it is held up by none."""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.web.draining import Draining

_GIVEN_UP = (
    "This server is ending, and gave this call up before it was over. If the call was to change something, "
    "list_changes tells what became of that."
)
_INTERNAL_ERROR = -32603


class Ending:
    """Ends requests when the server does.

    On a stream that a client of the older era opens to hear from the server nothing is under way, and it lasts as long
    as the session: it ends as soon as the server is told to.

    Args:
        app: The web application.
        path: Where its endpoint is.
        draining: When to end them.
    """

    def __init__(self, app: ASGIApp, path: str, draining: Draining) -> None:
        self._app = app
        self._path = path
        self._draining = draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and answer it where that was cut short."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        standing, answer = (scope["method"], scope["path"]) == ("GET", self._path), _Answer(send)
        with self._draining.busy(standing=standing) as busy:
            await self._app(scope, receive, answer.send)
        if busy.cancelled_caught:
            await answer.cut_short(scope, receive)


class _Answer:
    """Knows how far an answer has got."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._begun = self._whole = False

    async def send(self, message: Message) -> None:
        """Pass a piece on."""
        self._begun = True
        self._whole = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self._send(message)

    async def cut_short(self, scope: Scope, receive: Receive) -> None:
        """Give an answer, or end the one that was begun, so that the client sees an end and no fault."""
        if not self._begun:
            error = {"code": _INTERNAL_ERROR, "message": _GIVEN_UP}
            body = {"jsonrpc": "2.0", "id": None, "error": error}
            await JSONResponse(body, 503)(scope, receive, self._send)
        elif not self._whole:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
