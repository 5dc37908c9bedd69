"""The end of a server: what is under way is finished, nothing more is accepted, and nothing is held up."""

import asyncio
import signal
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import anyio
import httpx
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult
from starlette.types import Message, Receive, Scope, Send

from server.store.handles import new_key
from server.web.draining import Draining
from server.web.ending import Ending
from tests.support.command import ran
from tests.support.served import Served, served
from tests.support.serving import PATIENCE, over_http, serve
from tests.support.world import Era, Sandbox, data


class Slow:
    """A service that carries out a stop only when it is let to."""

    def __init__(self) -> None:
        self.sandbox = Sandbox()
        self.sandbox.recorder.before = self._wait
        self.task_id = self.sandbox.create()
        self.address = ""
        self.asked, self.let = asyncio.Event(), asyncio.Event()

    def environment(self, state: Path, **given: str) -> Mapping[str, str]:
        """Return the settings of a server in front of it."""
        return {
            "WAYLAY_GATEWAY_URL": self.address,
            "WAYLAY_API_KEY": "key",
            "WAYLAY_API_SECRET": "secret",
            "WAYLAY_MCP_STATE_DIR": str(state),
            "WAYLAY_MCP_STATE_KEYS": new_key(),
            "WAYLAY_MCP_CONFIRM": "off",
            **given,
        }

    async def _wait(self, method: str, path: str) -> None:
        if method == "POST" and path.endswith("/command/stop"):
            self.asked.set()
            await self.let.wait()


@pytest.fixture
async def slow() -> AsyncIterator[Slow]:
    service = Slow()
    async with serve(service.sandbox.recorder) as service.address:
        yield service
        service.let.set()
    service.sandbox.close()


async def stopping(server: Served, task_id: str, era: Era) -> CallToolResult:
    """Stop a task; a client of the older era has a standing stream open meanwhile."""
    mode = "auto" if era == "modern" else "legacy"
    async with over_http(server.address) as transport, Client(transport, mode=mode) as client:
        # Else the client asks for the schema of the result once it has that, and nobody answers any more.
        await client.list_tools()
        return await client.call_tool("stop_task", {"task_id": task_id})


async def is_refused(address: str) -> None:
    """Wait until nothing is accepted any more."""
    with anyio.fail_after(PATIENCE):
        while True:
            async with httpx.AsyncClient() as client:
                try:
                    await client.get(f"{address}/healthz")
                except httpx.ConnectError:
                    return
                except httpx.TransportError:
                    # It was accepted a moment before nothing was any more.
                    continue


@pytest.mark.parametrize(("era", "workers"), [("legacy", "1"), ("modern", "2")])
async def test_a_call_that_is_under_way_ends_with_its_true_result(
    slow: Slow, tmp_path: Path, era: Era, workers: str
) -> None:
    with served("--workers", workers, **slow.environment(tmp_path)) as server:
        calling = asyncio.create_task(stopping(server, slow.task_id, era))
        await asyncio.wait_for(slow.asked.wait(), PATIENCE)
        server.process.send_signal(signal.SIGTERM)
        await is_refused(server.address)
        assert not calling.done()
        slow.let.set()
        assert data(await calling)["task"]["status"] == "stopped"
        status, said = await server.ends()
    assert (status, "Traceback" in said) == (0, False)
    assert slow.sandbox.status(slow.task_id) == "stopped"


async def test_a_call_that_takes_too_long_is_given_up_and_is_on_record(slow: Slow, tmp_path: Path) -> None:
    with served(**slow.environment(tmp_path, WAYLAY_MCP_DRAIN_SECONDS="0.5")) as server:
        calling = asyncio.create_task(stopping(server, slow.task_id, "modern"))
        await asyncio.wait_for(slow.asked.wait(), PATIENCE)
        server.process.send_signal(signal.SIGTERM)
        status, said = await server.ends()
        with pytest.raises(ExceptionGroup) as told:
            await calling
    assert told.group_contains(MCPError, match="gave this call up before it was over.*list_changes tells")
    assert (status, "Traceback" in said) == (0, False)
    shown = ran("audit", WAYLAY_MCP_STATE_DIR=str(tmp_path))
    first, last = shown.stdout.splitlines()
    assert "BEGUN" in first
    assert "looked up: the task is running" in last


async def test_a_standing_stream_ends_at_once_and_in_order() -> None:
    draining, sent = Draining(), list[Message]()

    async def stands(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        draining.begin()
        await anyio.sleep_forever()

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise NotImplementedError

    with anyio.fail_after(PATIENCE):
        await Ending(stands, "/mcp", draining)({"type": "http", "method": "GET", "path": "/mcp"}, receive, send)
    assert sent[1:] == [{"type": "http.response.body", "body": b"", "more_body": False}]
