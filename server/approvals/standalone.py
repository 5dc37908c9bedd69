"""The approval page of a server that speaks over stdio: on a free loopback port, from the first request on."""

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import anyio.to_thread
from starlette.types import ASGIApp

if TYPE_CHECKING:
    import uvicorn

_HOST = "127.0.0.1"
_PATIENCE = 5


class Standalone:
    """Serves an application in a thread of its own: its signals and its loop are not ours.

    Args:
        app: Makes the application.
    """

    def __init__(self, app: Callable[[], ASGIApp]) -> None:
        self._app = app
        self._listener: socket.socket | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def open(self) -> str:
        """Serve, unless that is done already, and return where.

        Raises:
            OSError: no port can be had.
        """
        if self._listener is None:
            self._listener = socket.create_server((_HOST, 0))
            self._start(self._listener)
        return f"http://{_HOST}:{self._listener.getsockname()[1]}"

    async def aclose(self) -> None:
        """Finish what is under way and serve no more."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            await anyio.to_thread.run_sync(self._thread.join, _PATIENCE)
        if self._listener is not None:
            self._listener.close()

    def _start(self, listener: socket.socket) -> None:
        import uvicorn

        # No logging of its own: its access log would go to stdout, which belongs to the protocol.
        server = uvicorn.Server(
            uvicorn.Config(
                self._app(), log_config=None, access_log=False, ws="none", lifespan="off", proxy_headers=False
            )
        )
        self._server = server
        self._thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
        self._thread.start()
