import asyncio
import math
from typing import Any

import pytest

from server.store.changes import AlreadyUndone, ChangeLimitReached, NewChange
from server.store.store import Store
from tests.conftest import MakeWorld
from tests.support.answers import ACCEPT, User
from tests.support.records import SHOWN, change, consent
from tests.support.world import Clock, data

ODD = "a\x00b \x1a\x1a0000 \ud800 \udfff é \U0001f600"
"""What PostgreSQL refuses, what no encoding has, and what stands for it in the database."""


async def test_a_limit_holds_for_all_workers_together(workers: list[Store]) -> None:
    beginning = [worker.changes.begin(change(), most=3) for worker in workers for _ in range(5)]
    results = await asyncio.gather(*beginning, return_exceptions=True)
    assert sum(isinstance(result, str) for result in results) == 3
    assert sum(isinstance(result, ChangeLimitReached) for result in results) == 17
    assert await workers[0].changes.destroyed("a", "alice", 3600) == 3
    assert await workers[0].changes.begin(change(identity="bob"), most=3)


async def test_a_change_is_undone_by_one_worker(workers: list[Store]) -> None:
    undone = await workers[0].changes.begin(change())
    await workers[0].changes.end(undone, "done")
    undoing = [worker.changes.begin(change(undoes=undone)) for worker in workers for _ in range(5)]
    results = await asyncio.gather(*undoing, return_exceptions=True)
    (by,) = [result for result in results if isinstance(result, str)]
    assert sum(isinstance(result, AlreadyUndone) for result in results) == 19
    found = await workers[1].changes.find("a", undone)
    assert found is not None
    assert found.undone_by == by
    await workers[2].changes.end(by, "not_done")
    assert await workers[3].changes.begin(change(undoes=undone))


@pytest.mark.parametrize(
    "document",
    [
        {"specification": {"name": ODD, ODD: [ODD, {"deep": ODD}]}, "status": None},
        {"numbers": [1.1, -0.0, 10**40, 1e308, math.inf, 2**63], "": {}, "null": None},
        {},
    ],
    ids=["texts", "numbers", "nothing"],
)
async def test_what_a_task_was_comes_back_exactly(store: Store, document: dict[str, Any]) -> None:
    change_id = await store.changes.begin(change(before=document, sent=document))
    found = await store.changes.find("a", change_id)
    assert found is not None
    assert repr(found.before) == repr(found.sent) == repr(document)


async def test_texts_of_strangers_neither_break_the_store_nor_are_mistaken_for_each_other(
    store: Store, clock: Clock
) -> None:
    given = change(task_id="t\x00", task_name="\x1a0000", identity="\x00", client="\x00")
    change_id = await store.changes.begin(given)
    found = await store.changes.find("a", change_id)
    assert found is not None
    assert found.model_dump(include=set(NewChange.model_fields)) == given.model_dump()
    for task_id, total in [("t\x00", 1), ("t\x1a0000", 0), ("t", 0)]:
        assert (await store.changes.page("a", task_id=task_id, operation=None, skip=0, limit=9))[1] == total
    assert await store.changes.find("a", ODD) is None
    assert await store.consents.read(ODD) is None
    assert await store.approvals.find(ODD) is None
    request = await store.approvals.request(ODD, consent(clock, way="page"), {**SHOWN, "caller": "\x00"})
    assert await store.approvals.decide(request.id, approve=False, by=ODD[:6], note=ODD[:6])
    (denied,) = await store.approvals.history()
    assert (denied.decided_by, denied.note, denied.caller) == (ODD[:6], ODD[:6], "\x00")
    await store.audit.add(clock.now, {"task_id": ODD})
    assert [record for _, record in store.audit.since(0, 9)] == [{"task_id": ODD}]


async def test_a_task_with_such_a_name_is_deleted_and_created_again_as_it_was(make_world: MakeWorld) -> None:
    world = make_world()
    task_id = world.sandbox.create("Pump\x00 watch", variables={"a\x00": "\x00"})
    before = world.sandbox.engine.configuration(task_id)
    async with world.client(ask=User(ACCEPT)) as client:
        deleted = await client.call_tool("delete_task", {"task_id": task_id, "force_stop": True})
    undone = await world.call("undo_change", change_id=data(deleted)["change_id"])
    assert world.sandbox.engine.configuration(data(undone)["task_id"]) == before


async def test_a_page_far_past_the_end_is_empty(make_world: MakeWorld) -> None:
    result = await make_world().call("list_changes", start_index=2**70)
    assert not result.is_error
    assert data(result)["total"] == 0
