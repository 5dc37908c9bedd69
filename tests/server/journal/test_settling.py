"""A change that was left without an outcome is shown as that, looked up in the service once it can be, and settled."""

import json
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.store.changes import Changes
from server.store.unavailable import StoreUnavailable
from tests.conftest import MakeWorld
from tests.support.answers import ACCEPT, User
from tests.support.world import Recorder, World, data, error, text
from tools.models.specification import TEMPLATE_EXAMPLE

PATIENCE = 120
"""Seconds after which no request of a call can be under way any more: four, of 30 seconds each."""

NEW = {**TEMPLATE_EXAMPLE, "name": "New"}
SEVERAL = 5

Fate = Literal["arrives", "is lost"]


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """A server that asks nobody."""
    return make_world(confirm="off")


async def cut_off(world: World, fate: Fate, tool: str, **arguments: Any) -> str:
    """Make a call that ends before its outcome is kept, its request having arrived or not; return the change's ID."""

    async def lose(method: str, path: str) -> None:
        if method != "GET" and fate == "is lost":
            raise ConnectionResetError

    async def fail(changes: Changes, change_id: str, outcome: str, task_id: str | None = None) -> None:
        raise StoreUnavailable

    world.sandbox.recorder.before = lose
    with pytest.MonkeyPatch.context() as meanwhile:
        meanwhile.setattr(Changes, "end", fail)
        await world.call(tool, **arguments)
    world.sandbox.recorder.before = None
    return (await listed(world))[0]["change_id"]


async def listed(world: World, **filters: Any) -> list[dict[str, Any]]:
    return data(await world.call("list_changes", **filters))["changes"]


async def outcome_of(world: World, change_id: str) -> str:
    return {change["change_id"]: change["outcome"] for change in await listed(world)}[change_id]


