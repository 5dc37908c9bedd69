"""Two replicas of two workers each before one PostgreSQL database, behind nginx as it is configured in `deploy`."""

import asyncio
import secrets
import signal
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from mcp import Client
from mcp.types import CallToolResult

from server.callers.made_token import fingerprint, make_token
from server.callers.token_file import token_line
from server.store.handles import new_key
from tests.support.nginx import proxy
from tests.support.postgres import PostgreSQL
from tests.support.served import kill, served
from tests.support.serving import free_port, over_http, serve
from tests.support.world import Sandbox, data, error

OLD, NEW = new_key(), new_key()
ALICE = make_token()
WORKERS = ("--workers", "2")
ERAS: list[Literal["auto", "legacy"]] = ["auto", "legacy"]


@pytest.fixture
async def gateway(sandbox: Sandbox) -> AsyncIterator[str]:
    """The address of the service that both replicas are for."""
    async with serve(sandbox.recorder) as address:
        yield address


@pytest.fixture
def database(postgresql: PostgreSQL) -> Any:
    with postgresql.database() as url:
        yield url


@pytest.fixture
def environment(gateway: str, database: str, tmp_path: Path) -> Mapping[str, str]:
    """What both replicas are given."""
    tokens = tmp_path / "tokens.toml"
    scopes = ("tasks:read", "tasks:write", "tasks:delete")
    tokens.write_text(token_line("alice", fingerprint(ALICE), scopes, None))
    return {
        "WAYLAY_GATEWAY_URL": gateway,
        "WAYLAY_API_KEY": "key",
        "WAYLAY_API_SECRET": secrets.token_hex(8),
        "WAYLAY_MCP_STATE_URL": database,
        "WAYLAY_MCP_AUTH_TOKENS": str(tokens),
    }


async def call(address: str, tool: str, mode: Literal["auto", "legacy"] = "auto", **arguments: Any) -> CallToolResult:
    """Call a tool as Alice, over a connection of its own."""
    async with over_http(address, ALICE) as transport, Client(transport, mode=mode) as client:
        return await client.call_tool(tool, arguments)


async def test_a_yes_counts_once_whichever_replica_gets_it_while_a_worker_dies_and_keys_change(
    sandbox: Sandbox, environment: Mapping[str, str], tmp_path: Path
) -> None:
    task_id = sandbox.create()
    listener, there = free_port()
    listener.close()
    (tmp_path / "nginx").mkdir()
    with served(*WORKERS, **environment, WAYLAY_MCP_STATE_KEYS=OLD) as one:
        before = await one.workers_are(2)
        offer = data(await call(one.address, "stop_task", task_id=task_id))["confirmation_required"]
        given: dict[str, Any] = {"task_id": task_id, "confirmation": offer["confirmation"]}
        kill(min(before))
        at = ("--port", there.rpartition(":")[2])
        with served(*WORKERS, *at, **environment, WAYLAY_MCP_STATE_KEYS=f"{NEW},{OLD}") as two:
            async with proxy(tmp_path / "nginx", [one.address, two.address]) as front:
                stopped = await call(two.address, "stop_task", **given)
                assert data(stopped)["task"]["status"] == "stopped"
                sandbox.change(task_id, "status", "running")
                places = [one.address, two.address, front, front]
                calls = [call(place, "stop_task", mode, **given) for place in places for mode in ERAS]
                again = await asyncio.gather(*calls)
                assert {error(result)["changed"] for result in again} == {"no"}
                assert len(sandbox.recorder.attempts) == 1
                await _is_closed_to_strangers(front)
                one.process.send_signal(signal.SIGTERM)
                assert (await one.ends())[0] == 0
                for _ in range(4):
                    (change,) = data(await call(front, "list_changes"))["changes"]
                    assert (change["task_id"], change["outcome"]) == (task_id, "done")


async def _is_closed_to_strangers(front: str) -> None:
    """See that the proxy leads to what clients need, and to nothing else."""
    async with httpx.AsyncClient(base_url=front) as client:
        for path in ("/metrics", "/readyz", "/%6detrics", "//metrics", "/mcp/../metrics", "/"):
            assert (await client.get(path)).status_code == 404, path
        assert (await client.get("/healthz")).status_code == 200
        led = await client.get("/approvals")
        assert led.headers["Location"] == "/approvals/"
        assert led.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert (await client.post("/mcp", json={})).status_code == 401
