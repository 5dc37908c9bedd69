"""Recurrence rules of RFC 5545, by way of dateutil."""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from dateutil.rrule import rrule

_ENDS = re.compile("UNTIL|COUNT")
_OFTEN = re.compile("FREQ=(HOURLY|MINUTELY|SECONDLY)")
_SELDOM = re.compile("BYMONTH|BYYEARDAY|BYWEEKNO|BYSETPOS")
_INTERVAL = re.compile(r"INTERVAL=(\d+)")
_UTC_END = re.compile(r"(?<=UNTIL=)(\d{8}T\d{6})Z")
_MOMENT = "%Y%m%dT%H%M%S"


def valid_rrule(text: str) -> bool:
    """Tell whether `text` is one recurrence rule. One that never occurs is."""
    try:
        _read(text, datetime(2020, 1, 1))  # noqa: DTZ001 - only read, not compared
    except (ValueError, TypeError, OverflowError, AttributeError):
        return False
    return True


def ends(text: str) -> bool:
    """Tell whether a rule ends by itself."""
    return bool(_ENDS.search(text.upper()))


def first_occurrences(text: str, zone: str, start_ms: int, number: int) -> list[int]:
    """Return a rule's first occurrences from its task's start on, in epoch milliseconds."""
    try:
        return [_epoch_ms(moment, zone) for moment in islice(_read(text, _local(start_ms, zone), zone), number)]
    except ValueError:  # dateutil's word for a rule that never occurs
        return []


@lru_cache(maxsize=4096)
def last_occurrence(text: str, zone: str, start_ms: int, now_ms: int) -> int | None:
    """Return a rule's last occurrence from its task's start up to now, in epoch milliseconds."""
    now = _local(now_ms, zone)
    try:
        found = _read(text, _recent(text.upper(), _local(start_ms, zone), now), zone).before(now, inc=True)
    except ValueError:
        return None
    return _epoch_ms(found, zone) if found else None


def _recent(text: str, start: datetime, now: datetime) -> datetime:
    """Return a start, days later, from which a rule for hours, minutes or seconds goes on as from its own."""
    if not _OFTEN.search(text) or "COUNT" in text:
        return start
    interval = _INTERVAL.search(text)
    cycle = int(interval[1]) if interval else 1
    days = (now - start).days - (8 if "BYDAY" in text else 1)
    return start + timedelta(days=max(0, days // cycle * cycle))


def _read(text: str, start: datetime, zone: str = "UTC") -> "rrule":
    """Return the rule. It counts from its task's start, in local time.

    Raises:
        ValueError: it is none, or a rule for certain days of the year that looks at every hour, minute or second:
            dateutil would look for long, and nothing can interrupt it.
        TypeError: it brings dates of its own along.
    """
    from dateutil.rrule import rrule, rrulestr

    upper = text.upper()
    if "DTSTART" in upper or "INTERVAL=0" in upper or (_OFTEN.search(upper) and _SELDOM.search(upper)):
        raise ValueError(text)
    # dateutil refuses to compare an end in UTC with the local times that a zone needs.
    rule = rrulestr(_UTC_END.sub(lambda end: _in_zone(end[1], zone), upper), dtstart=start)
    if not isinstance(rule, rrule):
        raise TypeError(text)
    return rule


def _in_zone(moment: str, zone: str) -> str:
    return datetime.strptime(f"{moment}Z", f"{_MOMENT}%z").astimezone(ZoneInfo(zone)).strftime(_MOMENT)


def _local(epoch_ms: int, zone: str) -> datetime:
    return datetime.fromtimestamp(epoch_ms // 1000, ZoneInfo(zone)).replace(tzinfo=None)


def _epoch_ms(moment: datetime, zone: str) -> int:
    return round(moment.replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)
