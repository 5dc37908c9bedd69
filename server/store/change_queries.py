"""Parts of what is asked of the journal, within a transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, not_, or_, select

from server.store.seals import Seals
from server.store.tables import CHANGES

_GIVEN_UP = 86_400
"""Seconds after which a change that was looked up in vain is not looked up any more."""

_PAUSE = 0.25
"""How long it waits for its next turn, as a part of its age: so there are some thirty in a day."""

UNSETTLED = or_(CHANGES.c.outcome.is_(None), CHANGES.c.outcome == "unknown")
"""What came of it is not known, or not known yet."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change that others are compared with.

    Attributes:
        audience: The server and tenant.
        id: Names it.
        task_id: Its task; None where one was to be created.
        name: That one's name, as the journal keeps it.
        began: When it began, in epoch seconds.
        looked: When its task was looked at before that, at the earliest.
        since: When another one began at the earliest that may have come to its end after that.
    """

    audience: str
    id: str
    task_id: str | None
    name: str
    began: float
    looked: float
    since: float


@dataclass(frozen=True, slots=True)
class OtherChange:
    """A change to the same task.

    Attributes:
        operation: What it did.
        sent: With what.
        before: Whether it had ended when the other began, although perhaps not when that one's task was looked at.
    """

    operation: str
    sent: dict[str, Any] | None
    before: bool


def to_be_looked_up(audience: str, before: float, now: float) -> ColumnElement[bool]:
    """Find changes of which it is not known what became of them, and which it is time to look up.

    After each look in vain they wait for a quarter of the time since they began; what is a day old is looked up once.

    Args:
        audience: The server and tenant.
        before: Epoch seconds; what began later and has no outcome is under way.
        now: Epoch seconds.
    """
    over = or_(CHANGES.c.outcome == "unknown", and_(CHANGES.c.outcome.is_(None), CHANGES.c.began <= before))
    age = CHANGES.c.looked - CHANGES.c.began
    due = or_(CHANGES.c.looked.is_(None), and_(age < _GIVEN_UP, CHANGES.c.looked + age * _PAUSE <= now))
    return and_(CHANGES.c.audience == audience, over, due)


def others_meanwhile(connection: Connection, of: Change) -> list[OtherChange]:
    """Return what else was, or may have been, made of a task since it was looked at; of one to be created, by its name.

    A change that began before and has no outcome may have been made since, too.
    """
    number = select(CHANGES.c.number).where(CHANGES.c.id == of.id).scalar_subquery()
    later = or_(CHANGES.c.number > number, CHANGES.c.ended > of.began, and_(CHANGES.c.began >= of.since, UNSETTLED))
    made = or_(CHANGES.c.outcome.is_(None), CHANGES.c.outcome != "not_done")
    meant = and_(_others(of), _of_its_task(of), made, or_(later, CHANGES.c.ended > of.looked))
    query = select(CHANGES.c.operation, CHANGES.c.sent, not_(func.coalesce(later, False))).where(meant)
    return [OtherChange(operation, sent, bool(before)) for operation, sent, before in connection.execute(query)]


def other_creations(connection: Connection, seals: Seals, of: Change, task_ids: Sequence[str]) -> tuple[bool, set[str]]:
    """Return whether another change may be creating a task of that name, and which tasks are known to be others'."""
    creates = and_(_others(of), CHANGES.c.operation == "create_task")
    alike = and_(creates, CHANGES.c.task_name == of.name, CHANGES.c.began >= of.since, UNSETTLED)
    may_be = select(func.count()).select_from(CHANGES).where(alike)
    known = select(CHANGES).where(creates, CHANGES.c.task_id.in_(task_ids))
    # In this order: one that comes to its end in between is among the known.
    open_too, rows = connection.execute(may_be).scalar_one() > 0, connection.execute(known).mappings()
    return open_too, {row["task_id"] for row in rows if seals.fits(CHANGES.name, row)}


def destroyed(connection: Connection, audience: str, identity: str, since: float) -> int:
    """Return how many changes that destroy a caller has begun since a time, but for those that were not made."""
    counted = and_(
        CHANGES.c.audience == audience,
        CHANGES.c.identity == identity,
        CHANGES.c.destroys,
        CHANGES.c.began > since,
        or_(CHANGES.c.outcome.is_(None), CHANGES.c.outcome != "not_done"),
    )
    return connection.execute(select(func.count()).select_from(CHANGES).where(counted)).scalar_one()


def _others(of: Change) -> ColumnElement[bool]:
    return and_(CHANGES.c.audience == of.audience, CHANGES.c.id != of.id)


def _of_its_task(of: Change) -> ColumnElement[bool]:
    if of.task_id is not None:
        return CHANGES.c.task_id == of.task_id
    return and_(CHANGES.c.task_name == of.name, CHANGES.c.operation != "create_task")
