"""What came of a consent; and a person's no, which outranks what was agreed to before it."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, or_, select

from server.store import sealed_rows
from server.store.locks import one_at_a_time
from server.store.seals import Seals
from server.store.tables import CONSENTS

VOID = "refused"
"""The outcome of what a later no voids."""

_NO = ("declined", "denied")
_OPEN_TOKEN = and_(CONSENTS.c.way == "token", CONSENTS.c.outcome.is_(None))
_APPROVED = and_(CONSENTS.c.way == "page", CONSENTS.c.outcome == "approved")


def settle(
    connection: Connection,
    seals: Seals,
    where: ColumnElement[bool],
    values: Callable[[RowMapping], Mapping[str, Any]],
    *,
    no_at: float | None = None,
) -> bool:
    """Change the one consent that a condition finds; false where there is none.

    A no voids what is unused of the same matter: tokens, which an assistant was given, and approvals. It does so by
    what is there, and not by times: clocks are set back, and those of two servers differ.

    Args:
        connection: In a transaction.
        seals: Seals it.
        where: Finds it.
        values: Returns what is changed of it.
        no_at: When a person said no, in epoch seconds; None where nobody did.
    """
    if no_at is not None:
        # Two that void what the other changes would wait for each other.
        one_at_a_time(connection, "refusals")
    row = sealed_rows.find(connection, seals, CONSENTS, where, alone=True)
    if row is None:
        return False
    sealed_rows.change(connection, seals, CONSENTS, row, values(row))
    if no_at is not None:
        _void(connection, seals, row, no_at)
    return True


def refusals(connection: Connection, call: str, since: float = 0) -> int:
    """Return how often a person has said no to a matter since a time."""
    where = and_(CONSENTS.c.call == call, CONSENTS.c.outcome.in_(_NO), CONSENTS.c.decided >= since)
    return connection.execute(select(func.count()).select_from(CONSENTS).where(where)).scalar_one()


def is_no(outcome: str) -> bool:
    """Return whether an outcome is a person's no."""
    return outcome in _NO


def _void(connection: Connection, seals: Seals, refused: RowMapping, now: float) -> None:
    others = and_(CONSENTS.c.call == refused["call"], CONSENTS.c.id != refused["id"], or_(_OPEN_TOKEN, _APPROVED))
    query = select(CONSENTS).where(others).order_by(CONSENTS.c.id).with_for_update()
    for row in connection.execute(query).mappings().all():
        if seals.fits(CONSENTS.name, row):
            sealed_rows.change(connection, seals, CONSENTS, row, {"outcome": VOID, "decided": now})
