"""How a change comes to its end, within a transaction, and what that means for others."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, or_, select, update

from server.store import sealed_rows
from server.store.change_queries import UNSETTLED
from server.store.seals import Seals
from server.store.tables import CHANGES


def end(
    connection: Connection, seals: Seals, change_id: str, values: Mapping[str, Any], still_open: ColumnElement[bool]
) -> bool:
    """Note how a change ended; true where it was open. One whose seal does not fit is left as it is."""
    row = sealed_rows.find(connection, seals, CHANGES, and_(CHANGES.c.id == change_id, still_open), alone=True)
    if row is None:
        return False
    sealed_rows.change(connection, seals, CHANGES, row, values)
    if values["outcome"] != "unknown":
        _mark_what_it_undoes(connection, seals, row, done=values["outcome"] == "done")
        _look_again_at_others(connection, {**row, **values})
    return True


def claim(connection: Connection, seals: Seals, change_id: str, undone_by: str) -> bool:
    """Note what undoes a change; true where nothing did."""
    return _undone(connection, seals, and_(CHANGES.c.id == change_id, CHANGES.c.undone_by.is_(None)), undone_by)


def _mark_what_it_undoes(connection: Connection, seals: Seals, row: RowMapping, *, done: bool) -> None:
    """Leave what was not undone open for another try, and close what was."""
    if row["undoes"] is None:
        return
    if done:
        claim(connection, seals, row["undoes"], row["id"])
    else:
        _undone(connection, seals, CHANGES.c.undone_by == row["id"], None)


def _undone(connection: Connection, seals: Seals, where: ColumnElement[bool], by: str | None) -> bool:
    row = sealed_rows.find(connection, seals, CHANGES, where, alone=True)
    if row is not None:
        sealed_rows.change(connection, seals, CHANGES, row, {"undone_by": by})
    return row is not None


def _look_again_at_others(connection: Connection, ended: Mapping[Any, Any]) -> None:
    """Have others looked up soon that were looked up in vain: what became of one may tell what became of them."""
    of_its_task = or_(CHANGES.c.task_id == ended["task_id"], CHANGES.c.task_name == ended["task_name"])
    in_vain = and_(CHANGES.c.looked > 0, CHANGES.c.audience == ended["audience"], UNSETTLED, of_its_task)
    # One that is locked is about to end, or was looked up a moment ago. Two that wait for each other would stand still.
    found = select(CHANGES.c.id).where(in_vain).with_for_update(skip_locked=True)
    ids = list(connection.execute(found).scalars())
    if ids:
        connection.execute(update(CHANGES).where(CHANGES.c.id.in_(ids)).values(looked=None))
