"""What was changed can be seen, and undone unless it has changed since."""

import asyncio
from typing import Any

import pytest

from server.sandbox.plugins import TEMPLATES
from server.store.changes import ChangeRow, Changes
from tests.conftest import MakeWorld
from tests.support.answers import ACCEPT, DECLINE, User
from tests.support.world import World, data, error, text
from tools.models.specification import RULE_EXAMPLE, TEMPLATE_EXAMPLE


@pytest.fixture
def store_url(database_url: str) -> str:
    """These tests run on every database."""
    return database_url


SEVERAL = 4


async def confirmed(world: World, tool: str, **arguments: Any) -> Any:
    async with world.client(ask=User(ACCEPT)) as client:
        result = await client.call_tool(tool, arguments)
    assert not result.is_error, result
    return result


async def changed(world: World, tool: str, **arguments: Any) -> str:
    """Return the ID of a change that was just made."""
    return data(await confirmed(world, tool, **arguments))["change_id"]


async def test_a_stop_is_undone_by_a_start_and_that_by_a_stop_that_is_asked_about(world: World) -> None:
    task_id = world.sandbox.create()
    stop = await changed(world, "stop_task", task_id=task_id)
    undone = await world.call("undo_change", change_id=stop)
    assert data(undone)["undone"] == stop
    assert world.sandbox.status(task_id) == "running"
    user = User(DECLINE, ACCEPT)
    async with world.client(ask=user) as client:
        again = {"change_id": data(undone)["change_id"]}
        assert error(await client.call_tool("undo_change", again))["kind"] == "declined"
        assert world.sandbox.status(task_id) == "running"
        assert not (await client.call_tool("undo_change", again)).is_error
    assert "Stop this task?" in user.asked[0].message
    assert world.sandbox.status(task_id) == "stopped"


async def test_a_status_cannot_speak_for_the_server(world: World) -> None:
    task_id = world.sandbox.create()
    stop = await changed(world, "stop_task", task_id=task_id)
    world.sandbox.change(task_id, "status", "fine.\n\u202eDone")
    result = await world.call("undo_change", change_id=stop)
    assert error(result)["kind"] == "not_possible"
    assert 'has changed since (status: now "fine. Done"), so the change is not undone.' in text(result)


@pytest.mark.parametrize("document", [TEMPLATE_EXAMPLE, RULE_EXAMPLE], ids=["template", "rule"])
@pytest.mark.parametrize("running", [True, False])
async def test_a_replace_is_undone_and_the_task_goes_on_as_it_was(
    world: World, document: dict[str, Any], running: bool
) -> None:
    task_id = world.sandbox.create(start=running)
    before = world.sandbox.engine.configuration(task_id)
    replace = await changed(world, "replace_task", task_id=task_id, specification=document)
    await confirmed(world, "undo_change", change_id=replace)
    assert world.sandbox.engine.configuration(task_id) == before
    assert world.sandbox.status(task_id) == ("running" if running else "stopped")


async def test_a_deleted_task_is_created_again_under_a_new_id_and_what_is_lost_is_named(world: World) -> None:
    task_id = world.sandbox.create("Meter 7")
    before = world.sandbox.engine.configuration(task_id)
    delete = await changed(world, "delete_task", task_id=task_id, force_stop=True)
    result = await world.call("undo_change", change_id=delete)
    new_id = data(result)["task_id"]
    assert new_id != task_id
    assert world.sandbox.engine.configuration(new_id) == before
    assert world.sandbox.status(new_id) == "running"
    assert f"It is the deleted task {task_id} again, under a new ID. Its state and history did not come back" in text(
        result
    )


async def test_a_task_that_was_stopped_when_it_was_deleted_comes_back_stopped(world: World) -> None:
    task_id = world.sandbox.create()
    world.sandbox.engine.stop(task_id)
    before = world.sandbox.engine.configuration(task_id)
    delete = await changed(world, "delete_task", task_id=task_id)
    undone = await world.call("undo_change", change_id=delete)
    new_id = data(undone)["task_id"]
    assert world.sandbox.status(new_id) == "stopped"
    assert world.sandbox.engine.configuration(new_id) == {**before, "start": False}
    assert "under a new ID, but with start: false, so that it stays stopped. Its state" in text(undone)


async def test_a_task_that_ran_although_it_was_created_stopped_comes_back_running(world: World) -> None:
    task_id = world.sandbox.create(start=False)
    world.sandbox.engine.start(task_id)
    delete = await changed(world, "delete_task", task_id=task_id, force_stop=True)
    undone = await world.call("undo_change", change_id=delete)
    assert world.sandbox.status(data(undone)["task_id"]) == "running"
    assert "under a new ID, but without start: false, so that it runs. Its state" in text(undone)


async def test_an_undone_replacement_says_if_the_task_does_not_do_what_it_did(world: World) -> None:
    task_id = world.sandbox.create(start=False)
    document = {**TEMPLATE_EXAMPLE, "start": True}
    replace = await changed(world, "replace_task", task_id=task_id, specification=document)
    undone = await confirmed(world, "undo_change", change_id=replace)
    assert world.sandbox.status(task_id) == "running"
    assert (
        "It has the configuration from before the change again, but without start: false, so that it runs. "
        "Unlike before the change it is running; stop_task changes that."
    ) in text(undone)


async def test_undoing_a_creation_deletes_and_is_asked_about(world: World) -> None:
    create = await changed(world, "create_task", specification=TEMPLATE_EXAMPLE)
    task_id = data(await world.call("list_changes"))["changes"][0]["task_id"]
    offer = await world.call("undo_change", change_id=create)
    required = data(offer)["confirmation_required"]
    assert world.sandbox.status(task_id) == "running"
    done = await world.call("undo_change", change_id=create, confirmation=required["confirmation"])
    assert data(done)["deleted"] == task_id
    assert world.sandbox.status(task_id) is None
    assert 'call undo_change again with the same arguments and confirmation="' in text(offer)


@pytest.mark.parametrize(
    ("tool", "arguments"), [("stop_task", {}), ("replace_task", {"specification": {**TEMPLATE_EXAMPLE, "name": "New"}})]
)
async def test_an_undo_is_refused_with_the_difference_once_the_task_has_changed(
    world: World, tool: str, arguments: dict[str, Any]
) -> None:
    task_id = world.sandbox.create()
    change = await changed(world, tool, task_id=task_id, **arguments)
    document = {**world.sandbox.engine.configuration(task_id), "name": "Somebody's work", "start": False}
    world.sandbox.engine.replace(task_id, document)
    writes = len(world.sandbox.recorder.attempts)
    result = await world.call("undo_change", change_id=change)
    assert error(result)["kind"] == "not_possible"
    assert 'name: "' in text(result)
    assert '"Somebody\'s work"' in text(result)
    assert "Nothing was changed." in text(result)
    assert len(world.sandbox.recorder.attempts) == writes


async def test_a_stop_is_not_undone_once_somebody_started_the_task_again(world: World) -> None:
    task_id = world.sandbox.create()
    change = await changed(world, "stop_task", task_id=task_id)
    world.sandbox.engine.start(task_id)
    result = await world.call("undo_change", change_id=change)
    assert "The task has changed since (status: now running), so the change is not undone." in text(result)


async def test_a_change_is_undone_once(world: World) -> None:
    task_id = world.sandbox.create()
    change = await changed(world, "delete_task", task_id=task_id, force_stop=True)
    first = await world.call("undo_change", change_id=change)
    second = await world.call("undo_change", change_id=change)
    assert error(second)["kind"] == "not_possible"
    assert f"is undone already, by change {data(first)['change_id']}" in text(second)


@pytest.mark.parametrize("tool", ["stop_task", "delete_task", "replace_task", "start_task", "create_task"])
async def test_of_several_undos_at_once_one_is_made(make_world: MakeWorld, tool: str) -> None:
    """Each has looked at the change before any of them goes on."""
    world = make_world(confirm="off")
    document = {**TEMPLATE_EXAMPLE, "name": "New"}
    task_id = world.sandbox.create(start=tool != "start_task")
    about: dict[str, Any] = {
        "delete_task": {"task_id": task_id, "force_stop": True},
        "replace_task": {"task_id": task_id, "specification": document},
        "create_task": {"specification": document},
    }.get(tool, {"task_id": task_id})
    change = await changed(world, tool, **about)
    world.sandbox.recorder.requests.clear()
    looked, all_have_looked = 0, asyncio.Event()
    find = Changes.find

    async def find_together(changes: Changes, audience: str, change_id: str) -> ChangeRow | None:
        nonlocal looked
        row = await find(changes, audience, change_id)
        looked += 1
        if looked == SEVERAL:
            all_have_looked.set()
        await asyncio.wait_for(all_have_looked.wait(), 10)
        return row

    with pytest.MonkeyPatch.context() as meanwhile:
        meanwhile.setattr(Changes, "find", find_together)
        results = await asyncio.gather(*(world.call("undo_change", change_id=change) for _ in range(SEVERAL)))
    assert len(world.sandbox.recorder.writes) == 1
    made = [data(result)["change_id"] for result in results if "undone" in data(result)]
    changes = data(await world.call("list_changes"))["changes"]
    assert [entry.get("undoes") for entry in changes] == [change, None]
    assert changes[1]["undone_by"] == changes[0]["change_id"] == made[0]
    assert len(made) == 1


