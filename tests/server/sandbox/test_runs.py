"""What the runs of a task were like: derived from the clock, over starts and stops."""

from typing import Any

import httpx
import pytest

from tests.support.world import Sandbox

TASKS = "/rules/v1/tasks"
MINUTE = 60


async def listed(api: httpx.AsyncClient, task_id: str) -> dict[str, Any]:
    return (await api.get(f"{TASKS}?ids={task_id}&includeHealth=true")).json()[0]


async def health(api: httpx.AsyncClient, task_id: str) -> tuple[int, float]:
    task = await listed(api, task_id)
    return task["health"]["errorsCount"], task["health"]["errorsRate"]


@pytest.fixture
def failing(sandbox: Sandbox) -> str:
    """A task that has run a hundred times, each time with an error, and does not run any more."""
    task_id = sandbox.create()
    sandbox.change(task_id, "error_rate", 1.0)
    sandbox.clock.advance(100 * MINUTE)
    sandbox.engine.stop(task_id)
    return task_id


async def test_a_start_forgets_no_errors(api: httpx.AsyncClient, sandbox: Sandbox, failing: str) -> None:
    assert await health(api, failing) == (64, 1.0)
    sandbox.engine.start(failing)
    assert await health(api, failing) == (64, 1.0)


async def test_each_run_since_the_start_pushes_an_earlier_one_out(
    api: httpx.AsyncClient, sandbox: Sandbox, failing: str
) -> None:
    sandbox.engine.start(failing)
    seen: list[int] = []
    for runs in (1, 9, 30, 23, 1, 100):
        sandbox.clock.advance(runs * MINUTE)
        seen.append((await health(api, failing))[0])
    assert seen == [63, 54, 24, 1, 0, 0]


async def test_health_stays_what_it_is_over_a_stop_and_another_start(
    api: httpx.AsyncClient, sandbox: Sandbox, failing: str
) -> None:
    sandbox.engine.start(failing)
    sandbox.clock.advance(32 * MINUTE)
    assert await health(api, failing) == (32, 0.5)
    sandbox.engine.stop(failing)
    assert await health(api, failing) == (32, 0.5)
    sandbox.clock.advance(32 * MINUTE)
    sandbox.engine.start(failing)
    assert await health(api, failing) == (32, 0.5)
    assert (await listed(api, failing))["invocationCount"] == 132


async def test_health_is_of_fewer_runs_where_there_were_fewer(api: httpx.AsyncClient, sandbox: Sandbox) -> None:
    task_id = sandbox.create()
    assert await health(api, task_id) == (0, 0.0)
    sandbox.change(task_id, "error_rate", 1.0)
    sandbox.clock.advance(3 * MINUTE)
    sandbox.engine.stop(task_id)
    sandbox.engine.start(task_id)
    sandbox.clock.advance(MINUTE)
    assert await health(api, task_id) == (3, 0.75)


async def test_a_one_time_task_that_runs_again_has_one_good_run_more(api: httpx.AsyncClient, sandbox: Sandbox) -> None:
    task_id = sandbox.create(type="onetime")
    sandbox.clock.advance(2)
    await listed(api, task_id)
    sandbox.change(task_id, "error_rate", 1.0)
    assert await health(api, task_id) == (1, 1.0)
    sandbox.engine.start(task_id)
    assert await health(api, task_id) == (1, 1.0)
    sandbox.clock.advance(2)
    assert await health(api, task_id) == (1, 0.5)


async def test_a_replaced_task_has_no_history(api: httpx.AsyncClient, sandbox: Sandbox, failing: str) -> None:
    sandbox.engine.replace(failing, {"name": "New", "template": "pumpVibration"})
    assert await health(api, failing) == (0, 0.0)
    sandbox.clock.advance(300)
    assert await health(api, failing) == (0, 0.0)
    assert (await listed(api, failing))["invocationCount"] == 1


@pytest.mark.parametrize(
    ("settings", "counts"),
    [
        ({"cron": "0 0/10 * * * ?"}, [1, 1, 2, 2]),
        ({"rrule": "FREQ=MINUTELY;INTERVAL=10"}, [1, 2, 2, 3]),
        ({"rrule": "FREQ=MINUTELY;INTERVAL=5;COUNT=3"}, [2, 3, 3, 3]),
        ({"rrule": "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30"}, [0, 0, 0, 0]),
    ],
)
async def test_a_schedule_counts_its_runs(
    api: httpx.AsyncClient, sandbox: Sandbox, settings: dict[str, Any], counts: list[int]
) -> None:
    sandbox.clock.advance(-100)  # to 11:05
    task_id = sandbox.engine.create(
        {"name": "x", "template": "internet.json", "type": "scheduled", **settings}, fail_on_warning=False
    )[0]
    seen: list[int] = []
    for _ in counts:
        sandbox.clock.advance(6 * MINUTE)
        seen.append((await listed(api, task_id))["invocationCount"])
    assert seen == counts


async def test_a_task_that_waits_names_the_node_that_has_not_been_observed(
    api: httpx.AsyncClient, sandbox: Sandbox
) -> None:
    waiting, running = sandbox.create("Waits"), sandbox.create("Runs")
    sandbox.change(waiting, "status", "pending")
    assert (await listed(api, waiting))["pendingNodes"] == {"spectrum_1": {}}
    assert "pendingNodes" not in await listed(api, running)
    task = (await api.get(f"{TASKS}/{waiting}")).json()
    assert task["pendingNodes"] == {"spectrum_1": {}}
    assert task["rawData"] == {}
    assert task["nodes"] == [{"label": "spectrum_1"}, {"label": "alarm_1", "mostLikelyState": "Observed"}]


async def test_the_type_of_a_resource_is_found_whichever_way_the_task_came(
    api: httpx.AsyncClient, sandbox: Sandbox
) -> None:
    async def of_type(kind: str) -> list[str]:
        return [task["ID"] for task in (await api.get(f"{TASKS}?resourceType={kind}")).json()]

    task_id = sandbox.create(resource="pump-1")
    sandbox.create(resource="pump")
    sandbox.create()
    assert await of_type("pump") == [task_id]
    sandbox.engine.replace(task_id, {"name": "x", "template": "internet.json", "resource": "meter-1"})
    assert (await of_type("pump"), await of_type("meter")) == ([], [task_id])


async def test_the_type_of_a_resource_outlives_a_replacement_by_the_same(api: httpx.AsyncClient) -> None:
    sandbox = Sandbox(tasks=40)
    task_id, kind = sandbox.database.execute("SELECT id, resource_type FROM tasks WHERE status = 'running'").fetchone()
    sandbox.engine.replace(task_id, sandbox.engine.configuration(task_id))
    after = sandbox.database.execute("SELECT resource_type FROM tasks WHERE id = ?", (task_id,)).fetchone()
    assert after == (kind,)
    assert kind == "coldstore"
    sandbox.close()
