"""Two servers on one store: what is approved on one of them is executed once, by one of them."""

import asyncio
from collections import Counter

import pytest
from mcp import Client
from mcp.types import CallToolResult

from tests.conftest import MakeWorld
from tests.support.approvals import Desk, decides
from tests.support.answers import ACCEPT, User
from tests.support.world import World, data, error, settings

TRIES = 5


@pytest.fixture
async def pair(make_world: MakeWorld, store_url: str) -> list[World]:
    """Two workers before the same tasks; only a person's yes counts, and calls do not wait for it."""
    one = make_world(page=Desk(), confirm="human", approval_wait=0)
    return [one, make_world(page=Desk(), sandbox=one.sandbox, confirm="human", approval_wait=0)]


async def test_what_is_approved_on_one_is_executed_once_by_one(pair: list[World]) -> None:
    one, other = pair
    task_id = one.sandbox.create()
    results = await at_once(pair, task_id)
    assert Counter(error(result)["kind"] for result in results) == {"approval_pending": 2 * TRIES}
    (request,) = await other.store.approvals.waiting()
    calling = asyncio.create_task(again_and_again(pair, task_id))
    await decides(one.store, approve=True)()
    results = await calling
    assert len(one.sandbox.recorder.attempts) == 1
    assert one.sandbox.status(task_id) == "stopped"
    made = [data(result)["change_id"] for result in results if "change_id" in data(result)]
    found = await other.store.approvals.find(request.id)
    assert found is not None
    assert (found.outcome, [found.change_id]) == ("spent", made)