async def test_a_change_of_another_tenant_is_not_there(make_world: MakeWorld, tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path}/state.sqlite3"
    world, elsewhere = make_world(url=url), make_world(url=url)
    change = await changed(world, "stop_task", task_id=world.sandbox.create())
    refused = await elsewhere.call("undo_change", change_id=change)
    assert f"There is no change {change} on this tenant." in text(refused)
    assert text(await elsewhere.call("list_changes")) == "No such changes were made through this server."
    assert not (await world.call("undo_change", change_id=change)).is_error


async def test_what_was_undone_and_made_again_is_taken_back_by_its_last_change(make_world: MakeWorld) -> None:
    world = make_world(confirm="off")
    task_id = world.sandbox.create()
    stop = await changed(world, "stop_task", task_id=task_id)
    start = await changed(world, "undo_change", change_id=stop)
    again = await changed(world, "undo_change", change_id=start)
    refused = await world.call("undo_change", change_id=stop)
    assert f"Change {stop} is undone already, by change {start}." in text(refused)
    assert f"What followed from that ended with change {again}." in text(refused)
    assert f'undo_change(change_id="{again}")' in text(refused)
    await changed(world, "undo_change", change_id=again)
    assert world.sandbox.status(task_id) == "running"


async def test_an_undo_is_marked_as_one_in_the_list(world: World) -> None:
    stop = await changed(world, "stop_task", task_id=world.sandbox.create("Pump"))
    start = await changed(world, "undo_change", change_id=stop)
    lines = text(await world.call("list_changes")).splitlines()
    assert lines[1] == "change_id,when,operation,task_id,name,outcome,caller,undoes,undone_by"
    assert lines[2].startswith(f"{start},")
    assert lines[2].endswith(f",{stop},")
    assert lines[3].endswith(f",,{start}")


async def test_an_undo_that_failed_can_be_made_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    task_id = world.sandbox.create(template="pumpVibration")
    change = await changed(world, "delete_task", task_id=task_id, force_stop=True)
    with monkeypatch.context() as meanwhile:
        meanwhile.delitem(TEMPLATES, "pumpVibration")
        assert (await world.call("undo_change", change_id=change)).is_error
    assert not (await world.call("undo_change", change_id=change)).is_error


async def test_changes_are_listed_newest_first_and_filtered(world: World) -> None:
    task_id, other = world.sandbox.create("One"), world.sandbox.create("Other")
    first = await changed(world, "stop_task", task_id=task_id)
    second = await changed(world, "start_task", task_id=task_id)
    third = await changed(world, "stop_task", task_id=other)
    page = await world.call("list_changes")
    assert [change["change_id"] for change in data(page)["changes"]] == [third, second, first]
    assert text(page).splitlines()[0] == "Changes 1-3 of 3, newest first."
    of_task = data(await world.call("list_changes", task_id=task_id))["changes"]
    assert [change["change_id"] for change in of_task] == [second, first]
    stops = data(await world.call("list_changes", operation="stop_task", hits=1))
    assert (stops["total"], stops["next_start_index"]) == (2, 1)
    assert [change["change_id"] for change in stops["changes"]] == [third]
    assert {change["outcome"] for change in of_task} == {"done"}


async def test_nothing_is_sent_when_the_journal_cannot_be_written(make_world: MakeWorld, tmp_path: Any) -> None:
    (tmp_path / "state.sqlite3").write_text("no database, but long enough to be taken for one for a moment " * 20)
    world = make_world(url=f"sqlite:///{tmp_path}/state.sqlite3", confirm="off")
    task_id = world.sandbox.create()
    for tool, arguments in [
        ("stop_task", {"task_id": task_id}),
        ("replace_task", {"task_id": task_id, "specification": TEMPLATE_EXAMPLE}),
        ("delete_task", {"task_id": task_id, "force_stop": True}),
        ("create_task", {"specification": TEMPLATE_EXAMPLE}),
    ]:
        result = await world.call(tool, **arguments)
        assert (error(result)["kind"], error(result)["changed"]) == ("unavailable", "no")
    assert world.sandbox.recorder.attempts == []


async def test_what_failed_is_in_the_journal_as_not_done(make_world: MakeWorld) -> None:
    world = make_world(confirm="off")
    task_id = world.sandbox.create()
    world.sandbox.change(task_id, "protected", 1)
    result = await world.call("delete_task", task_id=task_id, force_stop=True)
    assert result.is_error
    (change,) = data(await world.call("list_changes"))["changes"]
    assert (change["operation"], change["outcome"]) == ("delete_task", "not_done")
    assert "was not made, so there is nothing to undo" in text(
        await world.call("undo_change", change_id=change["change_id"])
    )
