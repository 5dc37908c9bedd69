"""A server at which callers sign in, at an issuer beside it."""

import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
from mcp import Client
from mcp.client.session import ElicitationFnT
from starlette.types import ASGIApp, Receive, Scope, Send

from server.callers.sign_in import caller_sign_in
from server.web.app import http_app
from tests.support.authorization import Authorization
from tests.support.serving import PATIENCE, free_port, over_http, serve
from tests.support.world import Clock, Era, Sandbox, World, settings

HELLO = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}  # fmt: skip
ACCEPTS = {"Accept": "application/json, text/event-stream"}


class Door:
    """The server, its issuer, and the clock by which tokens are judged."""

    def __init__(
        self, world: World, issuer: Authorization, address: str, clock: Clock, browser: httpx.AsyncClient
    ) -> None:
        self.browser = browser
        self.world = world
        self.issuer = issuer
        self.address = address
        self.clock = clock

    async def knock(
        self, token: str | None = None, *, path: str = "/mcp", json: Any = HELLO, **headers: str
    ) -> httpx.Response:
        """Return what a request is answered with."""
        signed_in = {"Authorization": f"Bearer {token}"} if token is not None else {}
        return await self.browser.post(self.address + path, json=json, headers={**ACCEPTS, **signed_in, **headers})

    @asynccontextmanager
    async def client(
        self, token: str | None = None, era: Era = "modern", ask: ElicitationFnT | None = None
    ) -> AsyncGenerator[Client]:
        """Yield a client that brings a token; without one, one that allows everything."""
        mode = "auto" if era == "modern" else "legacy"
        async with (
            over_http(self.address, token or self.issuer.access_token()) as transport,
            Client(transport, mode=mode, elicitation_callback=ask, cache=None) as client,
        ):
            yield client


@asynccontextmanager
async def door(sandbox: Sandbox, *, up: bool = True, **given: Any) -> AsyncGenerator[Door]:
    """Yield such a server, with settings by their field names; `up` is whether its issuer can be reached."""
    clock, (listener, address) = Clock(time.time()), free_port()
    beside = address.replace("127.0.0.1", "localhost")
    issuer = Authorization(beside if up else _nowhere(), resource=f"{address}/mcp", now=clock)
    async with AsyncExitStack() as stack:
        chosen = settings(**{"public_url": address, "auth_issuer": issuer.address, **given})
        world = World(sandbox, chosen)
        app = http_app(world.running, chosen, callers=caller_sign_in(chosen, clock))
        await stack.enter_async_context(serve(_Both(app, issuer), listener=listener))
        # There are no certificates here, and reading those of the machine takes longer than the rest.
        browser = await stack.enter_async_context(httpx.AsyncClient(timeout=PATIENCE, verify=False))  # noqa: S501
        yield Door(world, issuer, address, clock, browser)
        await world.running.aclose()


class _Both:
    """The server under one name of this machine, and the issuer under the other: one socket is quicker than two."""

    def __init__(self, app: ASGIApp, issuer: Authorization) -> None:
        self._app = app
        self._issuer = issuer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        beside = any(name == b"host" and value.startswith(b"localhost") for name, value in scope.get("headers", ()))
        await (self._issuer.app if beside else self._app)(scope, receive, send)


def _nowhere() -> str:
    listener, address = free_port()
    listener.close()
    return address
