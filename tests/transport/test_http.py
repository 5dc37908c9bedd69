"""Streamable HTTP: the endpoint, its neighbours, and whom it answers."""

import re
import signal
import subprocess
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import anyio
import anyio.to_thread
import httpx
import pytest
from mcp import Client

from server.web.app import http_app
from tests.support.answers import ACCEPT, User
from tests.support.serving import COMMAND, PATIENCE, clean_environment, over_http, serve
from tests.support.world import Era, Sandbox, World, data, error, settings

ERAS: list[Era] = ["modern", "legacy"]
HELLO = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}  # fmt: skip
ACCEPTS = {"Accept": "application/json, text/event-stream"}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    sandbox = Sandbox(tasks=50)
    world = World(sandbox, settings(allowed_hosts="mcp.example.com", allowed_origins="https://app.example.com"))
    yield world
    await world.running.aclose()
    sandbox.close()


@pytest.fixture
async def address(world: World) -> AsyncIterator[str]:
    async with serve(http_app(world.running, world.settings)) as found:
        yield found


@pytest.mark.parametrize("era", ERAS)
async def test_both_eras_are_served_at_one_endpoint(world: World, address: str, era: Era) -> None:
    task_id, user = world.sandbox.create(), User(ACCEPT)
    with anyio.fail_after(PATIENCE):
        async with over_http(address) as transport:
            mode = "auto" if era == "modern" else "legacy"
            async with Client(transport, mode=mode, elicitation_callback=user) as client:
                assert data(await client.call_tool("list_tasks", {}))["total"] == 51
                await client.call_tool("stop_task", {"task_id": task_id})
                unknown = await client.call_tool("get_task", {"id": task_id})
                assert error(unknown)["kind"] == "invalid_arguments"
    assert len(user.asked) == 1
    assert world.sandbox.status(task_id) == "stopped"


async def test_health_is_beside_the_endpoint(address: str) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{address}/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("without_sessions", [{"stateless": True}, {"workers": 2}])
async def test_without_sessions_no_stream_is_opened_on_which_nothing_would_ever_come(
    world: World, without_sessions: dict[str, object]
) -> None:
    chosen = settings(**without_sessions)
    async with serve(http_app(world.running, chosen)) as found, httpx.AsyncClient(timeout=PATIENCE) as client:
        answer = await client.get(f"{found}/mcp", headers={"Accept": "text/event-stream"})
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
        assert (await client.post(f"{found}/mcp", json=HELLO, headers=ACCEPTS)).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:9"}, 200),
        ({"Host": "mcp.example.com"}, 200),
        ({"Host": "evil.example.com"}, 421),
        ({"Origin": "http://localhost:3000"}, 200),
        ({"Origin": "https://app.example.com"}, 200),
        ({"Origin": "https://evil.example.com"}, 403),
    ],
)
async def test_only_known_hosts_and_origins_are_answered(address: str, headers: dict[str, str], status: int) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{address}/mcp", json=HELLO, headers={**ACCEPTS, **headers})
    assert answer.status_code == status


@pytest.mark.parametrize(
    "body", [b"", b"nonsense", b"[]", b"{}", b'{"jsonrpc": "2.0"}', b"[" * 100_000, b'{"a":' * 10_000]
)
async def test_nonsense_is_refused_and_the_server_goes_on(address: str, body: bytes) -> None:
    async with httpx.AsyncClient() as client:
        headers = {**ACCEPTS, "Content-Type": "application/json"}
        for version in ({}, {"MCP-Protocol-Version": "2026-07-28"}):
            answer = await client.post(f"{address}/mcp", content=body, headers={**headers, **version})
            assert 400 <= answer.status_code < 500
        assert (await client.get(f"{address}/healthz")).status_code == 200


