"""Connections to the database of the store: SQLite in a file that only its owner can read, or in memory; PostgreSQL."""

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import StaticPool

from server.store.unavailable import DRIVER, Unusable

_PATIENCE = 5
"""Seconds to wait for a connection, and for another process that writes."""

_NEXT_TRY = 0.02

_POSTGRESQL = {
    "application_name": "waylay-tasks-mcp",
    "client_encoding": "utf8",
    "connect_timeout": _PATIENCE,
    # A server that is gone without a word is noticed after 20 seconds, not after hours.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 20_000,
    # A pooler in between may give each transaction another connection, which knows of no prepared statement.
    "prepare_threshold": None,
}
"""How to connect to PostgreSQL, where the address says nothing else."""


def address_of(url: str) -> URL:
    """Return an address as SQLAlchemy takes it.

    Args:
        url: `sqlite://` is in memory, `sqlite:///file`, `postgresql://…` or `postgres://…`.
    """
    backend, _, rest = url.partition("://")
    if backend == "sqlite":
        # Not parsed: a folder's name may hold what has a meaning in an address.
        return URL.create(backend, database=rest.removeprefix("/") or None)
    return make_url(url).set(drivername="postgresql+psycopg")


def is_in_memory(address: URL) -> bool:
    """Return whether the database is part of this process."""
    return address.get_backend_name() == "sqlite" and not address.database


def new_engine(address: URL) -> Engine:
    """Return an engine that has no connection yet.

    Raises:
        Unusable: PostgreSQL's driver is not installed.
        OSError: the file of SQLite's cannot be made.
    """
    return _sqlite(address) if address.get_backend_name() == "sqlite" else _postgresql(address)


def _sqlite(address: URL) -> Engine:
    if address.database:
        _make_private(Path(address.database))
    pool: dict[str, Any] = {"poolclass": StaticPool} if is_in_memory(address) else {}
    engine = create_engine(address, connect_args={"timeout": _PATIENCE, "check_same_thread": False}, **pool)
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
    _wait_for_wal(connection)


def _wait_for_wal(connection: sqlite3.Connection) -> None:
    """Let readers and a writer work side by side; of several who set that at once, SQLite itself waits for none."""
    given_up = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > given_up:
                raise
            time.sleep(_NEXT_TRY)
        else:
            return


def _sqlite_begins(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgresql(address: URL) -> Engine:
    options = {name: value for name, value in _POSTGRESQL.items() if name not in address.query}
    try:
        engine = create_engine(
            address,
            # What is done alone here is so because of locks; stricter isolation would only make others fail.
            isolation_level="READ COMMITTED",
            pool_pre_ping=True,
            pool_timeout=_PATIENCE,
            connect_args=options,
            hide_parameters=True,
        )
    except ImportError:
        raise Unusable(f"cannot be asked: its driver is missing; install psycopg: pip install '{DRIVER}'") from None
    event.listen(engine, "connect", _postgresql_connected)
    return engine


def _postgresql_connected(connection: Any, _record: object) -> None:
    connection.execute(f"SET lock_timeout = '{_PATIENCE}s'")
    connection.commit()
