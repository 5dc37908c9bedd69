"""Two servers on one store: what is approved on one of them is executed once, by one of them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from mcp.types import CallToolResult

from tests.conftest import MakeWorld
from tests.support.approvals import Desk, decides
from tests.support.world import Era, World, data, error

TRIES = 5


@pytest.fixture
async def pair(make_world: MakeWorld, store_url: str) -> AsyncIterator[list[World]]:
    """Two workers before the same tasks; only a person's yes counts, and calls do not wait for it."""
    one = make_world(page=Desk(), confirm="human", approval_wait=0)
    other = World(one.sandbox, one.settings, url=store_url, page=Desk())
    yield [one, other]
    await other.running.aclose()


async def calls(world: World, era: Era, tool: str, arguments: dict[str, str]) -> list[CallToolResult]:
    """Return what one client got for a call that it made again and again."""
    async with world.client(era) as client:
        return [await client.call_tool(tool, arguments) for _ in range(TRIES)]


async def from_everywhere(pair: list[World], tool: str, arguments: dict[str, str]) -> list[CallToolResult]:
    """Return what clients of both workers got, all of them calling at once."""
    eras: list[Era] = ["modern", "legacy", "modern"]
    got = await asyncio.gather(*(calls(world, era, tool, arguments) for world in pair for era in eras))
    return [result for results in got for result in results]


@pytest.mark.parametrize("approver", [0, 1])
async def test_what_is_approved_on_one_is_executed_once_by_one(pair: list[World], approver: int) -> None:
    sandbox, task_id = pair[0].sandbox, pair[0].sandbox.create()
    before = await from_everywhere(pair, "stop_task", {"task_id": task_id})
    assert {error(result)["kind"] for result in before} == {"approval_pending"}
    (request,) = await pair[0].store.approvals.waiting()
    calling = asyncio.create_task(from_everywhere(pair, "stop_task", {"task_id": task_id}))
    await decides(pair[approver].store, approve=True)()
    results = await calling + await from_everywhere(pair, "stop_task", {"task_id": task_id})
    assert len(sandbox.recorder.attempts) == 1
    assert sandbox.status(task_id) == "stopped"
    (made,) = [data(result)["change_id"] for result in results if data(result).get("change_id")]
    found = await pair[1 - approver].store.approvals.find(request.id)
    assert found is not None
    assert (found.outcome, found.change_id) == ("spent", made)


async def test_what_is_denied_on_one_is_executed_by_none(pair: list[World]) -> None:
    sandbox, task_id = pair[0].sandbox, pair[0].sandbox.create()
    await pair[0].call("stop_task", task_id=task_id)
    calling = asyncio.create_task(from_everywhere(pair, "stop_task", {"task_id": task_id}))
    await decides(pair[1].store, approve=False)()
    kinds = Counter(error(result)["kind"] for result in await calling)
    assert kinds["denied"] >= 1
    assert kinds.keys() <= {"denied", "approval_pending"}
    assert sandbox.recorder.attempts == []


async def test_a_token_is_spent_once_whichever_worker_it_is_brought_to(make_world: MakeWorld, store_url: str) -> None:
    one = make_world()
    other = World(one.sandbox, one.settings, url=store_url)
    offer = await one.call("stop_task", task_id=(task_id := one.sandbox.create()))
    given = {"task_id": task_id, "confirmation": data(offer)["confirmation_required"]["confirmation"]}
    results = await from_everywhere([one, other], "stop_task", given)
    assert len(one.sandbox.recorder.attempts) == 1
    assert sum(not result.is_error and "change_id" in data(result) for result in results) == 1
    await other.running.aclose()


async def test_a_change_is_undone_once_whichever_worker_is_asked(make_world: MakeWorld, store_url: str) -> None:
    one = make_world(confirm="off")
    other = World(one.sandbox, one.settings, url=store_url)
    deleted = await one.call("delete_task", task_id=one.sandbox.create(), force_stop=True)
    await from_everywhere([one, other], "undo_change", {"change_id": data(deleted)["change_id"]})
    assert [method for method, _, _ in one.sandbox.recorder.attempts] == ["DELETE", "POST"]
    await other.running.aclose()
