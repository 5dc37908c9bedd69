"""Servers over HTTP that are compared: this one before a service that answers at once, and the least the SDK needs.

All have the same workers, loop and web server. `bare` has a tool that does nothing, `ours` gets every answer over httpx
from a service in its own process, and `noop` is ours without what lies between it and the service.
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

import httpx
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.types import CallToolRequestParams, CallToolResult, TextContent
from starlette.types import ASGIApp

from server.app import build
from server.memory import take_up_collecting
from server.observing.counting import new_metrics
from server.sandbox.app import build_sandbox
from server.sandbox.engine import Engine
from server.upstream.client import Upstream
from server.upstream.connection import Connection
from server.upstream.limits import Limits
from server.upstream.watching import Watcher
from server.web.app import http_app
from server.web.running import run_until_told
from server.web.supervisor import Supervisor
from tests.support.bare_server import list_tools
from tests.support.world import settings
from tools.contract import Reply, Request

ResultT = TypeVar("ResultT")

WORKERS = 2
_PATIENCE = 10


async def noop(context: ServerRequestContext[object], params: CallToolRequestParams) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text="ok")])


def bare() -> ASGIApp:
    """Return the SDK's own web application around a tool that does nothing."""
    server = Server("bare", version="0", on_list_tools=list_tools, on_call_tool=noop)
    return server.streamable_http_app(stateless_http=True)


class Noop(Upstream):
    """Gives every request the first answer that it got."""

    _first: Reply[Any] | None = None

    async def send(self, request: Request, returns: type[ResultT]) -> Reply[ResultT]:
        """Return it."""
        self._first = self._first or await super().send(request, returns)
        return self._first


def ours(counted: Path, upstream: type[Upstream] = Upstream) -> ASGIApp:
    """Return ours, as a worker has it, before a service that answers every request with the same task."""
    chosen, metrics = settings(workers=WORKERS, api_key="key", api_secret="secret"), new_metrics(counted)
    reached = Connection(partial(at_once, upstream), "a stub", "a stub")
    return http_app(build(chosen, connection=reached, meter=metrics), chosen, metrics=metrics)


def at_once(upstream: type[Upstream], watcher: Watcher) -> Upstream:
    """Open the way to that service."""
    app = build_sandbox(tasks=1)
    engine = Engine(app.state.store, lambda: 0)
    (row,) = app.state.store.page("SELECT seq FROM tasks WHERE 1 = 1", (), 1, 0, scans=False)[0]
    task = json.dumps(engine.get(row[0].id, "simplified")).encode()
    headers = {"content-type": "application/json"}
    transport = httpx.MockTransport(lambda request: httpx.Response(200, headers=headers, content=task))
    client = httpx.AsyncClient(transport=transport, base_url="http://stub", auth=("key", "secret"))
    return upstream(client, Limits(10), watcher)


def work(name: str, listener: socket.socket, counted: Path, lifeline: "Pipe[None, None]") -> None:
    """Serve one of them until the process is told to end, or is left alone."""
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    app = bare() if name == "bare" else ours(counted, Noop if name == "noop" else Upstream)
    take_up_collecting()
    run_until_told(app, listener, _nothing)


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
    with TemporaryDirectory() as folder, lifeline:

        def start() -> BaseProcess:
            process = spawn.Process(target=work, args=(sys.argv[1], listener, Path(folder), theirs), daemon=True)
            process.start()
            return process

        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        Supervisor(start, WORKERS, _PATIENCE, lambda process: None).run(listener.close)


if __name__ == "__main__":
    main()
