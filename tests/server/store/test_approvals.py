import asyncio

import pytest

from server.guard.ledger import Approval, TooManyOpen
from server.store import approvals as approvals_module
from server.store.store import Store
from tests.support.records import SHOWN, consent
from tests.support.world import Clock


async def requested(store: Store, clock: Clock, open_call: str = "o") -> Approval:
    return await store.approvals.request(open_call, consent(clock, 1800, "page"), SHOWN)


async def test_the_same_call_makes_one_request_whichever_workers_it_reaches(workers: list[Store], clock: Clock) -> None:
    found = await asyncio.gather(*(requested(worker, clock) for worker in workers for _ in range(5)))
    assert len({approval.id for approval in found}) == 1
    assert len(await workers[0].approvals.waiting()) == 1


async def test_no_more_than_so_many_requests_wait_however_many_workers_ask_at_once(
    workers: list[Store], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(approvals_module, "MAX_OPEN", 7)
    asking = [requested(worker, clock, f"{number}") for number, worker in enumerate(workers * 5)]
    results = await asyncio.gather(*asking, return_exceptions=True)
    assert sum(isinstance(result, TooManyOpen) for result in results) == 13
    assert len(await workers[0].approvals.waiting()) == 7


async def test_of_all_who_decide_at_once_one_does(workers: list[Store], clock: Clock) -> None:
    request = await requested(workers[0], clock)
    decided = await asyncio.gather(
        *(
            worker.approvals.decide(request.id, approve=number % 2 == 0, by=f"{number}", note=None)
            for number, worker in enumerate(workers * 5)
        )
    )
    assert sum(decided) == 1
    found = await workers[3].approvals.find(request.id)
    assert found is not None
    assert found.decided_by == str(decided.index(True))
    assert found.outcome == ("approved" if decided.index(True) % 2 == 0 else "denied")


async def test_an_approval_is_spent_once_whoever_tries(workers: list[Store], clock: Clock) -> None:
    request = await requested(workers[0], clock)
    assert not await workers[0].approvals.end(request.id, "spent")
    assert await workers[1].approvals.decide(request.id, approve=True, by="carol", note=None)
    spent = await asyncio.gather(*(worker.approvals.end(request.id, "spent") for worker in workers for _ in range(5)))
    assert sum(spent) == 1
    assert (await requested(workers[2], clock)).id != request.id


async def test_a_session_is_taken_once_whoever_tries(workers: list[Store], clock: Clock) -> None:
    handle = await workers[0].sessions.open("ticket", {"of": "alice"}, 60)
    taken = await asyncio.gather(*(worker.sessions.take("ticket", handle) for worker in workers for _ in range(5)))
    assert [data for data in taken if data] == [{"of": "alice"}]
    clock.advance(60)
    opened = await asyncio.gather(*(worker.sessions.open("page", {}, 60) for worker in workers for _ in range(5)))
    assert len(set(opened)) == 20
