"""Many sandboxes behind one web server: each cell's has a host name of its own."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send


class Hosts:
    """Passes a request on to the application of the host that it names."""

    def __init__(self) -> None:
        self.apps: dict[str, ASGIApp] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what a web server is asked."""
        if scope["type"] == "http":
            await self.apps[Headers(scope=scope)["host"]](scope, receive, send)
