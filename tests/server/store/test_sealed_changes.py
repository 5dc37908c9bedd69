"""Whoever can write to the database, and has no key, cannot have undone what they made up."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from server.store.handles import new_key
from server.store.seals import SEALED
from server.store.store import Store
from server.store.tables import CHANGES
from tests.conftest import MakeWorld
from tests.support.world import World, data, error, text

KEY, OLD = new_key(), new_key()
EVIL = {"name": "EVIL", "template": "pumpVibration", "type": "periodic", "frequency": 60_000}

ALTERED: dict[str, Any] = {
    "id": "aaaaaaaaaa", "began": 1.0, "ended": 1.0, "identity": "mallory", "caller": "mallory",
    "client": "another", "operation": "start_task", "destroys": False, "task_id": "another", "task_name": "another",
    "before": {"status": "running", "specification": EVIL}, "sent": EVIL, "outcome": "not_done", "undone_by": "b",
    "audience": "another", "undoes": "b",
}  # fmt: skip


@pytest.fixture
async def world(make_world: MakeWorld, store_url: str) -> AsyncIterator[World]:
    """A server with a key, that asks nobody."""
    plain = make_world(confirm="off")
    keyed = World(plain.sandbox, plain.settings, store=Store(store_url, plain.clock, 300, keys=[KEY]))
    yield keyed
    await keyed.running.aclose()


async def done(world: World, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await world.call(tool, **arguments)
    assert not result.is_error, result
    return data(result)


async def listed(world: World) -> dict[str, dict[str, Any]]:
    return {change["change_id"]: change for change in (await done(world, "list_changes"))["changes"]}


def behind(world: World, statement: Any) -> Any:
    """Carry out a statement as somebody without a key would."""

    def work(connection: Connection) -> Any:
        result = connection.execute(statement)
        return list(result.mappings()) if result.returns_rows else result.rowcount

    return world.store.database.run_now(work)


async def planted(world: World, **given: Any) -> str:
    """Plant a change like one that there is; return its ID."""
    (like,) = behind(world, select(CHANGES).order_by(CHANGES.c.number.desc()).limit(1))
    kept = {name: value for name, value in like.items() if name != "number"}
    behind(world, insert(CHANGES).values(**{**kept, "id": "aaaaaaaaaa", **given}))
    return "aaaaaaaaaa"


def test_everything_that_is_kept_of_a_change_is_under_its_seal_but_its_number_and_when_it_was_looked_up() -> None:
    assert set(SEALED["changes"]) == {column.name for column in CHANGES.c} - {"seal", "number", "looked"}
    assert set(ALTERED) == set(SEALED["changes"])


async def test_what_is_sealed_is_undone_and_that_as_well(world: World) -> None:
    for tool, more in (
        ("stop_task", {}),
        ("replace_task", {"specification": EVIL}),
        ("delete_task", {"force_stop": True}),
    ):
        change_id = (await done(world, tool, task_id=world.sandbox.create(), **more))["change_id"]
        undone = (await done(world, "undo_change", change_id=change_id))["change_id"]
        assert (await listed(world))[change_id]["undone_by"] == undone
        await done(world, "undo_change", change_id=undone)
    assert {change["outcome"] for change in (await listed(world)).values()} == {"done"}


async def test_a_change_that_somebody_planted_is_not_undone_and_called_unverified(world: World) -> None:
    await done(world, "stop_task", task_id=world.sandbox.create())
    before = {"status": "running", "specification": EVIL}
    change_id = await planted(world, operation="delete_task", task_id="t", before=before, undone_by=None)
    written = len(world.sandbox.recorder.attempts)
    result = await world.call("undo_change", change_id=change_id)
    assert error(result)["kind"] == "not_possible"
    assert "does not bear this server's seal, so somebody else may have written or altered it." in text(result)
    assert len(world.sandbox.recorder.attempts) == written
    assert (await listed(world))[change_id]["outcome"] == "unverified"
    assert "unverified: its seal does not fit" in text(await world.call("list_changes"))


@pytest.mark.parametrize("column", [name for name in SEALED["changes"] if name not in ("audience", "undoes")])
async def test_a_change_that_somebody_altered_is_not_undone(world: World, column: str) -> None:
    change_id = (await done(world, "stop_task", task_id=world.sandbox.create()))["change_id"]
    assert behind(world, update(CHANGES).values(**{column: ALTERED[column]})) == 1
    written = len(world.sandbox.recorder.attempts)
    name = ALTERED["id"] if column == "id" else change_id
    assert "does not bear this server's seal" in text(await world.call("undo_change", change_id=name))
    assert len(world.sandbox.recorder.attempts) == written
    assert (await listed(world))[name]["outcome"] == "unverified"


async def test_a_change_that_somebody_planted_without_an_outcome_gets_none_and_no_seal(world: World) -> None:
    task_id = world.sandbox.create(start=False)
    await done(world, "start_task", task_id=task_id)
    change_id = await planted(world, operation="stop_task", outcome="unknown", undone_by=None, seal=None)
    world.sandbox.engine.stop(task_id)
    world.clock.advance(3600)
    assert (await listed(world))[change_id]["outcome"] == "unverified"
    assert not await world.store.changes.settle(change_id, "done")
    (row,) = behind(world, select(CHANGES).where(CHANGES.c.id == change_id))
    assert (row["outcome"], row["seal"]) == ("unknown", None)


@pytest.mark.parametrize("sealed", [True, False])
async def test_an_operation_that_nobody_knows_does_not_keep_changes_from_being_listed(
    world: World, make_world: MakeWorld, sealed: bool
) -> None:
    world = world if sealed else make_world(confirm="off")
    await done(world, "stop_task", task_id=world.sandbox.create())
    change_id = await planted(world, operation="boom", outcome="unknown")
    world.clock.advance(3600)
    changes = await listed(world)
    assert changes[change_id]["outcome"] == ("unverified" if sealed else "unknown")
    behind(world, update(CHANGES).where(CHANGES.c.id == change_id).values(outcome="done"))
    assert error(await world.call("undo_change", change_id=change_id))["kind"] == "not_possible"


async def test_changes_that_somebody_made_undo_each_other_are_not_followed_for_ever(make_world: MakeWorld) -> None:
    world = make_world(confirm="off")
    stop = (await done(world, "stop_task", task_id=world.sandbox.create()))["change_id"]
    start = (await done(world, "undo_change", change_id=stop))["change_id"]
    behind(world, update(CHANGES).where(CHANGES.c.id == start).values(undone_by=stop))
    assert error(await world.call("undo_change", change_id=stop))["kind"] == "not_possible"


async def test_a_task_is_not_taken_for_anothers_because_somebody_says_so(world: World) -> None:
    created = await done(world, "create_task", specification=EVIL)
    await planted(world, task_id=created["task_id"])
    (row,) = behind(world, select(CHANGES).where(CHANGES.c.id == created["change_id"]))
    from server.store.change_queries import Change

    change = Change(row["audience"], "another", None, "EVIL", row["began"], row["began"], row["began"])
    behind(world, update(CHANGES).where(CHANGES.c.id == created["change_id"]).values(operation="stop_task"))
    assert await world.store.changes.other_creations(change, [created["task_id"]]) == (False, set())


async def test_what_was_changed_before_there_was_a_key_or_under_another_is_not_undone(
    world: World, store_url: str
) -> None:
    task_id = world.sandbox.create()
    for keys, again in (((), False), ((OLD,), True)):
        before = World(world.sandbox, world.settings, store=Store(store_url, world.clock, 300, keys=keys))
        tool = "start_task" if again else "stop_task"
        change_id = (await done(before, tool, task_id=task_id))["change_id"]
        await before.running.aclose()
        assert (await listed(world))[change_id]["outcome"] == "unverified"
    both = World(world.sandbox, world.settings, store=Store(store_url, world.clock, 300, keys=[KEY, OLD]))
    await done(both, "undo_change", change_id=change_id)
    await both.running.aclose()
    assert (await listed(world))[change_id]["outcome"] == "done"
