"""Gateways that answer as a test wants, over real sockets, and the upstream client of a server that has one."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import anyio
import anyio.abc
import anyio.lowlevel
import httpx
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from server.upstream.client import Upstream
from server.upstream.connection import connection_for
from server.upstream.errors import UpstreamFailure
from server.upstream.limits import Limits
from server.upstream.watching import Unwatched, Watcher
from tests.support.serving import PATIENCE
from tests.support.world import settings
from tools.contract import Request
from tools.models.entity import Created, Task

READ = Request("GET", ("rules", "v1", "tasks", "t1"))
WRITE = Request("POST", ("rules", "v1", "tasks"), body={"name": "Pump"})
TASK: dict[str, Any] = {"ID": "t1", "name": "Pump", "status": "running", "user": "u", "createTime": 0, "network": {}}

Behaviour = Callable[[anyio.abc.SocketStream], Awaitable[object]]


class Answers:
    """Answers in turn, and with the last answer from then on; None is silence until the caller leaves."""

    def __init__(self, *answers: Response | None) -> None:
        self._answers = list(answers)
        self.requests: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] != "http":
            return
        self.requests.append(scope)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if answer is not None:
            await answer(scope, receive, send)
        while answer is None and (await receive())["type"] != "http.disconnect":
            pass

    @property
    def count(self) -> int:
        """How many requests came."""
        return len(self.requests)

    async def had(self, count: int) -> None:
        """Wait until so many requests came."""
        await _until(lambda: self.count >= count)


async def under_way(upstream: Upstream, in_flight: int, waiting: int = 0) -> None:
    """Wait until so many requests of a client are under way and wait for their turn."""
    await _until(lambda: (upstream.health().in_flight, upstream.health().waiting) == (in_flight, waiting))


async def _until(true: Callable[[], bool]) -> None:
    with anyio.fail_after(PATIENCE):
        while not true():
            await anyio.lowlevel.checkpoint()


@asynccontextmanager
async def configured(gateway: str, **given: Any) -> AsyncGenerator[Upstream]:
    """Yield the client that these settings come to, which tries everything once unless they say otherwise."""
    credentials = {"api_key": "the-key", "api_secret": "the-secret"}
    reached = connection_for(settings(**{"gateway_url": gateway, **credentials, "retry_attempts": 1, **given}))
    upstream = reached.open(Unwatched())
    try:
        yield upstream
    finally:
        await upstream.aclose()


@asynccontextmanager
async def patient(gateway: str, watcher: Watcher | None = None, **limits: Any) -> AsyncGenerator[Upstream]:
    """Yield a client with these limits that hardly pauses."""
    client = httpx.AsyncClient(base_url=gateway, auth=("the-key", "the-secret"), timeout=limits.pop("silence", 5))
    upstream = Upstream(client, replace(Limits(pause=0.001), **limits), watcher or Unwatched())
    try:
        yield upstream
    finally:
        await upstream.aclose()


async def failure_of(upstream: Upstream, request: Request) -> UpstreamFailure:
    """Return the failure that a request ends in."""
    try:
        reply = await upstream.send(request, Task if request.method == "GET" else Created)
    except UpstreamFailure as failure:
        return failure
    raise AssertionError(f"{request.method} succeeded with {reply.status}")


@asynccontextmanager
async def raw(behaviour: Behaviour) -> AsyncGenerator[int]:
    """Serve a TCP port with whatever behaviour; yields the port."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")

    async def handle(stream: anyio.abc.SocketStream) -> None:
        with suppress(anyio.BrokenResourceError, anyio.EndOfStream):
            async with stream:
                await behaviour(stream)

    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, handle)
        yield listener.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 - no Django here
        tasks.cancel_scope.cancel()
