"""What is beside /mcp for those who watch this server: /readyz, /metrics, and a count of what /mcp refuses."""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Protocol

import anyio.to_thread
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.app import Running
from server.observing.readiness import Readiness
from server.observing.unfailing import Unfailing


class Told(Protocol):
    """What was counted."""

    def told(self, accepted: str) -> tuple[bytes, str]:
        """Return it, and its content type."""
        ...

    def refused(self, status: int) -> None:
        """Count a request that came to no call."""
        ...


def watching_routes(
    running: Running, ending: Callable[[], bool], metrics: Told | None, before: Sequence[Middleware] = ()
) -> list[Route]:
    """Return the routes of those who watch this server; they need not sign in, and learn nothing of anybody.

    Args:
        running: The server.
        ending: Whether the process was told to end.
        metrics: What was counted; None leaves /metrics out.
        before: Sees requests before they do.
    """
    readiness = Readiness(running.store.check_now, running.calls.health, ending)
    routes = [Route("/readyz", readiness.answer, middleware=before)]
    return routes if metrics is None else [*routes, Route("/metrics", _scraped(metrics), middleware=before)]


def _scraped(metrics: Told) -> Callable[[Request], Awaitable[Response]]:
    async def scraped(request: Request) -> Response:
        # In a thread: of many workers there is much to read.
        told, content_type = await anyio.to_thread.run_sync(metrics.told, request.headers.get("accept", ""))
        return Response(told, headers={"Content-Type": content_type})

    return scraped


class CountingRefusals:
    """Counts what is refused at /mcp: for its host or origin, for who asks, how often, or what it is.

    Args:
        app: The web application.
        path: Where /mcp is.
        metrics: Counts.
    """

    def __init__(self, app: ASGIApp, path: str, metrics: Told) -> None:
        self._app = app
        self._path = path
        self._metrics = metrics
        self._unfailing = Unfailing()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= HTTPStatus.BAD_REQUEST:
                self._unfailing(self._metrics.refused, message["status"])
            await send(message)

        at_mcp = scope["type"] == "http" and scope["path"] == self._path
        await self._app(scope, receive, watch if at_mcp else send)
