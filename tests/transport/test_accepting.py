"""How connections are spread over workers that listen on one socket."""

import asyncio
import errno
import logging
import multiprocessing
import os
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from itertools import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.web import accepting
from server.web.accepting import Accepting
from server.web.fair_share import OpenConnections
from tests.support.serving import PATIENCE

SPAWN = multiprocessing.get_context("spawn")


class Worker(asyncio.Protocol):
    """What takes connections in a place, and keeps them open."""

    def __init__(self, listener: socket.socket, connections: OpenConnections, place: int) -> None:
        self.open: set[asyncio.BaseTransport] = set()
        self.accepting = Accepting(listener, lambda: self, self.open, connections.of(place))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note it."""
        self.open.add(transport)

    def leave(self) -> None:
        """End."""
        self.accepting.close()
        for transport in self.open:
            transport.close()


@asynccontextmanager
async def at_work(listener: socket.socket, connections: OpenConnections, *places: int) -> AsyncGenerator[list[Worker]]:
    # An event loop watches a file descriptor for one of them alone.
    with ExitStack() as stack:
        others = [stack.enter_context(listener.dup()) for _ in places[1:]]
        workers = [Worker(*each) for each in zip([listener, *others], repeat(connections), places, strict=False)]
        for worker in workers:
            worker.accepting.begin()
        yield workers
        for worker in workers:
            worker.leave()


@asynccontextmanager
async def callers(listener: socket.socket, number: int) -> AsyncGenerator[None]:
    """Have so many connect at once."""
    async with AsyncExitStack() as stack:
        for _ in range(number):
            _, writer = await asyncio.open_connection(*listener.getsockname())
            stack.callback(writer.close)
        yield


async def until_open(workers: list[Worker], number: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while sum(len(worker.open) for worker in workers) < number:  # noqa: ASYNC110 - both ends are in this loop
            await asyncio.sleep(0.001)


@pytest.fixture
async def listener() -> AsyncIterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as made:
        yield made


async def test_connections_that_come_at_once_are_spread(listener: socket.socket) -> None:
    connections = OpenConnections(SPAWN, 3)
    async with at_work(listener, connections, 0, 1, 2) as workers, callers(listener, 30):
        await until_open(workers, 30)
        assert all(abs(len(worker.open) - 10) <= 2 for worker in workers)


async def test_what_a_worker_that_stands_still_would_have_got_others_take(listener: socket.socket) -> None:
    connections = OpenConnections(SPAWN, 2)
    connections.of(1).tell(0)
    async with at_work(listener, connections, 0) as workers, callers(listener, 30):
        await until_open(workers, 30)


async def test_a_place_without_a_worker_is_not_waited_for(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepting, "_ASIDE", 10 * PATIENCE)
    connections = OpenConnections(SPAWN, 2)
    connections.of(1).tell(0)
    connections.vacate(1)
    async with at_work(listener, connections, 0) as workers, callers(listener, 30):
        await until_open(workers, 30)


class Counting(socket.socket):
    """A socket that gives no connection at first."""

    refusals = 0
    reason = errno.EMFILE
    taken = 0

    def accept(self) -> tuple[socket.socket, object]:
        """Refuse at first, and then do as any other."""
        if self.refusals:
            self.refusals -= 1
            raise OSError(self.reason, os.strerror(self.reason))
        accepted = super().accept()
        self.taken += 1
        return accepted


@pytest.fixture
async def counting() -> AsyncIterator[Counting]:
    with Counting() as made:
        made.bind(("127.0.0.1", 0))
        made.listen()
        yield made


async def test_who_was_taken_last_is_among_the_open_ones_once_that_has_settled(
    counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, slowly = asyncio.get_running_loop(), asyncio.Event()
    connect = loop.connect_accepted_socket

    async def connect_slowly(protocol: Callable[[], Worker], taken: socket.socket) -> object:
        await slowly.wait()
        return await connect(protocol, taken)

    monkeypatch.setattr(loop, "connect_accepted_socket", connect_slowly)
    async with at_work(counting, OpenConnections(SPAWN, 1), 0) as (worker,), callers(counting, 1):
        async with asyncio.timeout(PATIENCE):
            while not counting.taken:  # noqa: ASYNC110 - it is this loop that takes it
                await asyncio.sleep(0)
        worker.accepting.close()
        loop.call_soon(slowly.set)
        await worker.accepting.settle()
        assert len(worker.open) == 1


async def test_what_goes_wrong_with_one_that_was_taken_keeps_no_worker_from_ending_in_order(
    counting: Counting, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(protocol: Callable[[], Worker], taken: socket.socket) -> object:
        await tried.wait()
        raise RuntimeError("a fault of ours")

    tried = asyncio.Event()
    monkeypatch.setattr(asyncio.get_running_loop(), "connect_accepted_socket", fail)
    async with at_work(counting, OpenConnections(SPAWN, 1), 0) as (worker,), callers(counting, 1):
        async with asyncio.timeout(PATIENCE):
            while not counting.taken:  # noqa: ASYNC110 - it is this loop that takes it
                await asyncio.sleep(0)
        tried.set()
        await worker.accepting.settle()
    assert "a connection was taken and could not be served" in caplog.text


@pytest.mark.parametrize("name", ["EPROTO", "ENETDOWN", "EHOSTUNREACH", "EPERM", "ECONNABORTED", "EOPNOTSUPP"])
async def test_what_is_wrong_with_one_connection_keeps_nobody_else_waiting(
    counting: Counting, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    monkeypatch.setattr(accepting, "_NO_ROOM", 10 * PATIENCE)
    counting.refusals, counting.reason = 1, getattr(errno, name)
    with caplog.at_level(logging.WARNING):
        async with at_work(counting, OpenConnections(SPAWN, 1), 0) as workers, callers(counting, 2):
            await until_open(workers, 2)
    assert caplog.text == ""


@pytest.mark.parametrize("name", ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"])
async def test_a_process_without_room_tries_again_and_says_so(
    counting: Counting, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    monkeypatch.setattr(accepting, "_NO_ROOM", 0)
    counting.refusals, counting.reason = 1, getattr(errno, name)
    with caplog.at_level(logging.WARNING):
        async with at_work(counting, OpenConnections(SPAWN, 1), 0) as workers, callers(counting, 2):
            await until_open(workers, 2)
    assert f"no connection can be taken: {os.strerror(counting.reason)}" in caplog.text


@given(st.lists(st.integers(-1, 40), min_size=1, max_size=8))
def test_whoever_has_fewest_always_takes_the_next(numbers: list[int]) -> None:
    connections = OpenConnections(SPAWN, len(numbers))
    present = [place for place, number in enumerate(numbers) if number >= 0]
    for place in present:
        connections.of(place).tell(numbers[place])
    for place in present:
        ahead = numbers[place] - min(numbers[other] for other in present)
        assert connections.of(place).is_exceeded(numbers[place]) is (ahead >= 2)
