"""Streams begin anew: none is kept here that could be resumed."""

from starlette.types import ASGIApp, Receive, Scope, Send

_NAME = b"last-event-id"


class FreshStreams:
    """Middleware that takes out the wish to resume a stream; the SDK has no answer to that where no stream is kept.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] == "http" and _NAME in dict(scope["headers"]):
            scope["headers"] = [pair for pair in scope["headers"] if pair[0] != _NAME]
        await self._app(scope, receive, send)
