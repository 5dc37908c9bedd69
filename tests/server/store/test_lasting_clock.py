"""A clock that jumps ahead does not empty the store; a server that was off for long goes on pruning in time."""

import pytest

from server.store import pruning as pruning_module
from server.store.store import Store
from tests.server.store.conftest import MakeWorker
from tests.support.records import SHOWN, change, consent
from tests.support.world import Clock

DAY = 86_400


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning_module, "_PAUSE", 0)


@pytest.fixture
def store(make_worker: MakeWorker) -> Store:
    return kept_for(make_worker, 90)


def kept_for(make_worker: MakeWorker, days: float) -> Store:
    """Return a store beside which nothing runs."""
    store = make_worker(keep_days=days)
    store.database.afterwards = None
    return store


async def in_use(store: Store, clock: Clock, days: int) -> None:
    """Use a store every day, and prune it every day."""
    for _ in range(days):
        await use(store, clock)
        store.pruning.prune()
        clock.advance(DAY)


async def use(store: Store, clock: Clock) -> None:
    """Leave a record, and a change that is over."""
    await store.audit.add(clock.now, {})
    await store.changes.end(await store.changes.begin(change()), "done")


async def held(store: Store) -> tuple[int, int]:
    """Return how many records and changes there are."""
    _, changes = await store.changes.page("a", task_id=None, operation=None, skip=0, limit=1)
    return len(store.audit.since(0, 9_999)), changes


async def test_in_everyday_use_things_go_when_their_time_has_come(store: Store, clock: Clock) -> None:
    await in_use(store, clock, 100)
    assert await held(store) == (91, 91)


@pytest.mark.parametrize("days", [1, 4, 10, 90])
@pytest.mark.parametrize("jump", [100, 3650])
async def test_a_clock_that_jumps_ahead_costs_half_of_what_is_kept_at_most(
    make_worker: MakeWorker, clock: Clock, days: int, jump: int
) -> None:
    store = kept_for(make_worker, days)
    for _ in range(8):
        await use(store, clock)
        clock.advance(days * DAY / 8)
    right = clock.now
    clock.advance(jump * DAY)
    for _ in range(5):
        await use(store, clock)
        store.pruning.prune()
        clock.advance(min(days, 14) * DAY / 50)
    clock.now = right
    store.pruning.prune()
    records, changes = await held(store)
    assert records == changes
    assert records - 5 >= 4


async def test_a_jump_of_the_clock_costs_a_week_where_things_are_kept_for_long(store: Store, clock: Clock) -> None:
    await in_use(store, clock, 90)
    request = await store.approvals.request("1", consent(clock, 1800, "page"), SHOWN)
    assert await store.approvals.decide(request.id, approve=False, by="carol", note=None)
    clock.advance(100 * DAY)
    await use(store, clock)
    store.pruning.prune()
    assert await held(store) == (85, 85)
    assert [one.id for one in await store.approvals.history()] == [request.id]


async def test_a_server_that_was_off_for_a_month_goes_on_pruning_after_half_a_week(store: Store, clock: Clock) -> None:
    await in_use(store, clock, 90)
    clock.advance(30 * DAY)
    await in_use(store, clock, 3)
    assert await held(store) == (84 + 3, 84 + 3)
    await in_use(store, clock, 3)
    assert await held(store) == (55 + 6, 55 + 6)


async def test_a_server_that_is_used_once_a_month_lags_behind_and_no_more(store: Store, clock: Clock) -> None:
    for _ in range(12):
        await use(store, clock)
        store.pruning.prune()
        clock.advance(30 * DAY)
    assert await held(store) == (4, 4)


async def test_a_clock_that_jumps_to_the_same_wrong_year_again_costs_no_more(store: Store, clock: Clock) -> None:
    """What was written during the first jump lies ahead, and is no proof that the second is no jump."""
    await in_use(store, clock, 10)
    right = clock.now
    clock.advance(365 * DAY)
    await use(store, clock)
    clock.now = right
    await in_use(store, clock, 5)
    clock.advance(369 * DAY)
    await use(store, clock)
    store.pruning.prune()
    assert await held(store) == (17, 17)