async def done(world: World, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await world.call(tool, **arguments)
    assert not result.is_error, result
    return data(result)


@pytest.mark.parametrize(("fate", "outcome"), [("arrives", "done"), ("is lost", "not_done")])
@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("stop_task", {}),
        ("start_task", {}),
        ("replace_task", {"specification": NEW}),
        ("delete_task", {"force_stop": True}),
        ("create_task", {"specification": NEW}),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
async def test_every_operation_is_settled_by_what_the_service_has(
    world: World, tool: str, given: dict[str, Any], fate: Fate, outcome: str
) -> None:
    about = {} if tool == "create_task" else {"task_id": world.sandbox.create(start=tool != "start_task")}
    change_id = await cut_off(world, fate, tool, **about, **given)
    assert await outcome_of(world, change_id) == "under_way"
    world.clock.advance(PATIENCE)
    assert await outcome_of(world, change_id) == outcome
    undone = await world.call("undo_change", change_id=change_id)
    assert undone.is_error is (fate == "is lost")
    if fate == "is lost":
        assert f"Change {change_id} was not made, so there is nothing to undo." in text(undone)


async def test_what_is_found_out_is_on_record_once_and_written_out(make_world: MakeWorld, tmp_path: Path) -> None:
    lines = tmp_path / "audit.jsonl"
    world = make_world(confirm="off", audit=str(lines))
    change_id = await cut_off(world, "arrives", "create_task", specification=NEW)
    world.clock.advance(PATIENCE)
    await listed(world)
    (change,) = await listed(world)
    records = [record for _, record in world.store.audit.since(0, 99)]
    assert records == [json.loads(line) for line in lines.read_text().splitlines()]
    begun, call, settled = records
    assert [record["kind"] for record in records] == ["begun", "call", "settled"]
    assert begun["change_id"] == call["change_id"] == settled["change_id"] == change_id
    assert (settled["operation"], settled["outcome"]) == ("create_task", "done")
    assert (settled["task_id"], settled["task_name"]) == (change["task_id"], "New")


async def test_while_it_may_be_under_way_it_is_called_that_and_not_undone(world: World) -> None:
    change_id = await cut_off(world, "arrives", "stop_task", task_id=world.sandbox.create())
    world.clock.advance(PATIENCE - 1)
    page = await world.call("list_changes")
    assert "under_way: being made, or cut off; within minutes it is known which." in text(page).splitlines()
    undone = await world.call("undo_change", change_id=change_id)
    assert error(undone)["kind"] == "not_possible"
    assert f"Change {change_id} is being made, or was cut off." in text(undone)
    world.clock.advance(1)
    page = await world.call("list_changes")
    assert "under_way" not in text(page)
    assert ",done," in text(page)


async def test_as_long_as_nobody_answers_it_is_unknown_and_only_one_is_asked_about(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_ids = [await cut_off(world, "arrives", "stop_task", task_id=world.sandbox.create()) for _ in range(SEVERAL)]
    world.clock.advance(PATIENCE)
    tried: list[httpx.Request] = []

    async def refuse(transport: httpx.ASGITransport, request: httpx.Request) -> httpx.Response:
        tried.append(request)
        raise httpx.ConnectError("refused")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(httpx.ASGITransport, "handle_async_request", refuse)
        page = await world.call("list_changes")
        assert len({request.url for request in tried}) == 1
        undone = await world.call("undo_change", change_id=change_ids[0])
    assert {change["outcome"] for change in data(page)["changes"]} == {"unknown"}
    meaning = "unknown: whether it was made could not be found out; get_task or list_tasks shows what is there."
    assert meaning in text(page).splitlines()
    assert "may or may not have been made; that could not be found out yet." in text(undone)
    assert {change["outcome"] for change in await listed(world)} == {"done"}


async def test_a_service_that_fails_over_one_task_does_not_keep_the_others_from_being_settled(world: World) -> None:
    older, newer = world.sandbox.create(), world.sandbox.create()
    first = await cut_off(world, "arrives", "stop_task", task_id=older)
    second = await cut_off(world, "arrives", "stop_task", task_id=newer)
    world.clock.advance(PATIENCE)

    async def fail(method: str, path: str) -> None:
        if newer in path:
            raise RuntimeError

    world.sandbox.recorder.before = fail
    assert (await outcome_of(world, first), await outcome_of(world, second)) == ("done", "unknown")


async def test_a_one_time_task_that_was_started_is_over_and_was_started_nevertheless(world: World) -> None:
    task_id = world.sandbox.create(type="onetime", start=False)
    change_id = await cut_off(world, "arrives", "start_task", task_id=task_id)
    world.clock.advance(PATIENCE)
    assert await outcome_of(world, change_id) == "done"
    assert world.sandbox.status(task_id) == "stopped"
    undone = await world.call("undo_change", change_id=change_id)
    assert "The task does not run any more: it is stopped, so there is nothing to stop." in text(undone)


async def test_a_task_that_ran_before_is_not_taken_for_started(world: World) -> None:
    task_id = world.sandbox.create(type="onetime")
    world.clock.advance(10)
    change_id = await cut_off(world, "is lost", "start_task", task_id=task_id)
    world.clock.advance(PATIENCE)
    assert await outcome_of(world, change_id) == "not_done"


@pytest.mark.parametrize(("status", "outcome"), [("failed", "not_done"), ("pending", "not_done"), ("new", "unknown")])
async def test_a_stop_is_done_where_the_task_is_stopped_and_nowhere_else(
    world: World, status: str, outcome: str
) -> None:
    task_id = world.sandbox.create()
    change_id = await cut_off(world, "is lost", "stop_task", task_id=task_id)
    world.sandbox.change(task_id, "status", status)
    world.clock.advance(PATIENCE)
    assert await outcome_of(world, change_id) == outcome


@pytest.mark.parametrize("tool", ["stop_task", "start_task", "replace_task"])
async def test_what_became_of_a_task_that_is_gone_is_unknown(world: World, tool: str) -> None:
    task_id = world.sandbox.create(start=tool != "start_task")
    more = {"specification": NEW} if tool == "replace_task" else {}
    change_id = await cut_off(world, "arrives", tool, task_id=task_id, **more)
    world.sandbox.engine.delete(task_id, force_stop=True)
    world.clock.advance(PATIENCE)
    assert await outcome_of(world, change_id) == "unknown"


async def test_what_somebody_has_replaced_since_is_unknown(world: World) -> None:
    task_id = world.sandbox.create()
    change_id = await cut_off(world, "arrives", "replace_task", task_id=task_id, specification=NEW)
    world.sandbox.engine.replace(task_id, {**NEW, "name": "Somebody's"})
    world.clock.advance(PATIENCE)
    assert await outcome_of(world, change_id) == "unknown"


@pytest.mark.parametrize("apart", [-100, 0, 100])
async def test_a_task_that_was_created_is_found_whatever_the_clock_of_the_service_says(
    world: World, apart: int
) -> None:
    change_id = await cut_off(world, "arrives", "create_task", specification=NEW)
    (task_id,) = world.sandbox.database.execute("SELECT id FROM tasks").fetchone()
    world.sandbox.change(task_id, "created_ms", round((world.clock() + apart) * 1000))
    world.clock.advance(PATIENCE)
    (change,) = await listed(world)
    assert (change["change_id"], change["outcome"], change["task_id"]) == (change_id, "done", task_id)


async def test_a_task_that_was_created_is_listed_under_its_id_the_first_time_somebody_looks(world: World) -> None:
    change_id = await cut_off(world, "arrives", "create_task", specification=NEW)
    (task_id,) = world.sandbox.database.execute("SELECT id FROM tasks").fetchone()
    world.clock.advance(PATIENCE)
    assert [change["change_id"] for change in await listed(world, task_id=task_id)] == [change_id]


async def test_a_twin_that_another_change_made_is_not_taken_for_the_task(world: World) -> None:
    before = await done(world, "create_task", specification=NEW)
    change_id = await cut_off(world, "is lost", "create_task", specification=NEW)
    after = await done(world, "create_task", specification=NEW)
    world.clock.advance(PATIENCE)
    assert await outcome_of(world, change_id) == "not_done"
    assert {change.get("task_id") for change in await listed(world)} == {before["task_id"], after["task_id"], None}


@pytest.mark.parametrize("seconds", [-3600, 3600])
async def test_a_twin_from_another_time_is_not_taken_for_the_task(world: World, seconds: int) -> None:
    change_id = await cut_off(world, "is lost", "create_task", specification=NEW)
    twin = world.sandbox.engine.create(NEW, fail_on_warning=False)[0]
    world.sandbox.change(twin, "created_ms", round((world.clock() + seconds) * 1000))
    world.clock.advance(PATIENCE)
    assert await outcome_of(world, change_id) == "not_done"


@pytest.mark.parametrize("somebodys", [[NEW], [{**NEW, "resource": "8"}]], ids=["a twin", "another one"])
async def test_which_of_two_tasks_was_created_is_not_guessed(world: World, somebodys: list[dict[str, Any]]) -> None:
    arrives: Fate = "arrives" if NEW in somebodys else "is lost"
    change_id = await cut_off(world, arrives, "create_task", specification=NEW)
    for document in somebodys:
        world.sandbox.engine.create(document, fail_on_warning=False)
    world.clock.advance(PATIENCE)
    assert await outcome_of(world, change_id) == "unknown"
    assert "list_tasks shows what is there now" in text(await world.call("undo_change", change_id=change_id))


async def test_a_task_that_was_created_without_its_id_being_told_is_found_at_once_and_can_be_undone(
    world: World,
) -> None:
    world.sandbox.recorder = Recorder(Mute(world.sandbox.app))
    created = await done(world, "create_task", specification=NEW)
    assert world.sandbox.status(created["task_id"]) == "running"
    assert created["found_out"].startswith(
        "The Waylay service reported success (201), but its answer could not be read. So it was looked up:"
    )
    world.sandbox.recorder = Recorder(world.sandbox.app)
    assert (await done(world, "undo_change", change_id=created["change_id"]))["undone"] == created["change_id"]
    assert world.sandbox.database.execute("SELECT * FROM tasks").fetchall() == []


class Mute:
    """The service, saying of what it has created only that it did."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def say_nothing(message: Message) -> None:
            if scope["method"] == "POST" and "body" in message:
                message["body"] = b"{}"
            await send(message)

        await self._app(scope, receive, say_nothing)


@pytest.mark.parametrize("tool", ["stop_task", "delete_task"])
async def test_an_undo_that_was_cut_off_holds_until_it_is_settled(world: World, tool: str) -> None:
    more = {"force_stop": True} if tool == "delete_task" else {}
    change_id = (await done(world, tool, task_id=world.sandbox.create(), **more))["change_id"]
    undoing = await cut_off(world, "is lost", "undo_change", change_id=change_id)
    refused = await world.call("undo_change", change_id=change_id)
    assert error(refused)["kind"] == "not_possible"
    assert f"may be undone already: change {undoing} was to do that, with an unknown outcome." in text(refused)
    world.clock.advance(PATIENCE)
    again = await done(world, "undo_change", change_id=change_id)
    assert again["undone"] == change_id
    assert [change["outcome"] for change in await listed(world)] == ["done", "not_done", "done"]
    assert (await listed(world))[-1]["undone_by"] == again["change_id"]


@pytest.mark.parametrize("tool", ["stop_task", "delete_task"])
async def test_an_undo_that_was_cut_off_after_it_was_made_is_not_made_again(world: World, tool: str) -> None:
    more = {"force_stop": True} if tool == "delete_task" else {}
    change_id = (await done(world, tool, task_id=world.sandbox.create(), **more))["change_id"]
    undoing = await cut_off(world, "arrives", "undo_change", change_id=change_id)
    world.clock.advance(PATIENCE)
    refused = await world.call("undo_change", change_id=change_id)
    assert f"Change {change_id} is undone already, by change {undoing}." in text(refused)
    assert f'undo_change(change_id="{undoing}")' in text(refused)


@pytest.mark.parametrize("filters", [{"operation": "stop_task"}, {"hits": 1, "start_index": 1}])
async def test_a_page_without_the_undo_that_came_to_nothing_does_not_name_it_either(
    world: World, filters: dict[str, Any]
) -> None:
    change_id = (await done(world, "stop_task", task_id=world.sandbox.create()))["change_id"]
    await cut_off(world, "is lost", "undo_change", change_id=change_id)
    world.clock.advance(PATIENCE)
    (change,) = await listed(world, **filters)
    assert (change["change_id"], change.get("undone_by")) == (change_id, None)


async def test_what_a_call_that_was_held_up_knows_counts_for_more_than_what_was_found_out(world: World) -> None:
    """A computer that slept in the middle of a call: another server has looked, and the request comes after that."""
    stop = (await done(world, "stop_task", task_id=world.sandbox.create()))["change_id"]

    async def sleep(method: str, path: str) -> None:
        if method == "POST":
            world.sandbox.recorder.before = None
            world.clock.advance(PATIENCE)
            assert (await listed(world))[0]["outcome"] == "not_done"

    world.sandbox.recorder.before = sleep
    start = (await done(world, "undo_change", change_id=stop))["change_id"]
    changes = {change["change_id"]: change for change in await listed(world)}
    assert changes[start]["outcome"] == "done"
    assert changes[stop]["undone_by"] == start


async def test_a_change_is_settled_by_a_server_that_comes_later(make_world: MakeWorld, tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path}/state.sqlite3"
    before = make_world(confirm="off", url=url)
    change_id = await cut_off(before, "arrives", "stop_task", task_id=before.sandbox.create())
    await before.running.aclose()
    before.clock.advance(PATIENCE)
    after = World(before.sandbox, before.settings, url=url)
    async with after.client(ask=User(ACCEPT)) as client:
        assert not (await client.call_tool("undo_change", {"change_id": change_id})).is_error
    await after.running.aclose()
