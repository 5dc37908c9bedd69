import asyncio
import itertools
import sqlite3
import threading
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Connection, text

from server.store import engines, late
from server.store.change_rows import ChangeRow
from server.store.locks import one_at_a_time
from server.store.store import Store
from server.store.unavailable import StoreUnavailable
from tests.server.store.conftest import MakeWorker
from tests.support.records import change
from tests.support.serving import PATIENCE
from tests.support.world import Clock


@asynccontextmanager
async def holding(worker: Store, hold: Callable[[Connection], None]) -> AsyncGenerator[None]:
    """Have a worker hold something in a transaction."""
    holds, may_go = threading.Event(), threading.Event()

    def work(connection: Connection) -> None:
        hold(connection)
        holds.set()
        may_go.wait(PATIENCE)

    held = asyncio.create_task(worker.database.run(work))
    try:
        assert await asyncio.to_thread(holds.wait, PATIENCE)
        yield
    finally:
        may_go.set()
        await held


def alices_pace(connection: Connection) -> None:
    one_at_a_time(connection, "changes", "a", "alice")


def journal_and_audit(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE changes, audit IN ACCESS EXCLUSIVE MODE"))


async def settled(worker: Store, change_id: str) -> ChangeRow:
    """Return a change once it has an outcome that its call knew."""
    async with asyncio.timeout(PATIENCE):
        while True:
            row = await worker.changes.find("a", change_id)
            assert row is not None
            if row.outcome not in (None, "unknown"):
                return row
            await asyncio.sleep(0.02)


async def test_whoever_waits_too_long_for_another_worker_is_refused(
    make_worker: MakeWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_PATIENCE", 1)
    one, other = make_worker(), make_worker()
    async with holding(one, alices_pace):
        with pytest.raises(StoreUnavailable, match="is locked by another process"):
            await other.changes.begin(change(), most=9)
    await other.changes.begin(change(), most=9)
    assert await one.changes.destroyed("a", "alice", 3600) == 1


async def test_what_a_call_knows_is_kept_once_the_database_can_be_used(
    make_worker: MakeWorker, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(engines, "_PATIENCE", 1)
    one, other = make_worker("k" * 32), make_worker("k" * 32)
    change_id = await one.changes.begin(change(operation="create_task", task_id=None), most=9)
    ended = clock.now
    async with holding(other, journal_and_audit):
        for failing in (one.audit.add(ended, {"kind": "call"}), one.changes.end(change_id, "done", "made")):
            with pytest.raises(StoreUnavailable, match="is locked by another process"):
                await failing
        clock.now += 60
    await other.changes.settle(change_id, "unknown")
    row = await settled(other, change_id)
    assert (row.outcome, row.task_id, row.ended, row.genuine) == ("done", "made", ended, True)
    assert [record for _, record in other.audit.since(0, 9)] == [{"kind": "call"}]


async def test_what_a_call_knows_is_kept_before_the_database_is_closed(
    make_worker: MakeWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_PATIENCE", 1)
    monkeypatch.setattr(late, "_FIRST", 3600)
    one, other = make_worker(), make_worker()
    change_id = await one.changes.begin(change(), most=9)
    async with holding(other, journal_and_audit):
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
