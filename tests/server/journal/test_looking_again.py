"""What could not be found out is looked up again and again, ever more seldom, and not for ever."""

import pytest
from starlette.responses import JSONResponse

from server.journal import settling
from tests.conftest import MakeWorld
from tests.server.journal.test_settling import cut_off, listed, outcome_of
from tests.support.world import World, error

DAY = 86_400
PATIENCE = 120


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """A server that asks nobody."""
    return make_world(confirm="off")


async def doubtful(world: World) -> tuple[str, str]:
    """Make a change that nobody can tell of, and return its ID and its task's."""
    task_id = world.sandbox.create()
    change_id = await cut_off(world, "arrives", "stop_task", task_id=task_id)
    world.sandbox.change(task_id, "status", "new")
    return change_id, task_id


async def looks(world: World) -> int:
    """Return with how many requests the service is asked when changes are listed."""
    before = len(world.sandbox.recorder.requests)
    await listed(world)
    return len(world.sandbox.recorder.requests) - before


async def test_each_look_in_vain_is_followed_by_a_longer_pause_and_in_the_end_by_none(world: World) -> None:
    await doubtful(world)
    asked: list[int] = []
    for _ in range(3 * 24):
        world.clock.advance(3600)
        asked.append(await looks(world))
    assert asked[:4] == [1, 1, 1, 1]
    assert 8 < sum(asked) < 16
    assert not any(asked[36:])


async def test_what_nobody_looked_up_for_days_is_looked_up_once(world: World) -> None:
    change_id, _ = await doubtful(world)
    world.clock.advance(60 * DAY)
    assert [await looks(world), await looks(world)] == [1, 0]
    world.clock.advance(60 * DAY)
    assert await looks(world) == 0
    assert await outcome_of(world, change_id) == "unknown"


async def test_whoever_asks_for_one_change_has_it_looked_up_whenever_that_is(world: World) -> None:
    change_id, task_id = await doubtful(world)
    world.clock.advance(2 * DAY)
    assert await outcome_of(world, change_id) == "unknown"
    world.sandbox.change(task_id, "status", "stopped")
    undone = await world.call("undo_change", change_id=change_id)
    assert not undone.is_error
    assert await outcome_of(world, change_id) == "done"


async def test_many_that_nobody_can_tell_of_do_not_keep_another_from_its_turn(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "_AT_ONCE", 2)
    oldest = await cut_off(world, "arrives", "stop_task", task_id=world.sandbox.create())
    for _ in range(3):
        world.clock.advance(1)
        await doubtful(world)
    latest = await cut_off(world, "arrives", "stop_task", task_id=world.sandbox.create())
    world.clock.advance(PATIENCE)
    for _ in range(4):
        world.clock.advance(1)
        await listed(world)
    assert (await outcome_of(world, oldest), await outcome_of(world, latest)) == ("done", "done")


async def test_one_that_is_always_too_slow_does_not_keep_the_others_from_being_looked_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    import anyio

    monkeypatch.setattr(settling, "_LONGEST", 0.1)
    slow = world.sandbox.create()
    first = await cut_off(world, "arrives", "stop_task", task_id=slow)
    second = await cut_off(world, "arrives", "stop_task", task_id=world.sandbox.create())

    async def hang(method: str, path: str) -> None:
        if slow in path:
            await anyio.sleep_forever()

    world.sandbox.recorder.before = hang
    world.clock.advance(PATIENCE)
    await listed(world)
    world.clock.advance(1)
    assert (await outcome_of(world, first), await outcome_of(world, second)) == ("unknown", "done")


async def test_while_something_stands_in_for_the_service_no_turn_is_lost(world: World) -> None:
    change_id = await cut_off(world, "arrives", "stop_task", task_id=world.sandbox.create())
    world.clock.advance(PATIENCE)
    service = world.sandbox.recorder.app
    world.sandbox.recorder.app = JSONResponse({}, 503)
    assert await outcome_of(world, change_id) == "unknown"
    world.sandbox.recorder.app = service
    assert await outcome_of(world, change_id) == "done"


async def test_what_becomes_of_one_change_gives_others_of_its_task_another_turn(world: World) -> None:
    stopped, task_id = await doubtful(world)
    world.clock.advance(2 * DAY)
    assert await outcome_of(world, stopped) == "unknown"
    world.sandbox.change(task_id, "status", "stopped")
    assert await looks(world) == 0
    renamed = {"name": "Renamed", "template": "pumpVibration", "start": False}
    assert not (await world.call("replace_task", task_id=task_id, specification=renamed)).is_error
    assert await looks(world) > 0


@pytest.mark.parametrize("total_timeout", [1, 30])
async def test_a_short_time_limit_is_no_reason_to_call_something_not_done_for_good(
    make_world: MakeWorld, total_timeout: int
) -> None:
    world = make_world(confirm="off", total_timeout=total_timeout)
    task_id = world.sandbox.create()
    world.sandbox.recorder.app, service = JSONResponse({}, 503), world.sandbox.recorder.app

    async def reads_arrive(method: str, path: str) -> None:
        world.sandbox.recorder.app = service if method == "GET" else JSONResponse({}, 503)

    world.sandbox.recorder.before = reads_arrive
    told = error(await world.call("stop_task", task_id=task_id))
    assert (told["changed"], told["retryable"], "as_of" in told) == ("no", False, True)
    world.clock.advance(PATIENCE - 1)
    assert [change["outcome"] for change in await listed(world)] == ["not_yet"]
    world.sandbox.engine.stop(task_id)
    assert [change["outcome"] for change in await listed(world)] == ["done"]
