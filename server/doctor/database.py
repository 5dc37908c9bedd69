"""Looks whether the store's database can be used, and leaves it as it was: all that is tried is rolled back."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, delete, event, false, insert, inspect, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from server.store.engines import address_of, new_engine
from server.store.failures import Failures
from server.store.tables import METADATA, REVISION
from server.store.unavailable import Unusable

Tables = Literal["none", "as they should be", "older", "newer"]

_PATIENCE = 3
"""Seconds to wait for a connection, and for another process that writes."""

_VERSIONS = "alembic_version"


def is_postgresql(url: str) -> bool:
    """Return whether an address is that of a PostgreSQL database."""
    return url.startswith("postgres")


def file_of(url: str) -> Path:
    """Return the file of an SQLite database."""
    return Path(url.removeprefix("sqlite:///"))


def look_into(url: str) -> Tables:
    """Try to read and write, take all of it back, and return which tables are there.

    Args:
        url: `sqlite:///file`, of a file that is there, or `postgresql://…`.

    Raises:
        StoreUnavailable: it cannot be used; saying why.
    """
    address = address_of(url)
    try:
        engine = _engine(address, url)
        try:
            with _taken_back(engine) as connection:
                return _try(connection)
        finally:
            engine.dispose()
    except (SQLAlchemyError, OSError, Unusable) as error:
        raise Failures(address, logs=False).told(error) from None


def _engine(address: URL, url: str) -> Engine:
    if is_postgresql(url):
        patient = {} if "connect_timeout" in address.query else {"connect_timeout": str(_PATIENCE)}
        return new_engine(address.update_query_dict(patient))
    path = quote(str(file_of(url).absolute()))

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=_PATIENCE, check_same_thread=False)

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "connect", _by_hand)
    event.listen(engine, "begin", _begin)
    return engine


def _by_hand(connection: Any, _record: object) -> None:
    # Left to itself, sqlite3 would end a transaction before a table is made in it.
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def _taken_back(engine: Engine) -> Generator[Connection]:
    with engine.connect() as connection:
        transaction = connection.begin()
        try:
            yield connection
        finally:
            transaction.rollback()


def _try(connection: Connection) -> Tables:
    if not inspect(connection).has_table(_VERSIONS):
        connection.execute(text("CREATE TABLE waylay_doctor_was_here (id INTEGER)"))
        return "none"
    revision = connection.execute(text(f"SELECT version_num FROM {_VERSIONS}")).scalar()  # noqa: S608 - our own name
    if revision == REVISION:
        _try_every_table(connection)
        return "as they should be"
    return "older" if _is_known(str(revision)) else "newer"


def _try_every_table(connection: Connection) -> None:
    """Do with every table what the server does, to no row."""
    for table in METADATA.sorted_tables:
        first = next(iter(table.columns))
        nothing = table.select().where(false())
        connection.execute(nothing)
        connection.execute(insert(table).from_select([column.name for column in table.columns], nothing))
        connection.execute(update(table).where(false()).values({first.name: first}))
        connection.execute(delete(table).where(false()))


def _is_known(revision: str) -> bool:
    from server.store.migrating import known_revisions

    return revision in known_revisions()