@contextmanager
def speaking(*arguments: str, **environment: str) -> Generator[IO[str]]:
    """Start the command and yield what it says on stderr; end it with its own process id."""
    given = {"HOME": "/nonexistent", **environment}
    started = subprocess.Popen(  # noqa: S603 - our own command
        [COMMAND, *arguments], stderr=subprocess.PIPE, text=True, env=clean_environment(**given)
    )
    try:
        assert started.stderr is not None
        yield started.stderr
    finally:
        started.send_signal(signal.SIGTERM)
        started.communicate(timeout=PATIENCE)
    assert started.returncode == 0


@contextmanager
def process(*arguments: str) -> Generator[str]:
    """Start the command and yield the address that it says it listens on."""
    with speaking(*arguments) as stderr:
        yield where(stderr.readline())


def where(line: str) -> str:
    """Return the address in a line."""
    words = line.replace(";", " ").replace(",", " ").split()
    return next(word.removesuffix("/mcp") for word in words if word.startswith("http://"))


SERVE = ("serve", "--http", "--port", "0")
SIGN_IN = {
    "WAYLAY_MCP_PUBLIC_URL": "https://mcp.example.com/",
    "WAYLAY_MCP_OIDC_ISSUER": "https://login.example.com",
    "WAYLAY_MCP_OIDC_CLIENT_ID": "waylay",
    "WAYLAY_MCP_APPROVER_GROUP": "ops",
}


@pytest.mark.parametrize(
    ("environment", "page"),
    [
        ({"BROWSER": "true"}, "opens in your browser once a call waits."),
        ({}, "none: no browser can be opened here."),
        ({"WAYLAY_MCP_APPROVALS": "off"}, "none; this server has no approval page: WAYLAY_MCP_APPROVALS is off."),
        (SIGN_IN, "https://mcp.example.com/approvals/, where approvers sign in."),
    ],
)
def test_the_command_says_where_approvals_are_and_that_it_is_the_sandbox(
    environment: dict[str, str], page: str
) -> None:
    with speaking(*SERVE, **environment) as stderr:
        lines = [stderr.readline() for _ in range(3)]
        assert httpx.get(f"{where(lines[0])}/healthz").status_code == 200
    assert lines[0].startswith("MCP on http://127.0.0.1:")
    assert lines[1:] == [f"Approval page: {page}\n", "Sandbox: no credentials are set.\n"]


async def test_a_store_that_cannot_be_used_is_told_of_at_once_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    credentials = {"WAYLAY_TOKEN": "x", "WAYLAY_GATEWAY_URL": "http://127.0.0.1:1"}
    with speaking(*SERVE, WAYLAY_MCP_STATE_DIR=str(tmp_path / "file"), **credentials) as stderr:
        address = where(stderr.readline())
        stderr.readline()
        said = await anyio.to_thread.run_sync(stderr.readline)
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{address}/healthz")).status_code == 200
    line = f"the store cannot be used: the file {tmp_path}/file/state.sqlite3 cannot be written: File exists"
    stamp, _, told = said.partition(" WARNING ")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \[\d+\]", stamp)
    assert told == f"waylay_tasks_mcp.store: {line}; see WAYLAY_MCP_STATE_DIR\n"


async def test_the_command_serves_over_http_and_says_where(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with process("serve", "--http", "--port", "0", "--confirm", "off") as address, anyio.fail_after(PATIENCE):
        async with over_http(address) as transport, Client(transport) as client:
            assert data(await client.call_tool("list_tasks", {"hits": 0}))["total"] == 300


async def test_the_command_serves_the_sandbox_as_a_tenant_for_another(tmp_path: Any) -> None:
    arguments = ("--port", "0", "--tasks", "12", "--seed", "3", "--db", str(tmp_path / "tasks.sqlite3"))
    with process("sandbox", *arguments) as address:
        async with httpx.AsyncClient(auth=("any", "any")) as client:
            answer = await client.get(f"{address}/rules/v1/tasks?hits=0")
            assert answer.headers["x-count"] == "12"
            stranger = await client.get(f"{address}/rules/v1/tasks", headers={"Host": "evil.example.com"})
            assert stranger.status_code == 400
