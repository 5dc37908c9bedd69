"""Consents until they are spent or expire, so that each is spent once, whichever worker is asked."""

from collections.abc import Callable

from sqlalchemy import Connection, and_, func, insert, select, update

from server.guard.consent import Consent
from server.guard.ledger import MAX_OPEN, Entry, TooManyOpen
from server.store.database import Database
from server.store.handles import digest_of, new_handle
from server.store.locks import one_at_a_time
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

    async def open(self, consent: Consent) -> str:
        """Keep a new consent and return its handle.

        Raises:
            TooManyOpen: so many are open that nothing more is asked.
            StoreUnavailable: it could not be kept.
        """
        handle = new_handle()
        await self._database.run(lambda connection: self._insert(connection, handle, consent))
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

    def _insert(self, connection: Connection, handle: str, consent: Consent) -> None:
        now = self._clock()
        waiting = and_(CONSENTS.c.outcome.is_(None), CONSENTS.c.expires > now, CONSENTS.c.way != "page")
        one_at_a_time(connection, "consents")
        if connection.execute(select(func.count()).select_from(CONSENTS).where(waiting)).scalar_one() >= MAX_OPEN:
            raise TooManyOpen
        connection.execute(
            insert(CONSENTS).values(
                id=digest_of(handle),
                way=consent.way,
                call=consent.call,
                bound=consent.model_dump(mode="json"),
                created=now,
                expires=consent.expires,
            )
        )
