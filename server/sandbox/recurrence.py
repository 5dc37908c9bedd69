"""Recurrence rules of RFC 5545, by way of dateutil."""

import re
from collections.abc import Iterator
from datetime import MAXYEAR, datetime, timedelta
from functools import lru_cache
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

_ENDS = re.compile("UNTIL|COUNT")
_OFTEN = re.compile("FREQ=(HOURLY|MINUTELY|SECONDLY)")
_REFUSED = ("DTSTART", "INTERVAL=0", "BYEASTER")
"""What dateutil reads and RFC 5545 does not have in a rule."""

_SELDOM = re.compile("BYMONTH|BYYEARDAY|BYWEEKNO|BYSETPOS")
_INTERVAL = re.compile(r"INTERVAL=(\d+)")
_END = re.compile(r"(?<=UNTIL=)(\d{8}(?:T\d{6}Z?)?)")
_MOMENT = "%Y%m%dT%H%M%S"

_CENTURIES = 7600
"""Years by which rules are computed in the future. The Gregorian calendar repeats every 400 years, weekdays included.
dateutil, which nothing can interrupt, looks for a rule's next time up to the year 9999: of a rule that never occurs
this leaves it less than 400 years to look at, a fraction of a second, instead of 8,000."""


def valid_rrule(text: str) -> bool:
    """Tell whether `text` is one recurrence rule. One that never occurs is."""
    try:
        _checked(text, datetime(2020, 1, 1))  # noqa: DTZ001 - only read, not compared
    except (ValueError, TypeError, OverflowError, AttributeError):
        return False
    return True


def ends(text: str) -> bool:
    """Tell whether a rule ends by itself."""
    return bool(_ENDS.search(text.upper()))


def first_occurrences(text: str, zone: str, start_ms: int, number: int) -> list[int]:
    """Return a rule's first occurrences from its task's start on, in epoch milliseconds."""
    try:
        return [_epoch_ms(moment, zone) for moment in islice(_checked(text, _local(start_ms, zone), zone), number)]
    except ValueError:  # dateutil's word for a rule that never occurs
        return []


@lru_cache(maxsize=4096)
def last_occurrence(text: str, zone: str, start_ms: int, now_ms: int) -> int | None:
    """Return a rule's last occurrence from its task's start up to now, in epoch milliseconds."""
    now, found = _local(now_ms, zone), None
    try:
        times = _checked(text, _recent(text.upper(), _local(start_ms, zone), now), zone)
        for moment in takewhile(lambda moment: moment <= now, times):
            found = moment
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


def _checked(text: str, start: datetime, zone: str = "UTC") -> Iterator[datetime]:
    """Return a rule's times from its task's start on, in local time.

    Raises:
        ValueError: it is none, or a rule for certain days of the year that looks at every hour, minute or second:
            whether it has occurred would take long to find.
        TypeError: it brings dates of its own along.
    """
    upper = text.upper()
    if _OFTEN.search(upper) and _SELDOM.search(upper):
        raise ValueError(text)
    return occurrences(text, start, zone)


def occurrences(text: str, start: datetime, zone: str) -> Iterator[datetime]:
    """Return a rule's times from a start on, in local time.

    Raises:
        ValueError: it is none, or dateutil knows that it never occurs.
        TypeError: it brings dates of its own along.
    """
    from dateutil.rrule import rrule, rrulestr

    upper = text.upper()
    if any(part in upper for part in _REFUSED) or ("UNTIL" in upper and not _END.search(upper)):
        raise ValueError(text)
    later = start.replace(year=start.year + _CENTURIES)
    rule = rrulestr(_END.sub(lambda end: _later(end[1], zone), upper), dtstart=later)
    if not isinstance(rule, rrule):
        raise TypeError(text)
    return (moment.replace(year=moment.year - _CENTURIES) for moment in rule)


def _later(end: str, zone: str) -> str:
    """Return an end as dateutil compares it: in local time even if it is in UTC, and centuries later."""
    if end.endswith("Z"):
        end = datetime.strptime(f"{end}+0000", f"{_MOMENT}Z%z").astimezone(ZoneInfo(zone)).strftime(_MOMENT)
    year = int(end[:4]) + _CENTURIES
    return f"{year}{end[4:]}" if year <= MAXYEAR else f"{MAXYEAR}1231T235959"


def _local(epoch_ms: int, zone: str) -> datetime:
    return datetime.fromtimestamp(epoch_ms // 1000, ZoneInfo(zone)).replace(tzinfo=None)


def _epoch_ms(moment: datetime, zone: str) -> int:
    return round(moment.replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)
