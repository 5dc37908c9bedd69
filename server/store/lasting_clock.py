"""How late it is, as far as that can be believed: what is removed after a clock has jumped is gone for good."""

from sqlalchemy import Column, Connection, func, select

from server.store.tables import AUDIT, CHANGES

_WEEK = 7 * 86_400


def believed(connection: Connection, now: float, keep: float) -> float:
    """Return the time by which may be removed what is past its time: `now`, or earlier where that is in doubt.

    A clock that jumps ahead, and a server that comes back after a month, look alike: since what was kept last there
    is a gap. So the time goes on for a week beyond the last record from before the gap, and no further until the
    store has been written to for half a week after it. Where things are kept for less than two weeks, a week is half
    of that: a jump costs half of what is kept at the most.

    Args:
        connection: In a transaction.
        now: What the clock says, in epoch seconds.
        keep: Seconds for which what is over is kept.
    """
    slack = min(_WEEK, keep / 2)
    newest = [_newest(connection, column, now - slack / 2) for column in (AUDIT.c.at, CHANGES.c.began)]
    last = max((at for at in newest if at is not None), default=now)
    return min(now, last + slack)


def _newest(connection: Connection, column: Column[float], before: float) -> float | None:
    return connection.execute(select(func.max(column)).where(column <= before)).scalar()
