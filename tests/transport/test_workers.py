"""Several processes that serve as one."""

import asyncio
import re
import signal
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from mcp import Client
from mcp.types import CallToolResult

from server.callers.made_token import fingerprint, make_token
from server.callers.token_file import token_line
from tests.support.command import ran
from tests.support.desks import browser_at
from tests.support.served import is_gone, kill, served
from tests.support.serving import PATIENCE, over_http
from tests.support.world import data, error, ids

BROWSER = """#!/bin/sh
printf '%s\\n' "$1" >> "{links}"
"""


async def call(address: str, tool: str, mode: Literal["auto", "legacy"] = "auto", **arguments: Any) -> CallToolResult:
    """Call a tool over a connection of its own, which any worker may get."""
    async with over_http(address) as transport, Client(transport, mode=mode) as client:
        return await client.call_tool(tool, arguments)


def left_in(folder: Path) -> list[Path]:
    """Return what servers have left behind in a folder for what is temporary."""
    return list(folder.glob("waylay-tasks-mcp-*"))


async def a_running_task(address: str) -> str:
    return ids(await call(address, "list_tasks", status="running", hits=1))[0]


async def test_without_an_account_workers_share_one_sandbox_and_spend_a_token_once() -> None:
    with served("--workers", "2") as server:
        await server.workers_are(2)
        task_id = await a_running_task(server.address)
        offer = data(await call(server.address, "stop_task", task_id=task_id))["confirmation_required"]
        given = {"task_id": task_id, "confirmation": offer["confirmation"]}
        eras: list[Literal["auto", "legacy"]] = ["auto", "legacy", "auto", "legacy"]
        results = await asyncio.gather(*(call(server.address, "stop_task", era, **given) for era in eras * 2))
        assert sum("change_id" in data(result) for result in results) == 1
        assert {error(result)["changed"] for result in results if result.is_error} == {"no"}
        (change,) = data(await call(server.address, "list_changes"))["changes"]
        assert (change["task_id"], change["outcome"]) == (task_id, "done")


async def test_a_worker_that_dies_is_replaced_and_what_it_asked_can_be_answered() -> None:
    with served("--workers", "2") as server:
        before = await server.workers_are(2)
        task_id = await a_running_task(server.address)
        offer = data(await call(server.address, "stop_task", task_id=task_id))["confirmation_required"]
        for worker in before:
            kill(worker)
        await server.workers_are(2, without=sorted(before))
        stopped = await call(server.address, "stop_task", task_id=task_id, confirmation=offer["confirmation"])
        assert data(stopped)["task"]["status"] == "stopped"
        server.process.send_signal(signal.SIGTERM)
        status, said = await server.ends()
    assert status == 0
    # Without a pause, where making the call took so long that they had lived for a while.
    assert len(re.findall(r"a worker ended \(signal 9\); another takes its place in 0\.[05] s", said)) == 2


async def test_a_worker_that_starts_later_lets_in_whom_the_others_do(tmp_path: Path) -> None:
    """The file of tokens is read once, as it says: neither a mistake in it nor another token counts meanwhile."""
    tokens, alice = tmp_path / "tokens.toml", make_token()
    tokens.write_text(token_line("alice", fingerprint(alice), ("tasks:read",), None))
    with served("--workers", "2", WAYLAY_MCP_AUTH_TOKENS=str(tokens)) as server:
        before = await server.workers_are(2)
        tokens.write_text("nonsense")
        for worker in before:
            kill(worker)
        await server.workers_are(2, without=sorted(before))
        async with over_http(server.address, alice) as transport, Client(transport) as client:
            assert data(await client.call_tool("list_tasks", {"hits": 0}))["total"] == 300


async def test_workers_do_not_outlive_a_supervisor_that_was_killed(tmp_path: Path) -> None:
    with served("--workers", "2", TMPDIR=str(tmp_path)) as server:
        workers = await server.workers_are(2)
        await a_running_task(server.address)
        kill(server.process.pid)
        for worker in workers:
            await is_gone(worker)
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_end_of_a_server_leaves_nothing_behind(tmp_path: Path, number: int) -> None:
    with served("--workers", "2", TMPDIR=str(tmp_path)) as server:
        workers = await server.workers_are(2)
        await a_running_task(server.address)
        server.process.send_signal(number)
        status, _ = await server.ends()
    assert status == (0 if number == signal.SIGTERM else 130)
    for worker in workers:
        await is_gone(worker)
    assert left_in(tmp_path) == []


async def test_at_a_desk_one_link_opens_the_page_whichever_worker_is_asked(tmp_path: Path) -> None:
    links, browser = tmp_path / "links", tmp_path / "browser"
    browser.write_text(BROWSER.format(links=links))
    browser.chmod(0o700)
    environment = {"BROWSER": str(browser), "WAYLAY_MCP_CONFIRM": "human", "PATH": "/usr/bin:/bin"}
    with served("--workers", "2", **environment) as server:
        await server.workers_are(2)
        task_id = await a_running_task(server.address)
        calling = asyncio.create_task(call(server.address, "stop_task", task_id=task_id))
        async with asyncio.timeout(PATIENCE):
            while not links.exists() or not links.read_text().endswith("\n"):  # noqa: ASYNC110 - another program
                await asyncio.sleep(0.02)
        async with browser_at(links.read_text().split()[0]) as page:
            for _ in range(8):
                # Each look is over a connection of its own.
                async with httpx.AsyncClient(cookies=page.client.cookies) as another:
                    assert page.waiting[0] in (await another.get(page.address)).text
            await page.decide(page.waiting[0], "approve")
        assert data(await calling)["task"]["status"] == "stopped"
        assert len(links.read_text().split()) == 1


def test_workers_without_keys_on_a_lasting_store_are_refused_with_the_command_that_makes_one(tmp_path: Path) -> None:
    refused = ran("serve", "--http", "--port", "0", "--workers", "2", WAYLAY_MCP_STATE_DIR=str(tmp_path))
    assert refused.returncode == 2
    assert refused.stderr == (
        "waylay-tasks-mcp: --workers 2 needs WAYLAY_MCP_STATE_KEYS, with which workers seal consents for each other: "
        "set it to what `waylay-tasks-mcp keys new` prints\n"
    )
