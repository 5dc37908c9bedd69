"""Changes that may go from the journal: a whole family at a time, which is a change and what undid it, and so on."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, select

from server.store.tables import CHANGES


class Examined(NamedTuple):
    """What a look at the oldest families came to: how many there were, and how many of them stay."""

    families: int
    kept: int


def remove_families(connection: Connection, before: float, skip: int, limit: int) -> Examined:
    """Remove families that are over and older than a time.

    A family stays whole while one of it is younger, is under way, or has an outcome that nobody knows: what is kept
    never refers to a change that is gone.

    Args:
        connection: In a transaction.
        before: Epoch seconds.
        skip: How many of the oldest are known to stay.
        limit: How many to look at.
    """
    firsts = (
        select(CHANGES.c.id)
        .where(CHANGES.c.undoes.is_(None), _is_over(before))
        .order_by(CHANGES.c.began, CHANGES.c.number)
        .offset(skip)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    first_of = {change_id: change_id for change_id in connection.execute(firsts).scalars()}
    families, kept = len(first_of), _complete(connection, first_of, before)
    gone = [change_id for change_id, first in first_of.items() if first not in kept]
    connection.execute(delete(CHANGES).where(CHANGES.c.id.in_(gone)))
    return Examined(families, len(kept))


def _complete(connection: Connection, first_of: dict[str, str], before: float) -> Collection[str]:
    """Add what undoes the changes, and so on, and return the first changes of the families that have to stay."""
    kept: set[str] = set()
    latest = list(first_of)
    while latest:
        undoing = _undoing(connection, latest, before)
        first_of.update({change_id: first_of[undone] for change_id, (undone, _) in undoing.items()})
        kept.update(first_of[change_id] for change_id, (_, over) in undoing.items() if not over)
        latest = list(undoing)
    return kept


def _undoing(connection: Connection, changes: Collection[str], before: float) -> Mapping[str, tuple[str, bool]]:
    """Return what undoes the changes: by ID, what it undoes, and whether it is over."""
    # Not locked: a change is locked before the one that it undoes, so locks the other way round would stand still. One
    # that begins at this moment makes the removal fail, and that is tried again.
    query = select(CHANGES.c.id, CHANGES.c.undoes, _is_over(before)).where(CHANGES.c.undoes.in_(changes))
    return {row[0]: (row[1], bool(row[2])) for row in connection.execute(query)}


def _is_over(before: float) -> ColumnElement[bool]:
    settled = CHANGES.c.outcome.in_(("done", "not_done"))
    return and_(settled, CHANGES.c.began < before, CHANGES.c.ended < before)
