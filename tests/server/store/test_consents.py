import asyncio
import stat
from pathlib import Path

import pytest

from server.guard.ledger import TooManyOpen
from server.store import open_ones
from server.store.store import Store
from tests.conftest import MakeWorld
from tests.support.records import consent
from tests.support.world import Clock, error, text


async def test_a_consent_is_closed_once_whoever_tries(workers: list[Store], clock: Clock) -> None:
    handle = await workers[0].consents.open(consent(clock))
    closed = await asyncio.gather(*(worker.consents.close(handle, "spent") for worker in workers for _ in range(5)))
    assert sum(closed) == 1
    entry = await workers[3].consents.read(handle)
    assert entry is not None
    assert (entry.outcome, entry.consent) == ("spent", consent(clock))


async def test_an_expired_consent_cannot_be_spent(store: Store, clock: Clock) -> None:
    handle = await store.consents.open(consent(clock, seconds=10))
    clock.advance(10)
    assert not await store.consents.close(handle, "spent")


async def test_the_file_is_the_owners_alone_and_holds_no_handle(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "state" / "state.sqlite3"
    store = Store(f"sqlite:///{path}", clock, grace=300)
    handle = await store.consents.open(consent(clock))
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    await store.aclose()
    assert all(handle.encode() not in file.read_bytes() for file in path.parent.iterdir())


async def test_a_folder_may_have_any_name(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "50% off? #1 @home" / "state.sqlite3"
    store = Store(f"sqlite:///{path}", clock, grace=300)
    await store.consents.open(consent(clock))
    await store.aclose()
    assert path.stat().st_size > 0


async def test_what_expired_long_ago_is_forgotten(store: Store, clock: Clock) -> None:
    handle = await store.consents.open(consent(clock))
    store.pruning.wait()
    clock.advance(300 + 3601)
    await store.consents.open(consent(clock))
    store.pruning.wait()
    assert await store.consents.read(handle) is None


async def test_no_more_than_so_many_questions_are_open_however_many_workers_ask_at_once(
    workers: list[Store], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_ones, "MAX_OPEN", 7)
    asking = [worker.consents.open(consent(clock)) for worker in workers for _ in range(5)]
    results = await asyncio.gather(*asking, return_exceptions=True)
    handles = [result for result in results if isinstance(result, str)]
    assert len(handles) == 7
    assert sum(isinstance(result, TooManyOpen) for result in results) == 13
    await workers[0].consents.close(handles[0], "declined")
    assert await workers[1].consents.open(consent(clock))


async def test_a_store_that_cannot_be_written_means_no(make_world: MakeWorld, tmp_path: Path) -> None:
    (tmp_path / "state.sqlite3").write_text("this is not a database, and long enough to be taken for one " * 20)
    world = make_world(url=f"sqlite:///{tmp_path}/state.sqlite3")
    task_id = world.sandbox.create()
    result = await world.call("stop_task", task_id=task_id)
    assert error(result)["kind"] == "unavailable"
    assert "WAYLAY_MCP_STATE_DIR" in text(result)
    assert world.sandbox.recorder.attempts == []
