"""Who has the approval page open, and who is on the way to it: found by a handle that only their browser holds."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, delete, select

from server.store import sealed_rows
from server.store.database import Database
from server.store.handles import digest_of, new_handle
from server.store.seals import Seals
from server.store.tables import SESSIONS

SessionKind = Literal["ticket", "sign_in", "page"]
"""A link that opens the page once; a sign-in under way; the page, open in a browser."""


class Sessions:
    """Sessions over the store. A handle of one kind opens nothing of another.

    Args:
        database: Where they are kept.
        clock: Returns epoch seconds.
        seals: Seals them.
    """

    def __init__(self, database: Database, clock: Callable[[], float], seals: Seals) -> None:
        self._database = database
        self._clock = clock
        self._seals = seals

    async def open(self, kind: SessionKind, data: Mapping[str, Any], seconds: float) -> str:
        """Keep a session for so many seconds and return its handle.

        Raises:
            StoreUnavailable: it could not be kept.
        """
        handle, now = new_handle(), self._clock()
        values = {"id": digest_of(handle), "kind": kind, "data": dict(data), "expires": now + seconds}

        def work(connection: Connection) -> None:
            # What another worker removes at this moment is left to it: of two who wait for each other, one fails.
            over = select(SESSIONS.c.id).where(SESSIONS.c.expires <= now).with_for_update(skip_locked=True)
            connection.execute(delete(SESSIONS).where(SESSIONS.c.id.in_(over)))
            sealed_rows.add(connection, self._seals, SESSIONS, values)

        await self._database.run(work)
        return handle

    async def read(self, kind: SessionKind, handle: str) -> dict[str, Any] | None:
        """Return what a session holds; None for a handle that is unknown, of another kind, or over."""
        live = self._live(kind, handle)
        row = await self._database.run(lambda connection: sealed_rows.find(connection, self._seals, SESSIONS, live))
        return row["data"] if row else None

    async def take(self, kind: SessionKind, handle: str) -> dict[str, Any] | None:
        """Return what a session holds to the one caller who ends it; None to everybody else."""
        live = self._live(kind, handle)

        def work(connection: Connection) -> dict[str, Any] | None:
            row = sealed_rows.find(connection, self._seals, SESSIONS, live)
            taken = connection.execute(delete(SESSIONS).where(live)).rowcount == 1
            return row["data"] if row and taken else None

        return await self._database.run(work)

    def _live(self, kind: SessionKind, handle: str) -> ColumnElement[bool]:
        is_it = and_(SESSIONS.c.id == digest_of(handle), SESSIONS.c.kind == kind)
        return and_(is_it, SESSIONS.c.expires > self._clock())
