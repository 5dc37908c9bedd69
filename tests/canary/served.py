"""What web applications of ours answer."""

from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.canary.collector import Collector

_OURS, _NOT_OURS = "server.", "server.sandbox"
"""The sandbox stands for the service, and gives out tokens."""


class Served:
    """Passes requests on to an application, and writes down what it answers.

    Args:
        app: The application.
        collector: Writes down.
    """

    def __init__(self, app: ASGIApp, collector: Collector) -> None:
        self._app = app
        self._collector = collector

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        channel = "metrics" if scope["path"] == "/metrics" else "pages"

        async def watch(message: Message) -> None:
            if message.get("body"):
                self._collector.note(channel, message["body"].decode(errors="replace"))
            await send(message)

        await self._app(scope, receive, watch)


def is_ours(app: Any) -> bool:
    """Return whether any part of an application is of this project, and not what stands for somebody else's."""
    parts = [getattr(route, name, None) for route in getattr(app, "routes", []) for name in ("endpoint", "app")]
    modules = {str(getattr(part, "__module__", "")) for part in parts} | {type(part).__module__ for part in parts}
    return any(module.startswith(_OURS) and not module.startswith(_NOT_OURS) for module in modules)
