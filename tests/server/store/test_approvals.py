import asyncio
import secrets

import pytest

from server.guard.ledger import MAX_OPEN_OF_A_CALLER, Approval, TooManyOpen
from server.store import open_ones
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
    monkeypatch.setattr(open_ones, "MAX_OPEN", 7)
    asking = [requested(worker, clock, f"{number}") for number, worker in enumerate(workers * 5)]
    results = await asyncio.gather(*asking, return_exceptions=True)
    assert sum(isinstance(result, TooManyOpen) for result in results) == 13
    assert len(await workers[0].approvals.waiting()) == 7


@pytest.mark.parametrize(("approve", "outcome"), [(True, "approved"), (False, "denied")])
async def test_of_all_who_decide_at_once_one_does(
    workers: list[Store], clock: Clock, approve: bool, outcome: str
) -> None:
    request = await requested(workers[0], clock)
    decided = await asyncio.gather(
        *(
            worker.approvals.decide(request.id, approve=approve, by=f"{number}", note=None)
            for number, worker in enumerate(workers * 5)
        )
    )
    assert sum(decided) == 1
    found = await workers[3].approvals.find(request.id)
    assert found is not None
    assert (found.outcome, found.decided_by) == (outcome, str(decided.index(True)))


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


async def test_one_caller_cannot_flood_the_page(database_url: str) -> None:
    clock = Clock()
    store = Store(database_url, clock, grace=300)
    for number in range(MAX_OPEN_OF_A_CALLER["page"]):
        await store.approvals.request(f"open {number}", consent(clock, way="page", call=f"c{number}"), SHOWN)
    with pytest.raises(TooManyOpen):
        await store.approvals.request("one more", consent(clock, way="page", call="one more"), SHOWN)
    other = consent(clock, way="page", call="other").model_copy(update={"caller": "somebody else"})
    await store.approvals.request("other", other, SHOWN)
    clock.advance(300)
    await store.approvals.request("one more", consent(clock, way="page", call="one more"), SHOWN)
    await store.aclose()


async def test_what_waits_on_one_page_is_not_seen_on_another(database_url: str) -> None:
    clock = Clock()
    store = Store(database_url, clock, grace=300)
    for page in ("interns", "operators", "operators"):
        shown = {**SHOWN, "page": page}
        await store.approvals.request(secrets.token_hex(4), consent(clock, way="page"), shown)
    assert [request.page for request in await store.approvals.waiting("operators")] == ["operators"] * 2
    assert [request.page for request in await store.approvals.waiting("interns")] == ["interns"]
    assert (await store.approvals.number_waiting("operators"), await store.approvals.number_waiting()) == (2, 3)
    assert len(await store.approvals.waiting(limit=1)) == 1
    clock.advance(300)
    assert [len(await store.approvals.history(page)) for page in ("operators", "interns", None)] == [2, 1, 3]
    await store.aclose()


async def test_an_approval_can_be_taken_back_until_it_is_spent(database_url: str) -> None:
    clock = Clock()
    store = Store(database_url, clock, grace=300)
    for spend_first in (False, True):
        name = f"open {spend_first}"
        request = await store.approvals.request(name, consent(clock, way="page", call=name), SHOWN)
        assert await store.approvals.decide(request.id, approve=True, by="Carol", note=None)
        assert not await store.approvals.decide(request.id, approve=True, by="Carol", note=None)
        if spend_first:
            assert await store.approvals.end(request.id, "spent")
        took_back = await store.approvals.decide(request.id, approve=False, by="Carol", note="Wait")
        assert took_back is not spend_first
        assert await store.approvals.end(request.id, "spent") is False
    await store.aclose()
