"""How late it is, as far as that can be believed: what is removed after a clock has jumped is gone for good."""

from sqlalchemy import Column, Connection, select

from server.store.tables import AUDIT, CHANGES

_WEEK = 7 * 86_400
_WHEN = ((AUDIT.c.at, AUDIT.c.number), (CHANGES.c.began, CHANGES.c.number))


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
    newest = [_newest(connection, *columns, now - slack / 2) for columns in _WHEN]
    last = max((at for at in newest if at is not None), default=now)
    return min(now, last + slack)


def _newest(connection: Connection, at: Column[float], number: Column[int], before: float) -> float | None:
    """Return when the last of the records from before a time was made.

    The last, and not the latest: what was written while the clock was ahead once before is no proof of later use.
    """
    return connection.execute(select(at).where(at <= before).order_by(number.desc()).limit(1)).scalar()
