"""The servers over HTTP that `tests.bench_throughput` compares, with the same workers, event loop and web server.

`python -m tests.support.throughput_server bare|ours|noop`
"""

import json
import multiprocessing
import os
import signal
import socket
import sys
import threading
from functools import partial
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import anyio
import httpx
from mcp import Client
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.types import CallToolRequestParams, CallToolResult, ListToolsResult, PaginatedRequestParams, Tool
from starlette.types import ASGIApp

from server.app import build
from server.memory import take_up_collecting
from server.observing.counting import new_metrics
from server.sandbox.app import build_sandbox
from server.sandbox.engine import Engine
from server.upstream.client import Upstream
from server.upstream.connection import Connection
from server.upstream.last_look import Seen
from server.upstream.limits import Limits
from server.upstream.watching import Watcher
from server.version import NAME, VERSION
from server.web.app import http_app
from server.web.fair_share import FairShare, OpenConnections
from server.web.running import run_until_told
from server.web.supervisor import Supervisor
from tests.support.world import settings
from tools.contract import Reply, Request

ResultT = TypeVar("ResultT")

Context = ServerRequestContext[object]

TASK_ID = "d23f0824-128b-4f33-8c5c-7fd0a6a3a450"
"""The first task of every sandbox of the default seed."""

WORKERS = 2
_PATIENCE = 10


def bare() -> ASGIApp:
    """Return the SDK's own web application around a tool that does nothing but give the answer that ours gives."""
    offered, answer = anyio.run(_what_ours_says)
    schemas = {tool.name: tool.input_schema for tool in offered}

    async def list_tools(context: Context, params: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=offered)

    async def call_tool(context: Context, params: CallToolRequestParams) -> CallToolResult:
        content = [part.model_copy() for part in answer.content]
        return CallToolResult(content=content, structured_content=dict(answer.structured_content or {}))

    server = Server(
        NAME,
        version=VERSION,
        title="bare",
        get_tool_input_schema=schemas.get,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )
    return server.streamable_http_app(stateless_http=True)


async def _what_ours_says() -> tuple[list[Tool], CallToolResult]:
    """Return our tools, and what get_task answers."""
    running = build(settings(api_key="key", api_secret="secret"), connection=to_stub())
    async with Client(running.server) as client:
        offered = await client.list_tools()
        result = await client.call_tool("get_task", {"task_id": TASK_ID})
    await running.aclose()
    assert not result.is_error
    return offered.tools, result


class Noop(Upstream):
    """Gives every request the first answer that it got."""

    _first: Reply[Any] | None = None

    async def send(self, request: Request, returns: type[ResultT], seen: Seen | None = None) -> Reply[ResultT]:
        """Return it."""
        self._first = self._first or await super().send(request, returns, seen)
        return self._first


def ours(counted: Path, upstream: type[Upstream] = Upstream) -> ASGIApp:
    """Return ours, as a worker has it, before a service that answers every request with the same task."""
    chosen, metrics = settings(workers=WORKERS, api_key="key", api_secret="secret"), new_metrics(counted)
    return http_app(build(chosen, connection=to_stub(upstream), meter=metrics), chosen, metrics=metrics)


def to_stub(upstream: type[Upstream] = Upstream) -> Connection:
    """Return the way to a service that answers every request with the same task."""
    return Connection(partial(at_once, upstream), "a stub", "a stub")


def at_once(upstream: type[Upstream], watcher: Watcher) -> Upstream:
    """Open the way to that service."""
    app = build_sandbox(tasks=1)
    engine = Engine(app.state.store, lambda: 0)
    task = json.dumps(engine.get(TASK_ID, "simplified")).encode()
    headers = {"content-type": "application/json"}
    transport = httpx.MockTransport(lambda request: httpx.Response(200, headers=headers, content=task))
    client = httpx.AsyncClient(transport=transport, base_url="http://stub", auth=("key", "secret"))
    return upstream(client, Limits(10), watcher)


def work(name: str, listener: socket.socket, share: FairShare, counted: Path, lifeline: "Pipe[None, None]") -> None:
    """Serve one of them until the process is told to end, or is left alone."""
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    app = bare() if name == "bare" else ours(counted, Noop if name == "noop" else Upstream)
    take_up_collecting()
    run_until_told(app, listener, _nothing, share=share)


async def _nothing() -> None:
    """Have nothing to close."""


def _end_with(lifeline: "Pipe[None, None]") -> None:
    try:
        lifeline.recv()
    except EOFError:
        os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Serve what is named, and say where."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    spawn = multiprocessing.get_context("spawn")
    theirs, lifeline = spawn.Pipe(duplex=False)
    connections = OpenConnections(spawn, WORKERS)
    with TemporaryDirectory() as folder, lifeline:

        def start(place: int) -> BaseProcess:
            given = (sys.argv[1], listener, connections.of(place), Path(folder), theirs)
            process = spawn.Process(target=work, args=given, daemon=True)
            process.start()
            return process

        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        Supervisor(start, WORKERS, _PATIENCE, lambda place, process: None).run(listener.close)


if __name__ == "__main__":
    main()
