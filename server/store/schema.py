"""Brings a database to the tables of this version: made at once where there are none, migrated where they are older."""

from sqlalchemy import Connection, Engine, inspect, text

from server.store.locks import one_at_a_time
from server.store.tables import METADATA, REVISION
from server.store.unavailable import Unusable

_VERSIONS = "alembic_version"


def bring_up_to_date(engine: Engine) -> None:
    """Make or migrate the tables, unless they are what this version needs.

    Raises:
        Unusable: the database belongs to a newer version.
        SQLAlchemyError: it cannot be used.
    """
    with engine.begin() as connection:
        one_at_a_time(connection, "tables")
        revision = _revision(connection)
        if revision is None:
            _make(connection)
        elif revision != REVISION:
            _migrate(connection, revision)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSIONS):
        return None
    return connection.execute(text(f"SELECT version_num FROM {_VERSIONS}")).scalar()  # noqa: S608


def _make(connection: Connection) -> None:
    METADATA.create_all(connection)
    connection.execute(text(f"CREATE TABLE {_VERSIONS} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(text(f"INSERT INTO {_VERSIONS} VALUES (:revision)"), {"revision": REVISION})  # noqa: S608


def _migrate(connection: Connection, revision: str) -> None:
    """Carry out the migrations that are missing.

    Raises:
        Unusable: the revision is none that this version knows.
    """
    # Alembic takes longer to load than everything else here, and is needed once in a version's life.
    from server.store.migrating import known_revisions, upgrade

    if revision not in known_revisions():
        raise Unusable("was made by a newer version of this server; nothing in it was changed")
    upgrade(connection)
