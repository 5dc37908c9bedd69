"""Measures, prints and judges nothing: machines are shared. What is compared is measured in turns, in one run.

`python -m tests.bench`
"""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
from mcp import Client, StdioServerParameters

from server.sandbox.app import build_sandbox
from tests.bench_throughput import say, throughput
from tests.support.answers import ACCEPT, User
from tests.support.serving import COMMAND, over_stdio

BARE = [sys.executable, str(Path(__file__).parent / "support" / "bare_server.py")]
OURS = [COMMAND]
HELLO: dict[str, Any] = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "bench", "version": "0"},
}
MESSAGES: list[dict[str, Any]] = [
    {"id": 1, "method": "initialize", "params": HELLO},
    {"method": "notifications/initialized"},
    {"id": 2, "method": "tools/list"},
]
STARTS, CALLS, PAGES = 10, 200, 15
ESTATE = 100_000
RUNNING = ("d23f0824-128b-4f33-8c5c-7fd0a6a3a450", "099950d8-36f6-45cc-81e7-4ef5e8e25d94")
"""Tasks that run in every sandbox of the default seed."""
QUERIES = (
    "",
    "status=running",
    "status=failed",
    "tags.site=ghent",
    "tags.site=ghent&tags.domain=hvac",
    "name=*pump*",
    "name=*P-9999*",
    "name=*nothing*",
    "name=cold store 5*",
    "startIndex=90000",
)


def main() -> None:
    """Print every measurement."""
    start_up()
    asyncio.run(first_guarded_calls())
    asyncio.run(calls())
    asyncio.run(pages())
    throughput()


def median_ms(seconds: Sequence[float]) -> float:
    """Return the median in milliseconds."""
    return statistics.median(seconds) * 1000


def start_up() -> None:
    """From spawning a process to its first tools/list reply, in turns."""
    took: dict[str, list[float]] = {"bare SDK server": [], "this server": []}
    for _ in range(STARTS):
        for name, command in (("bare SDK server", BARE), ("this server", OURS)):
            took[name].append(first_list(command))
    bare, ours = (median_ms(took[name]) for name in took)
    say(f"start to first tools/list over stdio, median of {STARTS}")
    say(f"  bare SDK server      {bare:7.0f} ms")
    say(f"  this server          {ours:7.0f} ms   {ours / bare:.2f} x (bar: 1.10 x)")


def first_list(command: Sequence[str]) -> float:
    """Return the seconds until a fresh process has answered its first tools/list."""
    began = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - the two servers that are compared
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        answers: list[Any] = []
        for message in MESSAGES:
            server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
            server.stdin.flush()
            if "id" in message:
                answers.append(json.loads(server.stdout.readline()))
        took = time.perf_counter() - began
        assert answers[-1]["result"]["tools"]
        server.stdin.close()
    return took


async def first_guarded_calls() -> None:
    """What the first call that is asked about takes in a process, with a store on disk that has to be made."""
    took: dict[str, list[float]] = {"at once": [], "0.5 s after a read": [], "the second one": []}
    for _ in range(STARTS):
        took["at once"].append((await guarded_calls(read_before=False))[0])
        after_a_read, second = await guarded_calls(read_before=True)
        took["0.5 s after a read"].append(after_a_read)
        took["the second one"].append(second)
    say(f"\nstop_task, asked about and answered by a program, median of {STARTS}")
    for name, seconds in took.items():
        say(f"  {name:24} {median_ms(seconds):7.0f} ms")


async def guarded_calls(*, read_before: bool) -> list[float]:
    """Return what the first two guarded calls of a fresh process take."""
    async with over_stdio() as transport, Client(transport, elicitation_callback=User(ACCEPT)) as client:
        if read_before:
            await client.call_tool("list_tasks", {"hits": 1})
            # An assistant thinks before it acts; what is loaded meanwhile costs nobody anything.
            await asyncio.sleep(0.5)
        seconds: list[float] = []
        for task_id in RUNNING:
            began = time.perf_counter()
            result = await client.call_tool("stop_task", {"task_id": task_id})
            seconds.append(time.perf_counter() - began)
            assert not result.is_error
    return seconds


async def calls() -> None:
    """What a call takes over stdio, beside one that does nothing."""
    say(f"\ncalls over stdio, median of {CALLS}")
    async with (
        Client(StdioServerParameters(command=BARE[0], args=BARE[1:])) as bare,
        Client(StdioServerParameters(command=COMMAND)) as ours,
    ):
        page = await ours.call_tool("list_tasks", {"hits": 1})
        task_id: str = page.structured_content["tasks"][0]["id"]
        measured: dict[str, Callable[[], Awaitable[Any]]] = {
            "bare no-op tool": lambda: bare.call_tool("noop", {}),
            "list_tasks, 20 rows": lambda: ours.call_tool("list_tasks", {}),
            "get_task": lambda: ours.call_tool("get_task", {"task_id": task_id}),
        }
        for name, took in (await in_turns(measured, CALLS)).items():
            say(f"  {name:24} {median_ms(took):7.2f} ms")


async def pages() -> None:
    """A page of 20 out of a large estate, by HTTP without a network."""
    began = time.perf_counter()
    app = build_sandbox(tasks=ESTATE)
    seconds = time.perf_counter() - began
    say(f"\nthe sandbox with {ESTATE:,} tasks, seeded in {seconds:.1f} s")
    say(f"a page of 20, median of {PAGES} (bar: 20 ms)")
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox", auth=("a", "b")) as client:
        for query in QUERIES:
            url = f"/rules/v1/tasks?hits=20&{query}"
            took = await in_turns({query: lambda url=url: client.get(url)}, PAGES)
            total = (await client.get(url)).headers["x-count"]
            say(f"  {query or 'everything':36} {median_ms(took[query]):7.1f} ms   {total} match")
    app.state.store.close()


async def in_turns(measured: dict[str, Callable[[], Awaitable[Any]]], times: int) -> dict[str, list[float]]:
    """Return how long each took, once a round, so that a busy moment hits all alike."""
    took: dict[str, list[float]] = {name: [] for name in measured}
    for call in measured.values():
        await call()
    for _ in range(times):
        for name, call in measured.items():
            began = time.perf_counter()
            await call()
            took[name].append(time.perf_counter() - began)
    return took


if __name__ == "__main__":
    main()
