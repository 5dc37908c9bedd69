"""A call that is given up half-way: its request is given up too, and what became of its change is found out."""

import json
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.client import Transport
from starlette.types import ASGIApp, Receive, Scope, Send

from server.app import build
from server.store.audit import AuditRows
from server.store.store import Store
from server.web.app import http_app
from tests.support.serving import PATIENCE, over_http, over_stdio, serve
from tests.support.world import Era, Sandbox, data, settings

ERAS: list[Era] = ["modern", "legacy"]


class Holding:
    """A service that answers no request that changes something, be it carried out or not."""

    def __init__(self, app: ASGIApp, *, carries: bool) -> None:
        self._app = app
        self._carries = carries
        self.holds = anyio.Event()
        self.was_given_up = anyio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] == "GET":
            await self._app(scope, receive, send)
            return

        async def say_nothing(message: Any) -> None: ...

        if self._carries:
            await self._app(scope, receive, say_nothing)
        self.holds.set()
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self.was_given_up.set()


def mode_of(era: Era) -> Any:
    return "auto" if era == "modern" else "legacy"


async def give_up(client: Client, when: anyio.Event, tool: str, **arguments: Any) -> None:
    """Call a tool, and give the call up when its request is under way."""
    with anyio.fail_after(PATIENCE):
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, tool, arguments)
            await when.wait()
            group.cancel_scope.cancel()


@pytest.fixture
async def records(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """What the audit keeps, as it comes in."""
    send, receive = anyio.create_memory_object_stream[dict[str, Any]](99)
    add = AuditRows.add

    async def add_and_tell(rows: AuditRows, at: float, record: Any) -> None:
        await add(rows, at, record)
        send.send_nowait(dict(record))

    monkeypatch.setattr(AuditRows, "add", add_and_tell)
    with send, receive:
        yield receive


@pytest.fixture
async def gateway_and_service(request: pytest.FixtureRequest) -> AsyncIterator[tuple[str, Holding, Sandbox]]:
    """A service on a socket that answers no change."""
    sandbox = Sandbox()
    service = Holding(sandbox.app, carries=request.param)
    async with serve(service) as address:
        yield address, service, sandbox
    sandbox.close()


CARRIES = pytest.mark.parametrize("gateway_and_service", [True, False], indirect=True, ids=["arrives", "is lost"])


@CARRIES
@pytest.mark.parametrize("era", ERAS)
async def test_over_http_its_fate_is_found_out_and_kept(
    gateway_and_service: tuple[str, Holding, Sandbox], records: Any, era: Era
) -> None:
    address, service, sandbox = gateway_and_service
    task_id = sandbox.create()
    given = settings(gateway_url=address, api_key="key", api_secret="secret", confirm="off")
    running = build(given, store=Store("sqlite://", time.time, given.confirm_seconds))
    async with (
        serve(http_app(running, given)) as found,
        over_http(found) as transport,
        Client(transport, mode=mode_of(era)) as client,
    ):
        await give_up(client, service.holds, "stop_task", task_id=task_id)
        with anyio.fail_after(PATIENCE):
            await service.was_given_up.wait()
            record = await records.receive()
        arrives = sandbox.status(task_id) == "stopped"
        assert (record["outcome"], record["changed"]) == ("cut_off", "yes" if arrives else "no")
        assert record["found"] == ("the task is stopped" if arrives else "the task is running")
        (change,) = data(await client.call_tool("list_changes", {}))["changes"]
        assert change["outcome"] == ("done" if arrives else "not_yet")
    await running.aclose()


@pytest.mark.parametrize(
    ("gateway_and_service", "era"), [(True, "modern"), (False, "legacy")], indirect=["gateway_and_service"]
)
async def test_over_stdio_its_fate_is_found_out_and_kept(
    gateway_and_service: tuple[str, Holding, Sandbox], tmp_path: Path, era: Era
) -> None:
    address, service, sandbox = gateway_and_service
    task_id = sandbox.create()
    async with over_stdio(environment(address, tmp_path)) as transport, Client(transport, mode=mode_of(era)) as client:
        await give_up(client, service.holds, "stop_task", task_id=task_id)
        with anyio.fail_after(PATIENCE):
            await service.was_given_up.wait()
            arrives = sandbox.status(task_id) == "stopped"
            change = await settled(client)
    assert change["outcome"] == ("done" if arrives else "not_yet")


@CARRIES
async def test_a_server_that_ends_finds_it_out_first(
    gateway_and_service: tuple[str, Holding, Sandbox], tmp_path: Path
) -> None:
    address, service, sandbox = gateway_and_service
    task_id = sandbox.create()
    with anyio.fail_after(PATIENCE):
        async with over_stdio(environment(address, tmp_path)) as transport:
            await leave_while_it_is_under_way(transport, service, task_id)
    arrives = sandbox.status(task_id) == "stopped"
    database = sqlite3.connect(tmp_path / "state.sqlite3")
    assert database.execute("SELECT outcome FROM changes").fetchall() == [("done" if arrives else "unknown",)]
    call = json.loads(database.execute("SELECT record FROM audit ORDER BY number DESC").fetchone()[0])
    assert (call["outcome"], call["changed"]) == ("cut_off", "yes" if arrives else "no")
    database.close()


async def leave_while_it_is_under_way(transport: Transport, service: Holding, task_id: str) -> None:
    async with Client(transport) as client, anyio.create_task_group() as group:
        group.start_soon(client.call_tool, "stop_task", {"task_id": task_id})
        await service.holds.wait()
        group.cancel_scope.cancel()


async def settled(client: Client) -> dict[str, Any]:
    """Return the only change, once its call has ended and it was looked up after that."""
    while True:
        (change,) = data(await client.call_tool("list_changes", {}))["changes"]
        # A call that ends between the looking up and the listing is not known yet.
        if change["outcome"] not in ("under_way", "unknown"):
            return change


def environment(gateway: str, folder: Path) -> dict[str, str]:
    return {
        "WAYLAY_GATEWAY_URL": gateway,
        "WAYLAY_API_KEY": "key",
        "WAYLAY_API_SECRET": "secret",
        "WAYLAY_MCP_CONFIRM": "off",
        "WAYLAY_MCP_SETTLE_SECONDS": "0.1",
        "WAYLAY_MCP_STATE_DIR": str(folder),
    }
