"""Seals: whoever can write to the database, and has no key, cannot make or alter what lets somebody through."""

import json
from typing import Any

import pytest
from sqlalchemy import Engine, text, update

from server.store.engines import address_of, new_engine
from server.store.handles import digest_of, new_key
from server.store.seals import SEALED
from server.store.store import Store
from server.store.tables import CONSENTS, SESSIONS
from tests.conftest import MakeWorld
from tests.server.store.conftest import MakeWorker
from tests.support.records import SHOWN, consent
from tests.support.world import Clock, World, data, error

OLD, NEW = new_key(), new_key()


@pytest.fixture
def behind(database_url: str) -> Any:
    """The database, for somebody who has no key."""
    engine = new_engine(address_of(database_url))
    yield engine
    engine.dispose()


def set_behind(engine: Engine, table: Any, **values: Any) -> None:
    with engine.begin() as connection:
        assert connection.execute(update(table).values(**values)).rowcount > 0


async def test_keys_are_changed_without_a_gap(make_worker: MakeWorker, clock: Clock) -> None:
    before = make_worker(OLD)
    first, page = await before.consents.open(consent(clock)), await before.sessions.open("page", {"of": "carol"}, 60)
    between = make_worker(NEW, OLD)
    second = await between.consents.open(consent(clock))
    assert await between.sessions.read("page", page) == {"of": "carol"}
    assert await between.consents.close(first, "spent")
    after = make_worker(NEW)
    assert await after.consents.close(second, "spent")
    assert not await after.consents.close(second, "spent")
    entry = await after.consents.read(first)
    assert entry is not None
    assert entry.outcome == "spent"
    assert await after.sessions.read("page", page) is None


CHANGED: dict[str, Any] = {
    "way": "question", "call": "another", "open_call": "another", "bound": {"operation": "delete_task"},
    "caller": "another", "page": "another", "shown": {"question": "?"}, "created": 1.0, "expires": 9e9,
    "outcome": "approved", "decided": 1.0, "decided_by": "Mallory", "note": "?", "id": "another",
}  # fmt: skip


def test_everything_that_is_kept_of_a_consent_is_under_its_seal_but_what_was_done_with_it() -> None:
    assert set(SEALED["consents"]) == {column.name for column in CONSENTS.c} - {"seal", "change_id"}
    assert set(SEALED["sessions"]) == {column.name for column in SESSIONS.c} - {"seal"}
    assert set(CHANGED) == set(SEALED["consents"])


@pytest.mark.parametrize("column", SEALED["consents"])
async def test_a_request_that_was_altered_is_unknown_and_decides_nothing(
    make_worker: MakeWorker, clock: Clock, behind: Engine, column: str
) -> None:
    store = make_worker(NEW)
    request = await store.approvals.request("o", consent(clock, 1800, "page"), SHOWN)
    assert [waiting.id for waiting in await store.approvals.waiting()] == [request.id]
    set_behind(behind, CONSENTS, **{column: CHANGED[column]})
    name = CHANGED["id"] if column == "id" else request.id
    assert await store.approvals.look(name) is None
    assert await store.approvals.find(name) is None
    assert await store.approvals.opened("o") is None
    assert await store.approvals.opened("another") is None
    assert await store.approvals.waiting() == await store.approvals.history() == []
    assert not await store.approvals.decide(name, approve=True, by="Carol", note=None)
    assert not await store.approvals.end(name, "spent")
    assert (await store.approvals.request("o", consent(clock, 1800, "page"), SHOWN)).id != request.id


async def test_what_was_spent_or_denied_cannot_be_opened_again(
    make_worker: MakeWorker, clock: Clock, behind: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    store = make_worker(NEW)
    handle = await store.consents.open(consent(clock))
    assert await store.consents.close(handle, "spent")
    request = await store.approvals.request("o", consent(clock, 1800, "page"), SHOWN)
    assert await store.approvals.decide(request.id, approve=False, by="Carol", note=None)
    set_behind(behind, CONSENTS, outcome=None, decided=None, decided_by=None, expires=9e9)
    assert await store.consents.read(handle) is None
    assert not await store.consents.close(handle, "spent")
    assert not await store.approvals.decide(request.id, approve=True, by="Carol", note=None)
    assert "it does not bear the seal of a key in WAYLAY_MCP_STATE_KEYS" in caplog.text
    for secret in (NEW, handle, digest_of(handle)):
        assert secret not in caplog.text


async def test_a_consent_or_a_page_that_somebody_else_made_is_unknown(make_worker: MakeWorker, clock: Clock) -> None:
    forger, store = make_worker(), make_worker(NEW)
    handle, page = await forger.consents.open(consent(clock)), await forger.sessions.open("page", {"name": "Carol"}, 60)
    ticket = await forger.sessions.open("ticket", {}, 60)
    assert await store.consents.read(handle) is None
    assert await store.sessions.read("page", page) is None
    assert await store.sessions.take("ticket", ticket) is None
    other = make_worker(new_key())
    assert await store.consents.read(await other.consents.open(consent(clock))) is None


async def test_a_server_without_keys_lets_nothing_through_that_is_sealed_and_says_why(
    make_worker: MakeWorker, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    sealed, store = make_worker(NEW), make_worker()
    handle = await sealed.consents.open(consent(clock))
    assert await store.consents.read(handle) is None
    assert await store.consents.read(handle) is None
    assert not await store.consents.close(handle, "spent")
    why = "it is sealed, and this server has no WAYLAY_MCP_STATE_KEYS"
    assert [record.getMessage() for record in caplog.records] == [
        f"an entry among the consents in the store is treated as unknown: {why}"
    ]
    assert store.seals.refused == 1
    assert await sealed.consents.close(handle, "spent")


async def test_a_token_for_another_call_cannot_be_made_out_of_one_by_writing_to_the_database(
    make_world: MakeWorld, store_url: str, behind: Engine
) -> None:
    world = make_world()
    shared = Store(store_url, world.clock, 300, keys=[NEW])
    guarded = World(world.sandbox, world.settings, store=shared)
    harmless, wanted = world.sandbox.create("harmless"), world.sandbox.create("wanted")
    tokens = [
        data(await guarded.call("stop_task", task_id=task_id))["confirmation_required"]["confirmation"]
        for task_id in (harmless, wanted)
    ]
    with behind.begin() as connection:
        of_the_wanted = connection.execute(
            text("SELECT bound FROM consents WHERE id = :id"), {"id": digest_of(tokens[1])}
        ).scalar_one()
        connection.execute(
            text("UPDATE consents SET bound = :bound WHERE id = :id"),
            {"bound": of_the_wanted, "id": digest_of(tokens[0])},
        )
    assert json.loads(of_the_wanted)["operation"] == "stop_task"
    result = await guarded.call("stop_task", task_id=wanted, confirmation=tokens[0])
    assert error(result)["kind"] == "unknown_confirmation"
    assert world.sandbox.recorder.attempts == []
    assert not (await guarded.call("stop_task", task_id=wanted, confirmation=tokens[1])).is_error
    await guarded.running.aclose()
