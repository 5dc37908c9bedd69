"""The times of Quartz expressions, by way of croniter."""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from server.schedules.quartz import Cron, read_cron

_TRIES = 60
"""How many days in a row may be wrong ones: more than any expression needs that occurs at all."""


def cron_occurrences(cron: str, zone: str, after_ms: int) -> Iterator[int]:
    """Yield when an expression occurs after a moment, in epoch milliseconds."""
    found = _occurrence(cron, zone, after_ms // 1000, forward=True)
    while found is not None:
        yield found
        found = _occurrence(cron, zone, found // 1000, forward=True)


def last_cron_occurrence(cron: str, zone: str, now_ms: int) -> int | None:
    """Return the last time of an expression up to a moment, in epoch milliseconds; None where it has none."""
    return _occurrence(cron, zone, now_ms // 1000, forward=False)


@lru_cache(maxsize=4096)
def _occurrence(cron: str, zone: str, second: int, *, forward: bool) -> int | None:
    """Return the first occurrence after an epoch second, or the last one up to it, in epoch milliseconds.

    Many tasks share one expression. None: there is no such occurrence within fifty years.
    """
    try:
        # croniter's previous moment is never the one it starts from.
        moment = datetime.fromtimestamp(second if forward else second + 1, ZoneInfo(zone))
        found = _search(read_cron(cron), moment, forward=forward)
    except (ValueError, OverflowError):
        return None
    return round(found.timestamp() * 1000) if found else None


def _search(quartz: Cron, moment: datetime, *, forward: bool) -> datetime | None:
    from croniter import croniter

    times: Any = croniter(quartz.fields, moment, second_at_beginning=True, day_or=False)
    for _ in range(_TRIES):
        found: datetime = times.get_next(datetime) if forward else times.get_prev(datetime)
        if quartz.is_meant(found.date()):
            return found
        edge = found.replace(hour=23, minute=59, second=59) if forward else found.replace(hour=0, minute=0, second=0)
        times.set_current(edge)
    return None
