"""Parts of what is asked of the journal, within a transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from server.store.change_rows import ChangeOutcome
from server.store.tables import CHANGES

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
        since: When another one began at the earliest that may have come to its end after that.
    """

    audience: str
    id: str
    task_id: str | None
    name: str
    began: float
    since: float


@dataclass(frozen=True, slots=True)
class OtherChange:
    """A change to the same task."""

    operation: str
    sent: dict[str, Any] | None


def others_meanwhile(connection: Connection, of: Change) -> list[OtherChange]:
    """Return what else was, or may have been, made of a task since a change began; of one to be created, by its name.

    A change that began before and has no outcome may have been made since, too.
    """
    number = select(CHANGES.c.number).where(CHANGES.c.id == of.id).scalar_subquery()
    later = or_(CHANGES.c.number > number, CHANGES.c.ended > of.began, and_(CHANGES.c.began >= of.since, UNSETTLED))
    made = or_(CHANGES.c.outcome.is_(None), CHANGES.c.outcome != "not_done")
    query = select(CHANGES.c.operation, CHANGES.c.sent).where(_others(of), _of_its_task(of), made, later)
    return [OtherChange(operation, sent) for operation, sent in connection.execute(query)]


def other_creations(connection: Connection, of: Change, task_ids: Sequence[str]) -> tuple[bool, set[str]]:
    """Return whether another change may be creating a task of that name, and which tasks are known to be others'."""
    creates = and_(_others(of), CHANGES.c.operation == "create_task")
    alike = and_(creates, CHANGES.c.task_name == of.name, CHANGES.c.began >= of.since, UNSETTLED)
    may_be = select(func.count()).select_from(CHANGES).where(alike)
    known = select(CHANGES.c.task_id).where(creates, CHANGES.c.task_id.in_(task_ids))
    # In this order: one that comes to its end in between is among the known.
    return connection.execute(may_be).scalar_one() > 0, set(connection.execute(known).scalars())


def _others(of: Change) -> ColumnElement[bool]:
    return and_(CHANGES.c.audience == of.audience, CHANGES.c.id != of.id)


def _of_its_task(of: Change) -> ColumnElement[bool]:
    if of.task_id is not None:
        return CHANGES.c.task_id == of.task_id
    return and_(CHANGES.c.task_name == of.name, CHANGES.c.operation != "create_task")


def mark_what_it_undoes(connection: Connection, change_id: str, outcome: ChangeOutcome) -> None:
    """Leave what was not undone open for another try, and close what was."""
    if outcome == "not_done":
        connection.execute(update(CHANGES).where(CHANGES.c.undone_by == change_id).values(undone_by=None))
    elif outcome == "done":
        undone = select(CHANGES.c.undoes).where(CHANGES.c.id == change_id).scalar_subquery()
        still_open = and_(CHANGES.c.id == undone, CHANGES.c.undone_by.is_(None))
        connection.execute(update(CHANGES).where(still_open).values(undone_by=change_id))
