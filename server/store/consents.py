"""Consents until they are spent or expire, so that each is spent once, whichever worker is asked."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, and_

from server.guard.consent import Consent, question_id
from server.guard.ledger import Entry
from server.store import sealed_rows
from server.store.audit import add_record
from server.store.database import Database
from server.store.handles import CONFIRMATION, digest_of, new_handle
from server.store.open_ones import refuse_one_too_many
from server.store.refusals import is_no, refusals, settle
from server.store.seals import Seals
from server.store.tables import CONSENTS


class Consents:
    """The guard's ledger over the store.

    Args:
        database: Where they are kept.
        clock: Returns epoch seconds.
        seals: Seals them.
    """

    def __init__(self, database: Database, clock: Callable[[], float], seals: Seals) -> None:
        self._database = database
        self._clock = clock
        self._seals = seals

    async def open(self, consent: Consent, record: Mapping[str, Any] | None = None) -> str:
        """Keep a new consent and return its handle.

        Args:
            consent: What is asked for.
            record: What the audit gets with it.

        Raises:
            TooManyOpen: so many are open that nothing more is asked.
            StoreUnavailable: it could not be kept.
        """
        handle = CONFIRMATION + new_handle()
        await self._database.run(lambda connection: self._insert(connection, handle, consent, record))
        return handle

    async def read(self, handle: str) -> Entry | None:
        """Return the consent that a handle stands for; None for a handle that is unknown or was pruned."""
        is_it = CONSENTS.c.id == digest_of(handle)

        def work(connection: Connection) -> Entry | None:
            row = sealed_rows.find(connection, self._seals, CONSENTS, is_it)
            if row is None:
                return None
            said_no = refusals(connection, row["call"])
            return Entry(Consent.model_validate(row["bound"]), row["outcome"], row["created"], said_no)

        return await self._database.run(work)

    async def close(self, handle: str, outcome: str) -> bool:
        """Note what came of a consent; true for the one caller who finds it open and unexpired.

        A no voids what is unused of the same matter.
        """
        now = self._clock()
        still_open = and_(CONSENTS.c.id == digest_of(handle), CONSENTS.c.outcome.is_(None), CONSENTS.c.expires > now)
        values, no_at = {"outcome": outcome, "decided": now}, now if is_no(outcome) else None

        def work(connection: Connection) -> bool:
            return settle(connection, self._seals, still_open, lambda row: values, no_at=no_at)

        return await self._database.run(work)

    async def expire(self, handle: str) -> None:
        """Note that a consent was found expired: it stays so, whatever becomes of the clock."""
        open_one = and_(CONSENTS.c.id == digest_of(handle), CONSENTS.c.outcome.is_(None))
        values = {"outcome": "expired", "decided": self._clock()}
        await self._database.run(lambda connection: settle(connection, self._seals, open_one, lambda row: values))

    async def refusals(self, call: str, since: float = 0) -> int:
        """Return how often a person has said no to a matter since a time, in epoch seconds."""
        return await self._database.run(lambda connection: refusals(connection, call, since))

    def _insert(self, connection: Connection, handle: str, consent: Consent, record: Mapping[str, Any] | None) -> None:
        now = self._clock()
        refuse_one_too_many(connection, consent, now)
        values = {
            "id": digest_of(handle),
            "way": consent.way,
            "caller": consent.caller,
            "call": consent.call,
            "bound": consent.model_dump(mode="json"),
            "created": now,
            "expires": consent.expires,
        }
        sealed_rows.add(connection, self._seals, CONSENTS, values)
        if record is not None:
            add_record(connection, now, {**record, "question": question_id(handle)})
