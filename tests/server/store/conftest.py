"""Stores over one database, as several workers have them."""

from collections.abc import AsyncIterator, Callable

import pytest

from server.store.store import Store
from tests.conftest import BINARIES
from tests.support.world import Clock

MakeWorker = Callable[..., Store]

collect_ignore = [] if BINARIES else ["test_postgresql.py"]


@pytest.fixture
def store_url(database_url: str) -> str:
    """These tests run on every database."""
    return database_url


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def make_worker(database_url: str, clock: Clock) -> AsyncIterator[MakeWorker]:
    """Make workers: each opens the same database with connections of its own, and with keys if it is given some."""
    workers: list[Store] = []

    def make(*keys: str, keep_days: float = 90) -> Store:
        workers.append(Store(database_url, clock, grace=300, keys=keys, keep_days=keep_days))
        return workers[-1]

    yield make
    for worker in workers:
        await worker.aclose()


@pytest.fixture
def store(make_worker: MakeWorker) -> Store:
    return make_worker()


@pytest.fixture
def workers(make_worker: MakeWorker) -> list[Store]:
    """Four workers."""
    return [make_worker() for _ in range(4)]
