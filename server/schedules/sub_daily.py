"""The times of recurrence rules that count in hours, minutes or seconds.

Our own: dateutil looks at every second, and nothing can interrupt it. This passes over the days, hours and minutes that
a rule leaves out, and gives up after a number of steps.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import gcd

_DAY, _HOUR, _MINUTE, _SECOND = 86_400, 3_600, 60, 1
_UNITS = {"HOURLY": _HOUR, "MINUTELY": _MINUTE, "SECONDLY": _SECOND}
_WEEK = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_ORIGIN = datetime(1, 1, 1)  # noqa: DTZ001 - local, and a Monday
_LONGEST = 400 * 366 * _DAY
"""Seconds from the first time to the last that is looked at."""

_CLOCK = (("BYHOUR", _HOUR, 24), ("BYMINUTE", _MINUTE, 60), ("BYSECOND", _SECOND, 60))
_PARTS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", *(name for name, _, _ in _CLOCK)}

MOST_STEPS = 200_000
"""Steps to times that a rule leaves out: more than a rule needs that is of any use, and a fraction of a second."""


@dataclass(frozen=True, slots=True)
class _Limit:
    """Which of a cycle of days, hours, minutes or seconds a rule allows; `length` in seconds."""

    length: int
    size: int
    allowed: frozenset[int]


def is_sub_daily(parts: Mapping[str, str]) -> bool:
    """Tell whether a rule counts in hours, minutes or seconds."""
    return parts.get("FREQ") in _UNITS


def cycle_days(parts: Mapping[str, str]) -> int:
    """Return after how many days such a rule comes to the same times of day again."""
    interval = int(parts.get("INTERVAL", "1"))
    return interval // gcd(interval, _DAY // _UNITS[parts["FREQ"]])


def sub_daily_times(parts: Mapping[str, str], start: datetime) -> Iterator[datetime]:
    """Return the times of such a rule from a start on, in local time; its COUNT and UNTIL are not looked at.

    Args:
        parts: The rule's parts by name, in upper case.
        start: When it starts.

    Raises:
        ValueError: it is for certain days of the year or positions, or its numbers are none that a clock has; while
            iterating: too many steps led to times that it leaves out.
    """
    if parts.keys() - _PARTS:
        raise ValueError(parts["FREQ"])
    unit, first = _UNITS[parts["FREQ"]], (start - _ORIGIN) // timedelta(seconds=1)
    step = int(parts.get("INTERVAL", "1")) * unit
    within = _within(parts, unit, start)
    return _times(_moments(first // unit * unit, step, _limits(parts, unit)), within, first)


def _times(moments: Iterator[int], within: list[int], first: int) -> Iterator[datetime]:
    for moment in moments:
        for seconds in within:
            if moment + seconds >= first:
                yield _ORIGIN + timedelta(seconds=moment + seconds)


def _moments(moment: int, step: int, limits: list[_Limit]) -> Iterator[int]:
    """Yield the seconds since the origin that a rule allows, of those that its steps lead to."""
    left_out, end = 0, moment + _LONGEST
    while moment < end:
        length = _left_out(moment, limits)
        if length is None:
            yield moment
            moment += step
            continue
        left_out += 1
        if left_out > MOST_STEPS:
            raise ValueError(left_out)
        missing = length - moment % length
        moment += (missing + step - 1) // step * step


def _left_out(moment: int, limits: list[_Limit]) -> int | None:
    """Return the length in seconds of the day, hour, minute or second that a rule leaves out; None if it does not."""
    for limit in limits:
        if moment // limit.length % limit.size not in limit.allowed:
            return limit.length
    return None


def _limits(parts: Mapping[str, str], unit: int) -> list[_Limit]:
    """Return what a rule allows of the week, and of what on the clock is no shorter than its unit."""
    days = frozenset(_WEEK.index(day[-2:]) for day in parts["BYDAY"].split(",")) if "BYDAY" in parts else None
    clock = [_Limit(length, size, numbers) for length, size, numbers in _on_the_clock(parts) if length >= unit]
    return [_Limit(_DAY, len(_WEEK), days), *clock] if days else clock


def _on_the_clock(parts: Mapping[str, str]) -> Iterator[tuple[int, int, frozenset[int]]]:
    """Yield length in seconds, size of the cycle and allowed numbers of each part that a rule has."""
    for name, length, size in _CLOCK:
        if name in parts:
            numbers = frozenset(int(number) for number in parts[name].split(","))
            if not all(0 <= number < size for number in numbers):
                raise ValueError(name)
            yield length, size, numbers


def _within(parts: Mapping[str, str], unit: int, start: datetime) -> list[int]:
    """Return the seconds within a rule's unit: the start's where it does not name them."""
    named = {length: numbers for length, _, numbers in _on_the_clock(parts)}
    minutes = named.get(_MINUTE, {start.minute}) if unit > _MINUTE else {0}
    seconds = named.get(_SECOND, {start.second}) if unit > _SECOND else {0}
    return sorted(minute * _MINUTE + second for minute in minutes for second in seconds)
