"""The journal's rows: what was changed, kept before it is sent."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, select, true, update

from server.store import sealed_rows
from server.store.audit import add_record
from server.store.change_endings import claim, end
from server.store.change_queries import (
    UNSETTLED,
    Change,
    OtherChange,
    destroyed,
    other_creations,
    others_meanwhile,
    to_be_looked_up,
)
from server.store.change_rows import ChangeOutcome, ChangeRow, NewChange
from server.store.database import Database
from server.store.locks import one_at_a_time
from server.store.seals import Seals
from server.store.tables import CHANGES, CONSENTS

_FAR = 2**62
"""Past the end of every journal, and still a number that databases take."""


class ChangeLimitReached(Exception):
    """The caller may begin no more changes that destroy without a person."""


class AlreadyUndone(Exception):
    """The change that was to be undone is undone already, or is being undone."""


class Changes:
    """The journal over the store.

    Args:
        database: Where it is kept.
        clock: Returns epoch seconds.
        seals: Seals them.
    """

    def __init__(self, database: Database, clock: Callable[[], float], seals: Seals) -> None:
        self._database = database
        self._clock = clock
        self._seals = seals

    async def begin(
        self,
        change: NewChange,
        record: Mapping[str, Any] | None = None,
        *,
        most: int | None = None,
        seconds: float = 3600,
        approval: str | None = None,
    ) -> str:
        """Keep a change that is about to be sent and return its ID.

        Args:
            change: What is about to be sent.
            record: What the audit gets with it.
            most: How many changes that destroy the caller may have begun in the last `seconds` before this one.
            seconds: Over how long that is counted.
            approval: The request for approval that was spent on it, which gets to know the change.

        Raises:
            ChangeLimitReached: there were that many.
            AlreadyUndone: it undoes a change that is undone.
            StoreUnavailable: it could not be kept.
        """

        def work(connection: Connection) -> str:
            change_id = self._begin(connection, change, most, seconds)
            if approval is not None:
                connection.execute(update(CONSENTS).where(CONSENTS.c.id == approval).values(change_id=change_id))
            if record is not None:
                add_record(connection, self._clock(), {**record, "change_id": change_id})
            return change_id

        return await self._database.run(work)

    async def end(self, change_id: str, outcome: ChangeOutcome, task_id: str | None = None) -> None:
        """Note what the call itself knows of its change, and the task that it made.

        A call that was held up may come to its end after others have looked: what it knows counts for more.

        Raises:
            StoreUnavailable: it could not be kept; it will be once that is possible, as long as this process lives.
        """
        still_open = CHANGES.c.outcome.is_(None) if outcome == "unknown" else true()
        values = self._ended(outcome, task_id)
        await self._database.run_or_later(
            lambda connection: end(connection, self._seals, change_id, values, still_open)
        )

    async def settle(
        self,
        change_id: str,
        outcome: ChangeOutcome,
        task_id: str | None = None,
        record: Mapping[str, Any] | None = None,
    ) -> bool:
        """Note what was found out about a change, and the task that it made; true when that was not known before.

        Only then the audit gets the `record`.
        """
        values = self._ended(outcome, task_id)

        def work(connection: Connection) -> bool:
            learnt = end(connection, self._seals, change_id, values, UNSETTLED)
            if learnt and record is not None:
                add_record(connection, self._clock(), record)
            return learnt

        return await self._database.run(work)

    async def find(self, audience: str, change_id: str) -> ChangeRow | None:
        """Return a change on this tenant; None when there is none of that ID."""
        wanted = and_(CHANGES.c.audience == audience, CHANGES.c.id == change_id)
        rows, _ = await self._rows(wanted, 0, 1)
        return rows[0] if rows else None

    async def page(
        self, audience: str, *, task_id: str | None, operation: str | None, skip: int, limit: int
    ) -> tuple[list[ChangeRow], int]:
        """Return changes on this tenant, newest first, and how many there are in all."""
        of_task = CHANGES.c.task_id == task_id if task_id is not None else true()
        of_operation = CHANGES.c.operation == operation if operation is not None else true()
        return await self._rows(and_(CHANGES.c.audience == audience, of_task, of_operation), skip, limit)

    async def unsettled(self, audience: str, before: float, limit: int) -> list[ChangeRow]:
        """Return changes on this tenant without an outcome that are to be looked up, the longest neglected first.

        Those are the ones whose call learnt none, and those that began before a time and whose call never ended.
        """
        neglected = func.coalesce(CHANGES.c.looked, CHANGES.c.began).asc()
        rows, _ = await self._rows(to_be_looked_up(audience, before, self._clock()), 0, limit, neglected)
        return rows

    async def looked_up(self, change_id: str) -> None:
        """Note that a change was looked up in vain, now."""
        looked = update(CHANGES).where(CHANGES.c.id == change_id, UNSETTLED).values(looked=self._clock())
        await self._database.run(lambda connection: connection.execute(looked))

    async def others_meanwhile(self, change: Change) -> list[OtherChange]:
        """Return what else was, or may have been, made of a change's task since it began."""
        return await self._database.run(lambda connection: others_meanwhile(connection, change))

    async def other_creations(self, change: Change, task_ids: Sequence[str]) -> tuple[bool, set[str]]:
        """Return whether another change may be creating a task like it, and which tasks are known to be others'."""
        return await self._database.run(lambda connection: other_creations(connection, self._seals, change, task_ids))

    async def destroyed(self, audience: str, identity: str, seconds: float) -> int:
        """Return how many changes that destroy a caller has begun in the last `seconds`."""
        return await self._database.run(lambda connection: self._count(connection, audience, identity, seconds))

    def _begin(self, connection: Connection, change: NewChange, most: int | None, seconds: float) -> str:
        if most is not None:
            one_at_a_time(connection, "changes", change.audience, change.identity)
            if self._count(connection, change.audience, change.identity, seconds) >= most:
                raise ChangeLimitReached
        change_id = secrets.token_hex(5)
        if change.undoes is not None and not claim(connection, self._seals, change.undoes, change_id):
            raise AlreadyUndone
        values = {"id": change_id, "began": self._clock(), **change.model_dump()}
        sealed_rows.add(connection, self._seals, CHANGES, values)
        return change_id

    def _ended(self, outcome: ChangeOutcome, task_id: str | None) -> dict[str, Any]:
        """Return what is noted of a change that ends now."""
        values: dict[str, Any] = {"outcome": outcome, "ended": self._clock()}
        return values if task_id is None else {**values, "task_id": task_id}

    def _count(self, connection: Connection, audience: str, identity: str, seconds: float) -> int:
        return destroyed(connection, audience, identity, self._clock() - seconds)

    async def _rows(
        self, where: ColumnElement[bool], skip: int, limit: int, order: ColumnElement[Any] | None = None
    ) -> tuple[list[ChangeRow], int]:
        by = CHANGES.c.number.desc() if order is None else order
        query = select(CHANGES).where(where).order_by(by).offset(min(skip, _FAR)).limit(limit)
        count = select(func.count()).select_from(CHANGES).where(where)
        return await self._database.run(
            lambda connection: (
                [self._row(row) for row in connection.execute(query).mappings()],
                connection.execute(count).scalar_one(),
            )
        )

    def _row(self, row: RowMapping) -> ChangeRow:
        return ChangeRow.model_validate({**row, "genuine": self._seals.fits(CHANGES.name, row)})
