"""A call that is given up ends its request at once, and leaves nothing behind."""

from typing import Any

import anyio
import anyio.abc
import pytest

from server.upstream.errors import ServerFault
from tests.support.gateways import READ, WRITE, patient, raw, under_way
from tools.contract import Request
from tools.models.entity import Task


class Listening:
    """A gateway that says `head`, and hears when its caller leaves."""

    def __init__(self, head: bytes) -> None:
        self._head = head
        self.asked = anyio.Event()
        self.left = anyio.Event()

    async def __call__(self, stream: anyio.abc.SocketStream) -> None:
        await stream.receive()
        await stream.send(self._head)
        self.asked.set()
        try:
            await stream.receive()
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            self.left.set()


HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nContent-Type: application/json\r\n\r\n{"


@pytest.mark.parametrize("head", [b"", HALF], ids=["before the answer", "in its midst"])
@pytest.mark.parametrize("request_", [READ, WRITE], ids=["read", "write"])
async def test_the_connection_is_closed_at_once(head: bytes, request_: Request) -> None:
    listening = Listening(head)
    async with raw(listening) as port, patient(f"http://127.0.0.1:{port}", total_timeout=60) as upstream:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(upstream.send, request_, Task)
            await listening.asked.wait()
            assert upstream.health().in_flight == 1
            tasks.cancel_scope.cancel()
        assert upstream.health().in_flight == 0
        with anyio.fail_after(1):
            await listening.left.wait()


async def test_calls_that_wait_for_their_turn_are_given_up_as_easily() -> None:
    listening = Listening(b"")
    async with raw(listening) as port, patient(f"http://127.0.0.1:{port}", in_flight=2) as upstream:
        for _ in range(3):
            async with anyio.create_task_group() as tasks:
                for _ in range(10):
                    tasks.start_soon(upstream.send, READ, Task)
                await under_way(upstream, 2, 8)
                tasks.cancel_scope.cancel()
            assert (upstream.health().in_flight, upstream.health().waiting) == (0, 0)


async def test_one_that_tries_whether_a_gateway_is_back_leaves_that_to_the_next() -> None:
    heads = [
        b"HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n",
        b"",
        b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"ID": "t1"}',
    ]
    asked: list[anyio.Event] = [anyio.Event() for _ in heads]
    count = 0

    async def answer(stream: anyio.abc.SocketStream) -> None:
        nonlocal count
        while True:
            await stream.receive()
            await stream.send(heads[count])
            asked[count].set()
            count += 1

    limits: dict[str, Any] = {"attempts": 1, "failures": 1, "open_seconds": 0}
    async with raw(answer) as port, patient(f"http://127.0.0.1:{port}", **limits) as upstream:
        with pytest.raises(ServerFault):
            await upstream.send(READ, Task)
        assert upstream.health().circuit == "half_open"
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(upstream.send, READ, Task)
            await asked[1].wait()
            tasks.cancel_scope.cancel()
        assert (await upstream.send(READ, Task)).body.id == "t1"
        assert upstream.health().circuit == "closed"
