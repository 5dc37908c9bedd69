"""The audit's rows: one for each call of a tool that changes something, and one for each question."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from server.store.database import Database
from server.store.tables import AUDIT


class AuditRows:
    """The audit over the store.

    Args:
        database: Where it is kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, at: float, record: Mapping[str, Any]) -> None:
        """Keep a record.

        Raises:
            StoreUnavailable: it could not be kept; it will be once that is possible, as long as this process lives.
        """
        await self._database.run_or_later(lambda connection: add_record(connection, at, record))

    def since(self, at: float, limit: int, after: int = 0) -> Sequence[tuple[int, dict[str, Any]]]:
        """Return at most `limit` records made at a time or later, in the order of their numbers, after a number.

        Raises:
            StoreUnavailable: they cannot be read.
        """
        query = select(AUDIT).where(AUDIT.c.at >= at, AUDIT.c.number > after).order_by(AUDIT.c.number).limit(limit)
        rows = self._database.run_now(lambda connection: list(connection.execute(query)))
        return [(row.number, row.record) for row in rows]


def add_record(connection: Connection, at: float, record: Mapping[str, Any]) -> None:
    """Keep a record in the transaction of what it is about."""
    connection.execute(insert(AUDIT).values(at=at, record=dict(record)))
