import asyncio
import itertools
import sqlite3
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Connection

from server.store import engines
from server.store.locks import one_at_a_time
from server.store.store import Store
from server.store.unavailable import StoreUnavailable
from tests.server.store.conftest import MakeWorker
from tests.support.records import change
from tests.support.serving import PATIENCE
from tests.support.world import Clock


async def test_whoever_waits_too_long_for_another_worker_is_refused(
    make_worker: MakeWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_PATIENCE", 1)
    one, other = make_worker(), make_worker()
    holds, may_go = threading.Event(), threading.Event()

    def hold(connection: Connection) -> None:
        one_at_a_time(connection, "changes", "a", "alice")
        holds.set()
        may_go.wait(PATIENCE)

    holding = asyncio.create_task(one.database.run(hold))
    assert await asyncio.to_thread(holds.wait, PATIENCE)
    with pytest.raises(StoreUnavailable, match="is locked by another process"):
        await other.changes.begin(change(), most=9)
    may_go.set()
    await holding
    await other.changes.begin(change(), most=9)
    assert await one.changes.destroyed("a", "alice", 3600) == 1


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
