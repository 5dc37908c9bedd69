"""Consents until they are spent or expire, so that each is spent once, whichever worker is asked."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, and_, func, insert, select, update

from server.guard.consent import Consent, question_id
from server.guard.ledger import Entry
from server.store.audit import add_record
from server.store.database import Database
from server.store.handles import digest_of, new_handle
from server.store.open_ones import refuse_one_too_many
from server.store.tables import CONSENTS

_REFUSED = ("declined", "denied")


class Consents:
    """The guard's ledger over the store.

    Args:
        database: Where they are kept.
        clock: Returns epoch seconds.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    async def open(self, consent: Consent, record: Mapping[str, Any] | None = None) -> str:
        """Keep a new consent and return its handle.

        Args:
            consent: What is asked for.
            record: What the audit gets with it.

        Raises:
            TooManyOpen: so many are open that nothing more is asked.
            StoreUnavailable: it could not be kept.
        """
        handle = new_handle()
        await self._database.run(lambda connection: self._insert(connection, handle, consent, record))
        return handle

    async def read(self, handle: str) -> Entry | None:
        """Return the consent that a handle stands for; None for a handle that is unknown or was pruned."""
        query = select(CONSENTS.c.bound, CONSENTS.c.outcome).where(CONSENTS.c.id == digest_of(handle))
        row = await self._database.run(lambda connection: connection.execute(query).first())
        return Entry(Consent.model_validate(row.bound), row.outcome) if row else None

    async def close(self, handle: str, outcome: str) -> bool:
        """Note what came of a consent; true for the one caller who finds it still open and unexpired."""
        now = self._clock()
        still_open = and_(CONSENTS.c.id == digest_of(handle), CONSENTS.c.outcome.is_(None), CONSENTS.c.expires > now)
        change = update(CONSENTS).where(still_open).values(outcome=outcome, decided=now)
        return await self._database.run(lambda connection: connection.execute(change).rowcount == 1)

    async def refusals(self, call: str, seconds: float) -> int:
        """Return how often a person said no to a call in the last `seconds`."""
        recent = and_(
            CONSENTS.c.call == call, CONSENTS.c.outcome.in_(_REFUSED), CONSENTS.c.decided > self._clock() - seconds
        )
        query = select(func.count()).select_from(CONSENTS).where(recent)
        return await self._database.run(lambda connection: connection.execute(query).scalar_one())

    def _insert(self, connection: Connection, handle: str, consent: Consent, record: Mapping[str, Any] | None) -> None:
        now = self._clock()
        refuse_one_too_many(connection, consent, now)
        connection.execute(
            insert(CONSENTS).values(
                id=digest_of(handle),
                way=consent.way,
                caller=consent.caller,
                call=consent.call,
                bound=consent.model_dump(mode="json"),
                created=now,
                expires=consent.expires,
            )
        )
        if record is not None:
            add_record(connection, now, {**record, "question": question_id(handle)})
