"""The times of recurrence rules of RFC 5545, by way of dateutil."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import MAXYEAR, datetime, timedelta
from functools import lru_cache
from itertools import islice, takewhile
from math import prod
from zoneinfo import ZoneInfo

from server.schedules.local_time import epoch_ms, local_time
from server.schedules.sub_daily import cycle_days, is_sub_daily, sub_daily_times

_ENDS = re.compile("UNTIL|COUNT")
_REFUSED = ("DTSTART", "BYEASTER")
"""What dateutil reads and RFC 5545 does not have in a rule."""

_NEVER = (ValueError, IndexError)
"""dateutil's words for a rule that never occurs; the second is that for the 99th Monday of a year."""

_COUNTED = re.compile(r"0*[1-9]\d{0,8}", re.ASCII)
_END = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?", re.ASCII)
_MOMENT = "%Y%m%dT%H%M%S"

_CENTURIES = 7600
"""Years by which rules are computed in the future. The Gregorian calendar repeats every 400 years, weekdays included.
dateutil, which nothing can interrupt, looks for a rule's next time up to the year 9999: of a rule that never occurs
this leaves it less than 430 years to look at, a fraction of a second, instead of 8,000."""

_FIRST_YEAR = 1970
_LONGEST = 300
"""Characters of a rule: none that anybody wrote by hand has more."""

_MOST_TIMES = 1440
"""Times in a day that its lists may come to: every minute of it."""

_MOST_POSITIONS = 12
"""Numbers in BYSETPOS: dateutil goes through a period's days for each."""


def valid_rrule(text: str) -> bool:
    """Tell whether `text` is one recurrence rule. One that never occurs is."""
    try:
        occurrences(text, datetime(2020, 1, 1), "UTC")  # noqa: DTZ001 - only read, not compared
    except (ValueError, TypeError, OverflowError, AttributeError):
        return False
    return True


def ends(text: str) -> bool:
    """Tell whether a rule ends by itself."""
    return bool(_ENDS.search(text.upper()))


def first_occurrences(text: str, zone: str, start_ms: int, number: int) -> list[int]:
    """Return a rule's first occurrences from its task's start on, in epoch milliseconds."""
    try:
        times = islice(occurrences(text, local_time(start_ms, zone), zone), number)
        return [epoch_ms(moment, zone) for moment in times]
    except _NEVER:
        return []


@lru_cache(maxsize=4096)
def last_occurrence(text: str, zone: str, start_ms: int, now_ms: int) -> int | None:
    """Return a rule's last occurrence from its task's start up to now, in epoch milliseconds."""
    now, found = local_time(now_ms, zone), None
    with suppress(*_NEVER):
        times = occurrences(text, _recent(_parts(text), local_time(start_ms, zone), now), zone)
        for moment in takewhile(lambda moment: moment <= now, times):
            found = moment
    return epoch_ms(found, zone) if found else None


def _recent(parts: Mapping[str, str], start: datetime, now: datetime) -> datetime:
    """Return a start, days later, from which a rule for hours, minutes or seconds goes on as from its own."""
    if not is_sub_daily(parts) or "COUNT" in parts:
        return start
    cycle, days = cycle_days(parts), (now - start).days - (8 if "BYDAY" in parts else 1)
    return start + timedelta(days=max(0, days // cycle * cycle))


def occurrences(text: str, start: datetime, zone: str) -> Iterator[datetime]:
    """Return a rule's times from a start on, in local time. It does not take long, whatever the rule is.

    Raises:
        ValueError: it is none, or one that would be searched for long, or never occurs; the latter may also be found
            while iterating.
        TypeError: it brings dates of its own along.
    """
    parts = _parts(text)
    if start.year < _FIRST_YEAR or not _is_soon_searched(parts):
        raise ValueError(text)
    ends = [_local_end(parts["UNTIL"], zone)] if "UNTIL" in parts else []
    times = _read(parts, start, ends)
    return _ended(sub_daily_times(parts, start), parts, ends) if is_sub_daily(parts) else times


def _parts(text: str) -> dict[str, str]:
    """Return a rule's parts by name.

    Raises:
        ValueError: it has not the form of a rule, or parts that RFC 5545 does not have, or not together.
    """
    upper = text.upper().strip()
    if len(upper) > _LONGEST or any(part in upper for part in _REFUSED):
        raise ValueError(text[:_LONGEST])
    pairs = [part.partition("=") for part in upper.removeprefix("RRULE:").split(";")]
    parts = {name: value for name, _, value in pairs}
    counts = [parts[name] for name in ("INTERVAL", "COUNT") if name in parts]
    if (
        len(parts) != len(pairs)
        or {"COUNT", "UNTIL"} <= parts.keys()
        or not all(_COUNTED.fullmatch(count) for count in counts)
    ):
        raise ValueError(text)
    return parts


def _is_soon_searched(parts: Mapping[str, str]) -> bool:
    """Tell whether dateutil, which nothing can interrupt, is through with a rule in a fraction of a second."""
    lists = {name: set(value.split(",")) for name, value in parts.items()}
    in_a_day = prod(len(lists.get(name, "1")) for name in ("BYHOUR", "BYMINUTE", "BYSECOND"))
    if parts.get("FREQ") == "DAILY" and "BYSETPOS" in parts:
        return False
    return in_a_day <= _MOST_TIMES and len(lists.get("BYSETPOS", ())) <= _MOST_POSITIONS


def _read(parts: Mapping[str, str], start: datetime, ends: list[datetime]) -> Iterator[datetime]:
    """Return a rule's times as dateutil has them, which is to be asked only for what `_is_soon_searched`."""
    from dateutil.rrule import rrule, rrulestr

    later = [("UNTIL", _later(end).strftime(_MOMENT)) for end in ends]
    text = ";".join(f"{name}={value}" for name, value in {**parts, **dict(later)}.items())
    rule = rrulestr(text, dtstart=start.replace(year=start.year + _CENTURIES))
    if not isinstance(rule, rrule):
        raise TypeError(text)
    return (moment.replace(year=moment.year - _CENTURIES) for moment in rule)


def _ended(times: Iterator[datetime], parts: Mapping[str, str], ends: list[datetime]) -> Iterator[datetime]:
    """Return times as far as a rule's COUNT and UNTIL go."""
    counted = islice(times, int(parts["COUNT"])) if "COUNT" in parts else times
    return takewhile(lambda moment: moment <= ends[0], counted) if ends else counted


def _local_end(end: str, zone: str) -> datetime:
    """Return an end in local time, even if it is in UTC.

    Raises:
        ValueError: it has not RFC 5545's form.
    """
    found = _END.fullmatch(end)
    if found is None:
        raise ValueError(end)
    moment = datetime.strptime(f"{found[1]}T{found[2] or '000000'}+0000", f"{_MOMENT}%z")
    try:
        return (moment.astimezone(ZoneInfo(zone)) if found[3] else moment).replace(tzinfo=None)
    except OverflowError:  # the last day of the calendar
        return moment.replace(tzinfo=None)


def _later(end: datetime) -> datetime:
    year = end.year + _CENTURIES
    return end.replace(year=year) if year <= MAXYEAR else datetime(MAXYEAR, 12, 31, 23, 59, 59)  # noqa: DTZ001 - local
