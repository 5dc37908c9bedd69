"""Requests for approval: consents given on a page or in a terminal, found again by the call they are for."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, false, func, or_, select, update

from server.guard.consent import Consent
from server.guard.ledger import Approval
from server.store import sealed_rows
from server.store.approval_rows import approval_of, is_on, is_request, is_undecided, new_row, request_of
from server.store.audit import add_record
from server.store.database import Database
from server.store.locks import one_at_a_time
from server.store.open_ones import refuse_one_too_many
from server.store.refusals import settle
from server.store.requests import ApprovalRequest
from server.store.seals import Seals
from server.store.tables import CONSENTS
from server.store.unavailable import Conflict

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_LENGTH = 8


class Approvals:
    """Requests for approval over the store.

    Args:
        database: Where they are kept.
        clock: Returns epoch seconds.
        grace: Seconds for which an approval holds at least.
        seals: Seals them.
    """

    def __init__(self, database: Database, clock: Callable[[], float], grace: float, seals: Seals) -> None:
        self._database = database
        self._clock = clock
        self._grace = grace
        self._seals = seals

    async def request(
        self, open_call: str, consent: Consent, shown: Mapping[str, Any], record: Mapping[str, Any] | None = None
    ) -> Approval:
        """Return the request that is open for a call, or keep a new one: the same call never makes two.

        Args:
            open_call: What the request is found again by.
            consent: What consent is bound to.
            shown: What the person is shown; the fields of `ApprovalRequest` that are not the store's own.
            record: What the audit gets with a new one.

        Raises:
            TooManyOpen: so many are open that nothing more is asked.
            StoreUnavailable: it could not be kept.
        """

        def found_or_new(connection: Connection) -> Approval:
            approval = self._found_or_new(connection, open_call, consent, shown)
            if record is not None and approval.consent is consent:
                add_record(connection, self._clock(), {**record, "approval": approval.id})
            return approval

        try:
            return await self._database.run(found_or_new)
        except Conflict:
            # Another worker was quicker, and what it kept is there to be found now.
            return await self._database.run(found_or_new)

    async def opened(self, open_call: str) -> Approval | None:
        """Return the request for a call whose end the caller has not been told of; None when there is none."""
        row = await self._found(CONSENTS.c.open_call == open_call)
        return approval_of(row) if row else None

    async def look(self, request_id: str) -> Approval | None:
        """Return how a request stands."""
        row = await self._found(is_request(request_id))
        return approval_of(row) if row else None

    async def end(self, request_id: str, outcome: str) -> bool:
        """Note that an approval was spent, or is void; true for the one caller who finds it in force.

        `spent` needs an approval, `stale` also voids a request that is undecided.
        """
        held = and_(CONSENTS.c.outcome == "approved", CONSENTS.c.expires > self._clock())
        undecided = CONSENTS.c.outcome.is_(None) if outcome != "spent" else false()
        where = and_(is_request(request_id), or_(held, undecided))
        return await self._changed(where, lambda row: {"outcome": outcome, "open_call": None})

    async def told(self, request_id: str) -> None:
        """Note that the caller was told how a request ended, so that the same call asks anew from now on."""
        await self._changed(is_request(request_id), lambda row: {"open_call": None})

    async def waiting(self, page: str | None = None, limit: int = 200) -> list[ApprovalRequest]:
        """Return at most `limit` requests that wait for a decision on a page, or on any, oldest first."""
        return await self._requests(and_(is_undecided(self._clock()), is_on(page)), CONSENTS.c.created.asc(), limit)

    async def number_waiting(self, page: str | None = None) -> int:
        """Return how many requests wait for a decision on a page, or on any."""
        count = select(func.count()).select_from(CONSENTS)
        waiting = count.where(CONSENTS.c.way == "page", is_undecided(self._clock()), is_on(page))
        return await self._database.run(lambda connection: connection.execute(waiting).scalar_one())

    async def history(self, page: str | None = None, limit: int = 50) -> list[ApprovalRequest]:
        """Return at most `limit` requests that wait no more on a page, or on any, newest first."""
        ended = or_(CONSENTS.c.outcome.is_not(None), CONSENTS.c.expires <= self._clock())
        return await self._requests(and_(ended, is_on(page)), CONSENTS.c.created.desc(), limit)

    async def find(self, request_id: str) -> ApprovalRequest | None:
        """Return a request; None when there is none of that ID."""
        row = await self._found(is_request(request_id))
        return request_of(row, self._clock()) if row else None

    async def decide(self, request_id: str, *, approve: bool, by: str, note: str | None) -> bool:
        """Decide; true for the one who decided it, while it was open.

        What was approved can be denied until it is used. A no voids what else is unused of the same matter.
        """
        now = self._clock()
        unused = false() if approve else CONSENTS.c.outcome == "approved"
        undecided = and_(is_request(request_id), or_(CONSENTS.c.outcome.is_(None), unused), CONSENTS.c.expires > now)
        values: dict[str, Any] = {"decided": now, "decided_by": by, "note": note}
        values |= {"outcome": "approved"} if approve else {"outcome": "denied"}
        held_until = now + self._grace
        return await self._changed(
            undecided,
            lambda row: {**values, "expires": max(row["expires"], held_until)},
            no_at=None if approve else now,
        )

    def _found_or_new(
        self, connection: Connection, open_call: str, consent: Consent, shown: Mapping[str, Any]
    ) -> Approval:
        is_it = CONSENTS.c.open_call == open_call
        found = sealed_rows.find(connection, self._seals, CONSENTS, is_it)
        if found is None:
            # Another worker may keep one at this moment: whatever is there once that is over can be told apart.
            one_at_a_time(connection, "approvals")
            found = sealed_rows.find(connection, self._seals, CONSENTS, is_it)
        if found is not None:
            return approval_of(found)
        # What is there and does not count must not keep the call from being asked about.
        connection.execute(update(CONSENTS).where(is_it).values(open_call=None))
        return self._new(connection, open_call, consent, shown)

    def _new(self, connection: Connection, open_call: str, consent: Consent, shown: Mapping[str, Any]) -> Approval:
        now = self._clock()
        refuse_one_too_many(connection, consent, now)
        request_id = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
        row, approval = new_row(request_id, open_call, consent, dict(shown), now)
        sealed_rows.add(connection, self._seals, CONSENTS, row)
        return approval

    async def _found(self, where: ColumnElement[bool]) -> RowMapping | None:
        return await self._database.run(lambda connection: sealed_rows.find(connection, self._seals, CONSENTS, where))

    async def _changed(
        self,
        where: ColumnElement[bool],
        values: Callable[[RowMapping], Mapping[str, Any]],
        *,
        no_at: float | None = None,
    ) -> bool:
        return await self._database.run(lambda connection: settle(connection, self._seals, where, values, no_at=no_at))

    async def _requests(
        self, where: ColumnElement[bool], order: ColumnElement[Any], limit: int
    ) -> list[ApprovalRequest]:
        query = select(CONSENTS).where(CONSENTS.c.way == "page", where).order_by(order).limit(limit)
        rows = await self._database.run(lambda connection: list(connection.execute(query).mappings()))
        return [request_of(row, self._clock()) for row in rows if self._seals.fits(CONSENTS.name, row)]
