"""The server as a process, as hosts start it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client

from prompts.catalog import load_prompts
from tests.support.answers import ACCEPT, User
from tests.support.serving import COMMAND, PATIENCE, clean_environment, over_stdio
from tests.support.world import Era, data, ids, text
from tools.catalog import OPERATIONS

ERAS: list[Era] = ["modern", "legacy"]


@pytest.mark.parametrize("era", ERAS)
async def test_a_conversation_with_the_sandbox_in_the_same_process(era: Era) -> None:
    user = User(ACCEPT)
    with anyio.fail_after(PATIENCE):
        async with over_stdio() as transport:
            mode = "auto" if era == "modern" else "legacy"
            async with Client(transport, mode=mode, elicitation_callback=user) as client:
                assert len((await client.list_tools()).tools) == len(OPERATIONS)
                found = await client.call_tool("list_tasks", {"name": "*door alarm*", "status": "running"})
                assert text(found).startswith("Task 1 of 1")
                stopped = await client.call_tool("stop_task", {"task_id": ids(found)[0]})
                assert data(stopped)["task"]["status"] == "stopped"
                assert len(user.asked) == 1
                assert len((await client.list_prompts()).prompts) == len(load_prompts())


async def test_flags_reach_the_server(tmp_path: Path) -> None:
    with anyio.fail_after(PATIENCE):
        async with (
            over_stdio(None, "--read-only", "--output-limit", "8000", log=tmp_path / "log") as transport,
            Client(transport) as client,
        ):
            assert len((await client.list_tools()).tools) == 4
            page = await client.call_tool("list_tasks", {"hits": 100})
            assert len("[sandbox] " + text(page)) <= 8000
    assert (tmp_path / "log").read_text() == ""


async def test_a_sandbox_file_keeps_what_was_changed(tmp_path: Path) -> None:
    environment = {"WAYLAY_MCP_SANDBOX_DB": str(tmp_path / "tasks.sqlite3"), "WAYLAY_MCP_SANDBOX_TASKS": "3"}
    totals: list[int] = []
    for _ in range(2):
        with anyio.fail_after(PATIENCE):
            async with over_stdio(environment) as transport, Client(transport) as client:
                specification = {"name": "Kept", "template": "internet.json"}
                await client.call_tool("create_task", {"specification": specification})
                totals.append(data(await client.call_tool("list_tasks", {"hits": 0}))["total"])
    assert totals == [4, 5]


def test_stdout_carries_json_rpc_and_nothing_else_whatever_comes_in() -> None:
    """Nonsense, half requests and unknown methods are answered or ignored; the server goes on."""
    hello = {
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
    }  # fmt: skip
    ask = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    lines = ["not json", "{}", "[]", '{"jsonrpc": "2.0", "id": 9, "method": "nonsense"}', json.dumps(hello),
             '{"jsonrpc": "2.0", "method": "notifications/initialized"}', "\x00\x01", json.dumps(ask)]  # fmt: skip
    with subprocess.Popen(  # noqa: S603 - our own command
        [COMMAND],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(),
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write("\n".join(lines) + "\n")
        server.stdin.flush()
        answers: list[Any] = []
        while not answers or answers[-1].get("id") != 2:
            answers.append(json.loads(server.stdout.readline()))
        _, log = server.communicate(timeout=PATIENCE)
    assert all(answer["jsonrpc"] == "2.0" for answer in answers)
    assert len(answers[-1]["result"]["tools"]) == len(OPERATIONS)
    assert "Traceback" not in log
    assert server.returncode == 0
