"""The database of the store. Work runs in threads, each piece in a transaction of its own.

Several processes may share a file or a PostgreSQL server.
"""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

import anyio.to_thread
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from server.store.engines import address_of, is_in_memory, new_engine
from server.store.failures import Failures
from server.store.late import Late
from server.store.schema import bring_up_to_date
from server.store.unavailable import StoreUnavailable, Unusable

ResultT = TypeVar("ResultT")


class Database:
    """Runs work in transactions. Nothing is opened before the first piece of work.

    Args:
        url: `sqlite://` is in memory, `sqlite:///file`, `postgresql://…`.
        logs: Whether it is logged that it cannot be used.
    """

    def __init__(self, url: str, *, logs: bool = True) -> None:
        self._address = address_of(url)
        self._failures = Failures(self._address, logs=logs)
        self._engine: Engine | None = None
        self._opening = threading.Lock()
        self._late = Late(self._in_transaction)
        # One connection holds all that is in memory, so one piece of work at a time may use it.
        self._alone = threading.Lock() if is_in_memory(self._address) else None
        self.afterwards: Callable[[], None] | None = None
        """Called after each piece of work that the event loop waited for; must not take long."""
        self.watching: Callable[[str], AbstractContextManager[object]] = nullcontext
        """Called with what each such piece is called; returns what it is done in, which must not raise."""

    async def run(self, work: Callable[[Connection], ResultT]) -> ResultT:
        """Run `work` in a transaction, off the event loop.

        Raises:
            StoreUnavailable: the database cannot be used; nothing of `work` is kept.
        """
        with self.watching(_name_of(work)):
            result = await anyio.to_thread.run_sync(self.run_now, work)
        if self.afterwards is not None:
            self.afterwards()
        return result

    async def run_or_later(self, work: Callable[[Connection], object]) -> None:
        """Run `work` in a transaction, off the event loop; where that fails, in the background once it can be.

        Raises:
            StoreUnavailable: the database cannot be used; nothing of `work` is kept yet, as far as that is known.
        """
        try:
            await self.run(work)
        except StoreUnavailable:
            self._late.add(work)
            raise

    def run_now(self, work: Callable[[Connection], ResultT]) -> ResultT:
        """Run `work` in a transaction, here.

        Raises:
            StoreUnavailable: the database cannot be used; nothing of `work` is kept.
        """
        try:
            result = self._in_transaction(work)
        except (SQLAlchemyError, OSError, Unusable) as error:
            raise self._failures.told(error) from None
        self._failures.over()
        return result

    def close(self) -> None:
        """Close the connections, after a last try at what waits."""
        self._late.end()
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _in_transaction(self, work: Callable[[Connection], ResultT]) -> ResultT:
        with self._alone or nullcontext(), self._opened().begin() as connection:
            return work(connection)

    def _opened(self) -> Engine:
        with self._opening:
            if self._engine is None:
                self._engine = _ready(new_engine(self._address))
            return self._engine


def _name_of(work: Callable[..., object]) -> str:
    """Return the method that a piece of work was put together in, as `Changes.begin`."""
    return getattr(work, "__qualname__", "work").partition(".<locals>")[0]


def _ready(engine: Engine) -> Engine:
    try:
        bring_up_to_date(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine
