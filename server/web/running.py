"""A web application on a socket of ours, until the process is told to end."""

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from importlib.util import find_spec
from math import ceil
from types import FrameType
from typing import Any

import anyio
import uvicorn
from starlette.types import ASGIApp

from server.web.accepting import Accepting
from server.web.draining import Draining
from server.web.fair_share import FairShare

SETTLING = 20
"""Seconds that calls which were cancelled get to find out what became of them."""


def run_until_told(
    app: ASGIApp,
    listener: socket.socket,
    close: Callable[[], Awaitable[None]],
    *,
    share: FairShare | None = None,
    draining: Draining | None = None,
    drain_seconds: float = 0,
) -> None:
    """Serve an application until a signal says to end.

    Then nothing more is accepted, what is under way is finished, and `close` awaited. uvloop is used where there is
    one: the loop of the standard library holds small answers on open connections back for 40 ms.

    Args:
        app: The application.
        listener: Where.
        close: Awaited at the end.
        share: What there is to know of other workers that listen there; None where there are none.
        draining: Hears of the end when it begins.
        drain_seconds: How long calls under way may take then, before they are cancelled.

    Raises:
        KeyboardInterrupt: the signal was an interrupt.
    """
    server = _Server(_config(app), share, draining or Draining(), drain_seconds)
    options = {"use_uvloop": find_spec("uvloop") is not None}
    anyio.run(_serve, server, listener, close, backend_options=options)
    if signal.SIGINT in server.signals:
        raise KeyboardInterrupt


async def _serve(server: "_Server", listener: socket.socket, close: Callable[[], Awaitable[None]]) -> None:
    try:
        await server.serve(sockets=[listener])
    finally:
        await close()


KEPT_ALIVE = 75
"""Seconds that a connection on which nothing goes on stays open: longer than a proxy keeps it, which otherwise may send
a request, that it must not send again, while it is being closed."""


def _config(app: ASGIApp) -> uvicorn.Config:
    # Who is at the other end is what the connection says, and never a header: the approval page depends on it.
    # What there is to log goes where everything does: uvicorn's own lines would pass foreign text on as it is.
    return uvicorn.Config(
        app,
        log_level="warning",
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        proxy_headers=False,
        timeout_keep_alive=KEPT_ALIVE,
    )


class _Server(uvicorn.Server):
    """Tells those who have to know that it ends, and waits for what is under way.

    Args:
        config: What is served.
        share: What there is to know of other workers.
        draining: Hears of the end, and gives up what takes too long.
        drain_seconds: When that is.
    """

    def __init__(
        self, config: uvicorn.Config, share: FairShare | None, draining: Draining, drain_seconds: float
    ) -> None:
        super().__init__(config)
        self.signals: list[int] = []
        self._share = share
        self._accepting: list[Accepting] = []
        self._draining = draining
        self._drain_seconds = drain_seconds
        # What has not ended by then, although it was told to, is left behind.
        config.timeout_graceful_shutdown = ceil(drain_seconds) + SETTLING

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Note signals that say to end; nothing is left to be done about them once that was in order."""
        held = {number: signal.signal(number, self._told) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in held.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to take connections: beside others by hand, since a server of the event loop takes what it can get."""
        await super().startup(sockets if self._share is None else [])
        if self._share is not None:
            open_ones = self.server_state.connections
            self._accepting = [Accepting(each, self._protocol, open_ones, self._share) for each in sockets or []]
        for each in self._accepting:
            each.begin()

    def _protocol(self) -> asyncio.Protocol:
        made: Any = self.config.http_protocol_class
        return made(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    async def on_tick(self, counter: int) -> bool:
        """Keep the others informed of connections that have ended."""
        for each in self._accepting:
            each.tell()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End in order."""
        self._draining.begin()
        for each in self._accepting:
            each.close()
            await each.settle()
        giving_up = asyncio.get_running_loop().call_later(self._drain_seconds, self._draining.give_up)
        try:
            await super().shutdown(sockets)
        finally:
            giving_up.cancel()

    def _told(self, number: int, frame: FrameType | None) -> Any:
        self.signals.append(number)
        self.handle_exit(number, frame)
