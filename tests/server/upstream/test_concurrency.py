"""How many requests are under way: the others wait for their turn, and too many are refused before they are sent."""

import anyio
import anyio.lowlevel
import pytest
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from server.upstream.concurrency import Slots
from server.upstream.errors import Busy, UpstreamFailure
from tests.support.gateways import READ, TASK, WRITE, Answers, failure_of, patient, under_way
from tests.support.serving import serve
from tools.models.entity import Task


class Gate:
    """A gateway that answers when it is opened, and knows how many requests it had at the same time."""

    def __init__(self) -> None:
        self.opened = anyio.Event()
        self.now = self.most = self.all = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self.now += 1
        self.all += 1
        self.most = max(self.most, self.now)
        await self.opened.wait()
        await anyio.lowlevel.checkpoint()
        self.now -= 1
        await JSONResponse(TASK)(scope, receive, send)


async def test_no_more_are_under_way_than_may_be_and_nobody_is_lost() -> None:
    gate, done = Gate(), list[str]()

    async def read() -> None:
        done.append((await upstream.send(READ, Task)).body.id)

    async with serve(gate) as gateway, patient(gateway, in_flight=3, waiting=20) as upstream:
        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(read)
            await under_way(upstream, 3, 17)
            gate.opened.set()
        assert (upstream.health().in_flight, upstream.health().waiting) == (0, 0)
    assert (gate.most, gate.all, len(done)) == (3, 20, 20)


async def test_where_too_many_wait_the_next_is_refused_at_once_and_nothing_is_sent() -> None:
    gate = Gate()
    found: list[UpstreamFailure] = []

    async def one_too_many() -> None:
        found.append(await failure_of(upstream, WRITE))
        gate.opened.set()

    async with serve(gate) as gateway, patient(gateway, in_flight=2, waiting=3) as upstream:
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(upstream.send, READ, Task)
            await under_way(upstream, 2, 3)
            await one_too_many()
        assert (found[0].kind, found[0].changed, found[0].retryable) == ("busy", "no", True)
    assert (found[0].hint, found[0].details) == ("Try again in 5 seconds.", {"retry_after": 5})
    assert found[0].message == "2 requests to the Waylay gateway are under way, and too many wait for their turn."
    assert gate.all == 5


async def test_whose_turn_does_not_come_in_time_is_told_so_and_was_not_sent() -> None:
    answers = Answers(None)
    async with serve(answers) as gateway, patient(gateway, in_flight=1, total_timeout=0.3) as upstream:
        found: list[UpstreamFailure] = []

        async def write() -> None:
            found.append(await failure_of(upstream, WRITE))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(write)
            await under_way(upstream, 1)
            tasks.start_soon(write)
            tasks.start_soon(write)
        assert sorted(failure.kind for failure in found) in (
            ["busy", "busy", "timeout"],
            ["busy", "timeout", "timeout"],
        )
        assert upstream.health().in_flight == 0
    assert answers.count <= 2


async def test_between_attempts_a_request_holds_no_place() -> None:
    answers = Answers(JSONResponse({"error": "wait"}, 429), JSONResponse(TASK))
    async with serve(answers) as gateway, patient(gateway, in_flight=1, pause=1000, total_timeout=10_000) as upstream:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(upstream.send, READ, Task)
            await answers.had(1)
            await under_way(upstream, 0)
            assert (await upstream.send(READ, Task)).body.id == "t1"
            tasks.cancel_scope.cancel()
        assert answers.count == 2


@pytest.mark.parametrize("holder", ["gives up", "fails"])
async def test_a_slot_is_free_again_however_its_holder_leaves(holder: str) -> None:
    slots = Slots(1, 1)
    with anyio.CancelScope() as scope:
        with pytest.raises(ZeroDivisionError) if holder == "fails" else anyio.CancelScope():
            async with slots.one(anyio.current_time() + 5):
                assert slots.in_flight == 1
                if holder == "fails":
                    raise ZeroDivisionError
                scope.cancel()
                await anyio.lowlevel.checkpoint()
    assert slots.in_flight == 0


async def test_giving_up_while_waiting_takes_no_slot() -> None:
    slots = Slots(1, 1)
    async with slots.one(anyio.current_time() + 5):
        with anyio.CancelScope() as scope:
            scope.cancel()
            async with slots.one(anyio.current_time() + 5):
                raise AssertionError("there was a slot")
        with pytest.raises(Busy):
            async with slots.one(anyio.current_time() - 1):
                raise AssertionError("there was time")
        assert (slots.in_flight, slots.waiting) == (1, 0)
    assert slots.in_flight == 0
