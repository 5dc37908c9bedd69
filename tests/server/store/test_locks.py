import asyncio
import threading

import pytest
from sqlalchemy import Connection

from server.store import engines
from server.store.locks import one_at_a_time
from server.store.unavailable import StoreUnavailable
from tests.server.store.conftest import MakeWorker
from tests.support.records import change
from tests.support.serving import PATIENCE


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
    with pytest.raises(StoreUnavailable, match="OperationalError"):
        await other.changes.begin(change(), most=9)
    may_go.set()
    await holding
    await other.changes.begin(change(), most=9)
    assert await one.changes.destroyed("a", "alice", 3600) == 1
