"""What is over for long goes; what is pending never does."""

import pytest
from sqlalchemy import Column, Float, Integer, MetaData, Table

from server.guard.terms import PACE_WINDOW, REFUSAL_WINDOW
from server.store import pruning as pruning_module
from server.store.changes import ChangeOutcome
from server.store.store import Store
from tests.conftest import MakeWorld
from tests.server.store.conftest import MakeWorker
from tests.support.records import SHOWN, change, consent
from tests.support.world import Clock

DAY = 86_400


@pytest.fixture(autouse=True)
def _no_pauses_and_no_doubts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clocks that are to be doubted have tests of their own."""
    monkeypatch.setattr(pruning_module, "_PAUSE", 0)
    monkeypatch.setattr(pruning_module, "believed", lambda connection, now, keep: now)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]


@pytest.fixture
def store(make_worker: MakeWorker) -> Store:
    """A store that keeps what is over for ten days."""
    store = make_worker(keep_days=10)
    # Nothing runs beside the test, unless it is what the test is about.
    store.database.afterwards = None
    return store


async def made(store: Store, outcome: ChangeOutcome | None = "done", undoes: str | None = None) -> str:
    change_id = await store.changes.begin(change(undoes=undoes))
    if outcome is not None:
        await store.changes.end(change_id, outcome)
    return change_id


async def kept(store: Store) -> list[str]:
    """Return the changes that the journal still has, oldest first."""
    rows, _ = await store.changes.page("a", task_id=None, operation=None, skip=0, limit=10_000)
    return [row.id for row in reversed(rows)]


async def test_changes_that_are_over_go_when_their_time_has_come(store: Store, clock: Clock) -> None:
    old = [await made(store), await made(store, "not_done")]
    clock.advance(DAY)
    young = await made(store)
    clock.advance(9 * DAY)
    store.pruning.prune()
    assert await kept(store) == [*old, young]
    clock.advance(1)
    store.pruning.prune()
    assert await kept(store) == [young]


async def test_a_change_that_is_under_way_or_unknown_stays_however_old_it_is(store: Store, clock: Clock) -> None:
    pending = [await made(store, None), await made(store, "unknown")]
    clock.advance(3650 * DAY)
    store.pruning.prune()
    assert await kept(store) == pending
    await store.changes.end(pending[0], "done")
    store.pruning.prune()
    assert await kept(store) == pending
    clock.advance(10 * DAY + 1)
    store.pruning.prune()
    assert await kept(store) == pending[1:]


async def test_what_a_kept_change_refers_to_stays_with_it(store: Store, clock: Clock) -> None:
    alone, first = await made(store), await made(store)
    failed, second = await made(store, "not_done", undoes=first), await made(store, undoes=first)
    clock.advance(9 * DAY)
    third = await made(store, undoes=second)
    clock.advance(2 * DAY)
    store.pruning.prune()
    assert alone not in await kept(store)
    assert await kept(store) == [first, failed, second, third]
    clock.advance(9 * DAY)
    store.pruning.prune()
    assert await kept(store) == []


async def test_a_family_with_a_change_that_nobody_knows_the_end_of_stays(store: Store, clock: Clock) -> None:
    first = await made(store)
    second = await made(store, "unknown", undoes=first)
    clock.advance(3650 * DAY)
    store.pruning.prune()
    assert await kept(store) == [first, second]


async def test_what_has_to_stay_does_not_hold_up_the_rest(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning_module, "_AT_ONCE", 2)
    firsts = [await made(store) for _ in range(5)]
    undoing = [await made(store, "unknown", undoes=first) for first in firsts]
    others = [await made(store) for _ in range(5)]
    clock.advance(11 * DAY)
    store.pruning.prune()
    assert await kept(store) == [*firsts, *undoing]
    assert others


async def test_a_run_removes_no_more_than_it_may(store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning_module, "_AT_ONCE", 2)
    monkeypatch.setattr(pruning_module, "_ROUNDS", 2)
    for _ in range(7):
        await made(store)
        await store.audit.add(clock.now, {})
    clock.advance(11 * DAY)
    for left in (3, 0):
        store.pruning.prune()
        assert len(await kept(store)) == len(store.audit.since(0, 99)) == left


async def test_requests_that_wait_or_are_approved_and_unspent_stay_however_old_they_are(
    store: Store, clock: Clock
) -> None:
    waits = await store.approvals.request("1", consent(clock, 100 * DAY, "page"), SHOWN)
    approved = await store.approvals.request("2", consent(clock, 100 * DAY, "page"), SHOWN)
    assert await store.approvals.decide(approved.id, approve=True, by="carol", note=None)
    clock.advance(99 * DAY)
    store.pruning.prune()
    assert [request.id for request in await store.approvals.waiting()] == [waits.id]
    assert await store.approvals.end(approved.id, "spent")


async def test_the_history_of_approvals_goes_when_its_time_has_come(store: Store, clock: Clock) -> None:
    denied = await store.approvals.request("1", consent(clock, 1800, "page"), SHOWN)
    assert await store.approvals.decide(denied.id, approve=False, by="carol", note=None)
    await store.approvals.request("2", consent(clock, 1800, "page"), SHOWN)
    clock.advance(10 * DAY)
    store.pruning.prune()
    assert len(await store.approvals.history()) == 2
    clock.advance(1801)
    store.pruning.prune()
    assert await store.approvals.history() == []


async def test_the_audit_goes_when_its_time_has_come(store: Store, clock: Clock) -> None:
    await store.audit.add(clock.now, {"number": 1})
    clock.advance(5 * DAY)
    await store.audit.add(clock.now, {"number": 2})
    clock.advance(5 * DAY + 1)
    store.pruning.prune()
    assert [record for _, record in store.audit.since(0, 99)] == [{"number": 2}]


async def test_the_least_retention_keeps_all_that_is_counted(make_worker: MakeWorker, clock: Clock) -> None:
    store = make_worker(keep_days=1)
    store.database.afterwards = None
    handle = await store.consents.open(consent(clock, seconds=10))
    request = await store.approvals.request("o", consent(clock, 1, "page"), SHOWN)
    assert await store.consents.close(handle, "declined")
    assert await store.approvals.decide(request.id, approve=False, by="carol", note=None)
    await made(store)
    clock.advance(REFUSAL_WINDOW - 1)
    store.pruning.prune()
    assert await store.consents.refusals("c", REFUSAL_WINDOW) == 2
    clock.advance(PACE_WINDOW - REFUSAL_WINDOW)
    store.pruning.prune()
    assert await store.changes.destroyed("a", "alice", PACE_WINDOW) == 1


async def test_sessions_go_once_they_are_over(store: Store, clock: Clock) -> None:
    over, lasts = [await store.sessions.open("page", {}, seconds) for seconds in (60, 61)]
    clock.advance(60)
    store.pruning.prune()
    clock.advance(-60)
    assert await store.sessions.read("page", over) is None
    assert await store.sessions.read("page", lasts) == {}


async def test_work_prunes_once_an_hour_and_nothing_before(make_worker: MakeWorker, clock: Clock) -> None:
    store = make_worker(keep_days=10)
    await store.audit.add(clock.now - 11 * DAY, {})
    store.pruning.wait()
    assert len(store.audit.since(0, 99)) == 0
    await store.audit.add(clock.now - 11 * DAY, {})
    store.pruning.wait()
    assert len(store.audit.since(0, 99)) == 1
    clock.advance(3600)
    await store.audit.add(clock.now, {"this": "stays"})
    store.pruning.wait()
    assert [record for _, record in store.audit.since(0, 99)] == [{"this": "stays"}]


async def test_a_server_keeps_for_as_long_as_is_set(make_world: MakeWorld) -> None:
    world = make_world(retention_days=2)
    await world.call("create_task", specification={})
    world.store.pruning.wait()
    for days, left in ((1, 2), (1.1, 2)):
        world.clock.advance(days * DAY)
        await world.call("create_task", specification={})
        world.store.pruning.wait()
        assert len(world.store.audit.since(0, 99)) == left


async def test_pruning_that_fails_fails_nothing_else(
    make_worker: MakeWorker, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = make_worker()
    monkeypatch.setattr(
        pruning_module, "AUDIT", Table("lost", MetaData(), Column("number", Integer), Column("at", Float))
    )
    await store.consents.open(consent(clock))
    store.pruning.wait()
    assert "what is past its time was not removed: " in caplog.text
