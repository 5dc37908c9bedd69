"""Consents until they are spent or expire, so that each is spent once, whichever worker is asked."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, and_, exists, func, not_, select

from server.guard.consent import Consent, question_id
from server.guard.ledger import Entry
from server.store import sealed_rows
from server.store.audit import add_record
from server.store.database import Database
from server.store.handles import digest_of, new_handle
from server.store.open_ones import refuse_one_too_many
from server.store.seals import Seals
from server.store.tables import CONSENTS

_REFUSED = ("declined", "denied")
_OTHERS = CONSENTS.alias("others")
_REFUSED_SINCE = and_(
    CONSENTS.c.way == "token",
    exists().where(
        _OTHERS.c.call == CONSENTS.c.call, _OTHERS.c.outcome.in_(_REFUSED), _OTHERS.c.decided >= CONSENTS.c.created
    ),
)
"""A token shows that an assistant came back, and a no that a person looked: that outranks every token from before."""


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
        handle = new_handle()
        await self._database.run(lambda connection: self._insert(connection, handle, consent, record))
        return handle

    async def read(self, handle: str) -> Entry | None:
        """Return the consent that a handle stands for; None for a handle that is unknown or was pruned."""
        is_it = CONSENTS.c.id == digest_of(handle)

        def work(connection: Connection) -> Entry | None:
            row = sealed_rows.find(connection, self._seals, CONSENTS, is_it)
            if row is None:
                return None
            refused = connection.execute(select(exists().where(is_it, _REFUSED_SINCE))).scalar_one()
            return Entry(Consent.model_validate(row["bound"]), row["outcome"], bool(refused))

        return await self._database.run(work)

    async def close(self, handle: str, outcome: str) -> bool:
        """Note what came of a consent; true for the one caller who finds it open, unexpired and not refused since."""
        now = self._clock()
        is_it = CONSENTS.c.id == digest_of(handle)
        still_open = and_(is_it, CONSENTS.c.outcome.is_(None), CONSENTS.c.expires > now, not_(_REFUSED_SINCE))

        def work(connection: Connection) -> bool:
            row = sealed_rows.find(connection, self._seals, CONSENTS, still_open, alone=True)
            if row is not None:
                sealed_rows.change(connection, self._seals, CONSENTS, row, {"outcome": outcome, "decided": now})
            return row is not None

        return await self._database.run(work)

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
