"""The database of the store: SQLite in a file that only its owner can read, in memory, or PostgreSQL.

Work runs in threads, each piece in a transaction of its own. Several processes may share a file or a PostgreSQL server.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import anyio.to_thread
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from server.store.schema import bring_up_to_date
from server.store.unavailable import Conflict, StoreUnavailable

ResultT = TypeVar("ResultT")

_PATIENCE = 5
"""Seconds to wait for another process that writes."""


class Database:
    """Runs work in transactions. Nothing is opened before the first piece of work.

    Args:
        url: An SQLAlchemy address: `sqlite://` is in memory, `sqlite:///file`, `postgresql+psycopg://…`.
    """

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._engine: Engine | None = None
        self._opening = threading.Lock()
        # One connection holds all that is in memory, so one piece of work at a time may use it.
        self._alone = threading.Lock() if self._in_memory else None

    @property
    def _in_memory(self) -> bool:
        return self._url.get_backend_name() == "sqlite" and not self._url.database

    async def run(self, work: Callable[[Connection], ResultT]) -> ResultT:
        """Run `work` in a transaction, off the event loop.

        Raises:
            StoreUnavailable: the database cannot be used; nothing of `work` is kept.
        """
        return await anyio.to_thread.run_sync(self.run_now, work)

    def run_now(self, work: Callable[[Connection], ResultT]) -> ResultT:
        """Run `work` in a transaction, here.

        Raises:
            StoreUnavailable: the database cannot be used; nothing of `work` is kept.
        """
        try:
            if self._alone is None:
                return self._in_transaction(work)
            with self._alone:
                return self._in_transaction(work)
        except IntegrityError as error:
            raise Conflict(type(error).__name__) from None
        except (SQLAlchemyError, OSError) as error:
            raise StoreUnavailable(type(error).__name__) from None

    async def aclose(self) -> None:
        """Close the connections."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _in_transaction(self, work: Callable[[Connection], ResultT]) -> ResultT:
        with self._opened().begin() as connection:
            return work(connection)

    def _opened(self) -> Engine:
        with self._opening:
            if self._engine is None:
                engine = self._new_engine()
                bring_up_to_date(engine)
                self._engine = engine
            return self._engine

    def _new_engine(self) -> Engine:
        if self._url.get_backend_name() != "sqlite":
            return create_engine(self._url, pool_pre_ping=True, connect_args={"connect_timeout": _PATIENCE})
        if self._url.database:
            _make_private(Path(self._url.database))
        pool: dict[str, Any] = {"poolclass": StaticPool} if self._in_memory else {}
        engine = create_engine(self._url, connect_args={"timeout": _PATIENCE, "check_same_thread": False}, **pool)
        event.listen(engine, "connect", _sqlite_connected)
        event.listen(engine, "begin", _sqlite_begins)
        return engine


def _make_private(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=True)
    path.chmod(0o600)


def _sqlite_connected(connection: Any, _record: object) -> None:
    # Left to itself, sqlite3 begins a transaction at the first write, and of two readers who go on to write one fails.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")


def _sqlite_begins(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
