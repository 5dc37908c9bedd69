"""Requests for approval: consents given on a page or in a terminal, found again by the call they are for."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, false, func, insert, or_, select, true, update

from server.guard.consent import Consent
from server.guard.ledger import Approval
from server.store.audit import add_record
from server.store.database import Database
from server.store.open_ones import refuse_one_too_many
from server.store.requests import ApprovalRequest
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
    """

    def __init__(self, database: Database, clock: Callable[[], float], grace: float) -> None:
        self._database = database
        self._clock = clock
        self._grace = grace

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
        query = select(CONSENTS).where(CONSENTS.c.open_call == open_call)
        row = await self._database.run(lambda connection: connection.execute(query).first())
        return _approval(row) if row else None

    async def look(self, request_id: str) -> Approval | None:
        """Return how a request stands."""
        row = await self._row(request_id)
        return _approval(row) if row else None

    async def end(self, request_id: str, outcome: str) -> bool:
        """Note that an approval was spent, or is void; true for the one caller who finds it in force.

        `spent` needs an approval, `stale` also voids a request that is undecided.
        """
        held = and_(CONSENTS.c.outcome == "approved", CONSENTS.c.expires > self._clock())
        undecided = CONSENTS.c.outcome.is_(None) if outcome != "spent" else false()
        change = update(CONSENTS).where(_is(request_id), or_(held, undecided)).values(outcome=outcome, open_call=None)
        return await self._changed(change)

    async def told(self, request_id: str) -> None:
        """Note that the caller was told how a request ended, so that the same call asks anew from now on."""
        await self._changed(update(CONSENTS).where(_is(request_id)).values(open_call=None))

    async def waiting(self, page: str | None = None, limit: int = 200) -> list[ApprovalRequest]:
        """Return at most `limit` requests that wait for a decision on a page, or on any, oldest first."""
        return await self._requests(and_(self._undecided, _on(page)), CONSENTS.c.created.asc(), limit)

    async def number_waiting(self, page: str | None = None) -> int:
        """Return how many requests wait for a decision on a page, or on any."""
        count = select(func.count()).select_from(CONSENTS)
        waiting = count.where(CONSENTS.c.way == "page", self._undecided, _on(page))
        return await self._database.run(lambda connection: connection.execute(waiting).scalar_one())

    async def history(self, page: str | None = None, limit: int = 50) -> list[ApprovalRequest]:
        """Return at most `limit` requests that wait no more on a page, or on any, newest first."""
        ended = or_(CONSENTS.c.outcome.is_not(None), CONSENTS.c.expires <= self._clock())
        return await self._requests(and_(ended, _on(page)), CONSENTS.c.created.desc(), limit)

    async def find(self, request_id: str) -> ApprovalRequest | None:
        """Return a request; None when there is none of that ID."""
        row = await self._row(request_id)
        return self._request(row) if row else None

    async def decide(self, request_id: str, *, approve: bool, by: str, note: str | None) -> bool:
        """Decide; true for the one who decided it, while it was open.

        What was approved can be denied until it is used.
        """
        now = self._clock()
        unused = false() if approve else CONSENTS.c.outcome == "approved"
        undecided = and_(_is(request_id), or_(CONSENTS.c.outcome.is_(None), unused), CONSENTS.c.expires > now)
        values: dict[str, Any] = {"decided": now, "decided_by": by, "note": note}
        values |= {"outcome": "approved"} if approve else {"outcome": "denied"}
        return await self._database.run(lambda connection: self._decide(connection, undecided, values, now))

    def _decide(
        self, connection: Connection, undecided: ColumnElement[bool], values: dict[str, Any], now: float
    ) -> bool:
        expires = connection.execute(select(CONSENTS.c.expires).where(undecided)).scalar()
        if expires is None:
            return False
        held_until = max(expires, now + self._grace)
        return connection.execute(update(CONSENTS).where(undecided).values(expires=held_until, **values)).rowcount == 1

    def _found_or_new(
        self, connection: Connection, open_call: str, consent: Consent, shown: Mapping[str, Any]
    ) -> Approval:
        found = connection.execute(select(CONSENTS).where(CONSENTS.c.open_call == open_call)).first()
        return _approval(found) if found else self._new(connection, open_call, consent, shown)

    def _new(self, connection: Connection, open_call: str, consent: Consent, shown: Mapping[str, Any]) -> Approval:
        now = self._clock()
        refuse_one_too_many(connection, consent, now)
        request_id = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
        values = {
            "id": request_id,
            "way": consent.way,
            "caller": consent.caller,
            "page": shown["page"],
            "call": consent.call,
            "open_call": open_call,
            "bound": consent.model_dump(mode="json"),
            "shown": dict(shown),
            "created": now,
            "expires": consent.expires,
        }
        connection.execute(insert(CONSENTS).values(values))
        return Approval(request_id, consent, None, consent.expires, None, None)

    @property
    def _undecided(self) -> ColumnElement[bool]:
        return and_(CONSENTS.c.outcome.is_(None), CONSENTS.c.expires > self._clock())

    async def _row(self, request_id: str) -> Row[Any] | None:
        query = select(CONSENTS).where(_is(request_id))
        return await self._database.run(lambda connection: connection.execute(query).first())

    async def _changed(self, change: Any) -> bool:
        return await self._database.run(lambda connection: connection.execute(change).rowcount == 1)

    async def _requests(
        self, where: ColumnElement[bool], order: ColumnElement[Any], limit: int
    ) -> list[ApprovalRequest]:
        query = select(CONSENTS).where(CONSENTS.c.way == "page", where).order_by(order).limit(limit)
        rows = await self._database.run(lambda connection: list(connection.execute(query)))
        return [self._request(row) for row in rows]

    def _request(self, row: Row[Any]) -> ApprovalRequest:
        over = row.outcome in (None, "approved") and row.expires <= self._clock()
        return ApprovalRequest(
            **row.shown,
            id=row.id,
            created=row.created,
            expires=row.expires,
            outcome="expired" if over else row.outcome,
            decided=row.decided,
            decided_by=row.decided_by,
            note=row.note,
            change_id=row.change_id,
        )


def _is(request_id: str) -> ColumnElement[bool]:
    return and_(CONSENTS.c.id == request_id, CONSENTS.c.way == "page")


def _on(page: str | None) -> ColumnElement[bool]:
    return true() if page is None else CONSENTS.c.page == page


def _approval(row: Row[Any]) -> Approval:
    consent = Consent.model_validate(row.bound)
    return Approval(row.id, consent, row.outcome, row.expires, row.decided_by, row.note)
