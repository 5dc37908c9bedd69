import asyncio
import itertools
import sqlite3
import threading
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Connection, text

from server.store import engines
from server.store.locks import one_at_a_time
from server.store.store import Store
from server.store.unavailable import StoreUnavailable
from tests.server.store.conftest import MakeWorker
from tests.support.records import change
from tests.support.serving import PATIENCE
from tests.support.world import Clock


@asynccontextmanager
async def kept_from(worker: Store) -> AsyncGenerator[None]:
    """Have a worker keep all others out of the journal and the audit."""
    holds, may_go = threading.Event(), threading.Event()

    def hold(connection: Connection) -> None:
        one_at_a_time(connection, "changes", "a", "alice")
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE changes, audit IN ACCESS EXCLUSIVE MODE"))
        holds.set()
        may_go.wait(PATIENCE)

    holding = asyncio.create_task(worker.database.run(hold))
    assert await asyncio.to_thread(holds.wait, PATIENCE)
    yield
    may_go.set()
    await holding


async def test_whoever_waits_too_long_for_another_worker_is_refused(
    make_worker: MakeWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_PATIENCE", 1)
    one, other = make_worker(), make_worker()
    async with kept_from(one):
        with pytest.raises(StoreUnavailable, match="is locked by another process"):
            await other.changes.begin(change(), most=9)
    await other.changes.begin(change(), most=9)
    assert await one.changes.destroyed("a", "alice", 3600) == 1


async def test_what_a_call_knows_is_kept_once_the_database_can_be_used(
    make_worker: MakeWorker, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(engines, "_PATIENCE", 1)
    one, other = make_worker(), make_worker()
    change_id = await one.changes.begin(change(operation="create_task", task_id=None), most=9)
    ended = clock.now
    async with kept_from(other):
        for failing in (one.changes.end(change_id, "done", "made"), one.audit.add(ended, {"kind": "call"})):
            with pytest.raises(StoreUnavailable, match="is locked by another process"):
                await failing
    clock.now += 60
    await other.changes.settle(change_id, "unknown")
    assert not other.audit.since(0, 9)
    await one.changes.destroyed("a", "alice", 3600)
    row = await other.changes.find("a", change_id)
    assert row is not None
    assert (row.outcome, row.task_id, row.ended, row.genuine) == ("done", "made", ended, True)
    assert [record for _, record in other.audit.since(0, 9)] == [{"kind": "call"}]
    await one.changes.destroyed("a", "alice", 3600)
    assert len(other.audit.since(0, 9)) == 1


async def test_what_a_call_knows_is_kept_before_the_database_is_closed(
    make_worker: MakeWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_PATIENCE", 1)
    one, other = make_worker(), make_worker()
    change_id = await one.changes.begin(change(), most=9)
    async with kept_from(other):
        with pytest.raises(StoreUnavailable):
            await one.changes.end(change_id, "not_done")
    await one.aclose()
    row = await other.changes.find("a", change_id)
    assert row is not None
    assert row.outcome == "not_done"


async def test_whoever_opens_a_file_while_another_process_makes_it_waits(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.sqlite3"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        other.execute("COMMIT")

    monkeypatch.setattr(engines, "time", SimpleNamespace(monotonic=time.monotonic, sleep=wait))
    store = Store(f"sqlite:///{path}", clock, grace=300)
    await store.audit.add(clock.now, {})
    assert len(store.audit.since(0, 9)) == len(waited) == 1
    await store.aclose()
    other.close()


async def test_whoever_waits_too_long_for_that_is_refused(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.sqlite3"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(engines, "time", SimpleNamespace(monotonic=itertools.count().__next__, sleep=float))
    store = Store(f"sqlite:///{path}", clock, grace=300)
    with pytest.raises(StoreUnavailable, match="is locked by another process"):
        await store.audit.add(clock.now, {})
    await store.aclose()
    other.close()
