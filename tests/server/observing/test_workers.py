"""Several workers are one server to whoever watches it."""

import os
import signal
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx
import pytest
from mcp import Client

from tests.server.observing.conftest import samples
from tests.support.serving import PATIENCE, over_http
from tests.transport.test_http import SERVE, speaking, where

CALLS = "calls_total{outcome=done,tool=list_tasks}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the server makes its temporary folders."""
    made = tmp_path / "temporary"
    made.mkdir()
    return made


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    """A server with two workers."""
    with speaking(*SERVE, "--workers", "2", TMPDIR=str(folder)) as stderr:
        yield where(stderr.readline())


@asynccontextmanager
async def client_of(address: str) -> AsyncGenerator[Client]:
    async with over_http(address) as transport, Client(transport) as client:
        yield client


async def scraped(address: str) -> dict[str, float]:
    async with httpx.AsyncClient() as client:
        return samples((await client.get(f"{address}/metrics")).text)


def workers(folder: Path) -> set[int]:
    """Return the process ids of the workers that have begun to count."""
    return {int(path.stem.rpartition("_")[2]) for path in folder.glob("*/counted/gauge_livesum_*.db")}


async def test_one_look_tells_of_all_workers_and_what_one_counted_outlives_it(address: str, folder: Path) -> None:
    with anyio.fail_after(PATIENCE):
        while len(workers(folder)) < 2:  # noqa: ASYNC110 - workers say nothing when they have started
            await anyio.sleep(0.05)
        for _ in range(12):
            async with client_of(address) as client:
                await client.call_tool("list_tasks", {})
        before = await scraped(address)
        assert [await scraped(address) for _ in range(4)][-1][CALLS] == before[CALLS] == 12
        assert before["calls_in_progress"] == 0
        assert [value for name, value in before.items() if name.startswith("build_info")] == [1]
        first = min(workers(folder))
        os.kill(first, signal.SIGKILL)
        while first in workers(folder) or len(workers(folder)) < 2:  # noqa: ASYNC110 - nor when they end
            await anyio.sleep(0.05)
        after = await scraped(address)
        assert after[CALLS] == 12
        assert after["process_open_fds"] > 0
        memory = after["process_resident_memory_bytes"]
        assert memory > 1.5 * min(_memory_of(process) for process in workers(folder))


def _memory_of(process: int) -> int:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def test_nothing_of_it_stays_when_the_server_ends(folder: Path) -> None:
    with speaking(*SERVE, "--workers", "2", TMPDIR=str(folder)) as stderr:
        address = where(stderr.readline())
        with anyio.fail_after(PATIENCE):
            async with client_of(address) as client:
                await client.call_tool("list_tasks", {})
    assert os.listdir(folder) == []  # noqa: PTH208 - the server has ended, and nothing else runs here
