"""How many consents may be open at once."""

from sqlalchemy import ColumnElement, Connection, and_, func, select

from server.guard.consent import Consent
from server.guard.ledger import MAX_OPEN, MAX_OPEN_OF_A_CALLER, TooManyOpen
from server.store.locks import one_at_a_time
from server.store.tables import CONSENTS


def refuse_one_too_many(connection: Connection, consent: Consent, now: float) -> None:
    """Refuse a consent that would be one too many in all, or of its caller's.

    Args:
        connection: In the transaction that is to add it.
        consent: The consent.
        now: Epoch seconds.

    Raises:
        TooManyOpen: it would be.
    """
    on_a_page = consent.way == "page"
    kind = CONSENTS.c.way == "page" if on_a_page else CONSENTS.c.way != "page"
    still_open = and_(kind, CONSENTS.c.outcome.is_(None), CONSENTS.c.expires > now)
    one_at_a_time(connection, "approvals" if on_a_page else "consents")
    of_the_caller = _number(connection, and_(CONSENTS.c.caller == consent.caller, still_open))
    if of_the_caller >= MAX_OPEN_OF_A_CALLER[consent.way] or _number(connection, still_open) >= MAX_OPEN:
        raise TooManyOpen


def _number(connection: Connection, where: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(CONSENTS).where(where)).scalar_one()
