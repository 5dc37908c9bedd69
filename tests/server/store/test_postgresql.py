"""A PostgreSQL server that goes away, comes back, or cannot be reached."""

import io
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, func, select

from server.store.store import Store
from server.store.unavailable import StoreUnavailable
from tests.conftest import MakeWorld
from tests.support.answers import ACCEPT, User
from tests.support.postgres import PostgreSQL
from tests.support.records import change
from tests.support.world import Clock, World, data, error, text

CANARY = "canary-4fe1c9d2"


@pytest.fixture
def database_url(postgresql: PostgreSQL) -> Iterator[str]:
    with postgresql.database() as url:
        yield url


async def refused(world: World, task_id: str) -> str:
    result = await world.call("stop_task", task_id=task_id)
    assert (error(result)["kind"], error(result)["changed"]) == ("unavailable", "no")
    return text(result)


async def test_a_server_that_goes_away_means_no_until_it_is_back(make_world: MakeWorld, postgresql: PostgreSQL) -> None:
    world = make_world(confirm="off")
    first, second = world.sandbox.create(), world.sandbox.create()
    assert not (await world.call("stop_task", task_id=first)).is_error
    postgresql.stop()
    try:
        said = await refused(world, second)
        unlisted = await world.call("list_changes")
    finally:
        postgresql.start()
    assert "this server's store cannot be used right now." in said
    assert "WAYLAY_MCP_STATE_URL" in said
    assert error(unlisted)["kind"] == "unavailable"
    assert len(world.sandbox.recorder.attempts) == 1
    assert not (await world.call("stop_task", task_id=second)).is_error
    assert [change["outcome"] for change in data(await world.call("list_changes"))["changes"]] == ["done", "done"]


async def test_a_consent_outlives_a_restart_of_the_server(make_world: MakeWorld, postgresql: PostgreSQL) -> None:
    world = make_world()
    task_id = world.sandbox.create()
    offer = await world.call("stop_task", task_id=task_id)
    postgresql.stop()
    postgresql.start()
    token = data(offer)["confirmation_required"]["confirmation"]
    assert not (await world.call("stop_task", task_id=task_id, confirmation=token)).is_error


async def test_connections_that_were_cut_off_are_replaced_unnoticed(
    make_world: MakeWorld, postgresql: PostgreSQL
) -> None:
    world = make_world()
    task_id = world.sandbox.create()
    user = User(ACCEPT, meanwhile=postgresql.cut_off)
    async with world.client(ask=user) as client:
        assert not (await client.call_tool("stop_task", {"task_id": task_id})).is_error
    assert len(user.asked) == 1


async def test_nothing_is_kept_of_what_was_cut_off_half_way(store: Store) -> None:
    await store.changes.begin(change())

    def cut_off_half_way(connection: Connection) -> None:
        connection.execute(select(func.pg_terminate_backend(func.pg_backend_pid())))

    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        await store.database.run(cut_off_half_way)
    assert await store.changes.destroyed("a", "alice", 3600) == 1


@pytest.mark.parametrize(
    ("what", "instead", "why"),
    [("/postgres?", "/nowhere?", "does not exist"), ("waylay@", "nobody@", "refused the user or the password")],
)
async def test_what_a_server_refuses_is_named(database_url: str, what: str, instead: str, why: str) -> None:
    store = Store(database_url.replace(what, instead), Clock(), grace=300)
    with pytest.raises(StoreUnavailable, match=f"^the PostgreSQL database at .* {why}$"):
        await store.audit.add(1, {})
    await store.aclose()


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://{CANARY}:{CANARY}@127.0.0.1:1/waylay",
        f"postgresql://{CANARY}:{CANARY}@/waylay?host=/nowhere",
        f"postgresql://{CANARY}:{CANARY}@127.0.0.1:1/waylay?no_such_option={CANARY}",
        f"postgresql://{CANARY}:{CANARY}@127.0.0.1:1/waylay?connect_timeout={CANARY}",
    ],
)
async def test_no_failure_brings_user_password_or_options_out_and_assistants_are_told_of_no_host(
    make_world: MakeWorld, url: str, everything_logged: io.StringIO
) -> None:
    world = make_world(url=url, confirm="off")
    said = await refused(world, world.sandbox.create())
    assert world.sandbox.recorder.attempts == []
    shown = said + repr(world.store) + repr(world.store.database)
    assert CANARY not in shown + everything_logged.getvalue()
    assert "127.0.0.1" not in said
    assert "/waylay" not in said
