"""When a recurrence rule occurs.

dateutil finds the days of yearly, monthly and weekly rules. The other rules it may search for hours, and nothing can
interrupt it: so their days, and the times of all rules, are found here, in steps that are counted. BYSETPOS picks
among the days of the former's periods, and among the times of the latter's.
"""

import calendar
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import MAXYEAR, date, datetime, timedelta
from functools import lru_cache
from itertools import islice, product, takewhile
from zoneinfo import ZoneInfo

from server.sandbox.recurrence import PERIODS, Rule, read_rule

_YEARS = 40
"""How far ahead is looked: within 40 years, every date falls on every day of the week."""

_STEPS = 200_000
"""How many periods of the same length are looked at before a rule is taken to be over: two days of seconds."""

_COUNTED = 1000
"""The largest COUNT that is counted: what occurs more often does not end."""

_CYCLE, _CYCLE_DAYS = 400, 146_097
"""Years after which the calendar repeats itself, with its days of the week, and how many days they have."""

_DAY = 86_400
_ABOUT_DAYS = {"BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYDAY"}
_TIMES = (("BYHOUR", 3600, 24), ("BYMINUTE", 60, 60), ("BYSECOND", 1, 60))
"""Which part of a rule is about which unit of time: its seconds, and how many there are in the next larger one."""


def first_occurrences(text: str, zone: str, start_ms: int, number: int) -> list[int]:
    """Return a rule's first occurrences from its task's start on, in epoch milliseconds."""
    rule = read_rule(text)
    found = islice(_Occurrences(rule, start_ms, zone).forward(), min(number, rule.count or number))
    return [_epoch_ms(moment, zone) for moment in found]


@lru_cache(maxsize=4096)
def last_occurrence(text: str, zone: str, start_ms: int, now_ms: int) -> int | None:
    """Return a rule's last occurrence from its task's start up to now, in epoch milliseconds."""
    rule, now = read_rule(text), _local(now_ms, zone)
    occurrences = _Occurrences(rule, start_ms, zone)
    if rule.count is not None and rule.count <= _COUNTED:
        past = [*takewhile(lambda moment: moment <= now, islice(occurrences.forward(), rule.count))]
        last = past[-1] if past else None
    else:
        last = next(occurrences.backward(now), None)
    # Where clocks are changed, a local time may stand for a moment an hour away.
    return min(max(_epoch_ms(last, zone), start_ms), now_ms) if last else None


class _Occurrences:
    """The occurrences of a rule from a task's start on, as local times; inside, as seconds since the year 0."""

    def __init__(self, rule: Rule, start_ms: int, zone: str) -> None:
        self._rule = rule
        # A rule knows seconds, and nothing runs before its start.
        self._start = _local(start_ms + 999, zone)
        self._period = PERIODS.get(rule.frequency, _DAY)
        self._end = self._start + timedelta(days=366 * _YEARS)
        if rule.until is not None:
            local = rule.until.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if rule.until.tzinfo else rule.until
            self._end = min(self._end, local)

    def forward(self) -> Iterator[datetime]:
        """Yield all, the first one first."""
        return self._up_to(self._end, 1)

    def backward(self, last: datetime) -> Iterator[datetime]:
        """Yield those up to a moment, the last one first."""
        return self._up_to(min(last, self._end), -1)

    def _up_to(self, last: datetime, order: int) -> Iterator[datetime]:
        start, end = _seconds(self._start), _seconds(last)
        by, offsets = self._rule.by, self._offsets()[::order]
        limits = [(unit, size, by[name]) for name, unit, size in _TIMES if unit >= self._period and name in by]
        periods = (second for day in self._days(last, order) for second in self._periods(day * _DAY, end)[::order])
        for second in islice(periods, _STEPS):
            if all(second // unit % size in allowed for unit, size, allowed in limits):
                yield from (_moment(second + offset) for offset in offsets if start <= second + offset <= end)

    def _periods(self, midnight: int, end: int) -> range:
        """Return the second at which each of the rule's periods begins within a day."""
        step = self._period * (self._rule.interval if self._rule.frequency in PERIODS else 1)
        start = _seconds(self._start) // self._period * self._period
        first = start if midnight <= start else midnight + (start - midnight) % step
        return range(first, min(midnight + _DAY, end + 1), step)

    def _offsets(self) -> list[int]:
        """Return the seconds within a period at which the rule occurs; what it does not say, its start says."""
        by, start = self._rule.by, _seconds(self._start)
        choices = [
            [value * unit for value in by.get(name, (start // unit % size,))]
            for name, unit, size in _TIMES
            if unit < self._period
        ]
        found = sorted(sum(choice) for choice in product(*choices))
        if "BYSETPOS" not in by or self._rule.frequency not in PERIODS:
            return found
        picked = {found[place - (place > 0)] for place in by["BYSETPOS"] if -len(found) <= place <= len(found)}
        return sorted(picked)

    def _days(self, last: datetime, order: int) -> Iterable[int]:
        """Return the ordinals of the days that the rule is about."""
        if self._rule.frequency in PERIODS:
            days = range(self._start.toordinal(), last.toordinal() + 1)[::order]
            return filter(self._is_day, days) if self._rule.by.keys() & _ABOUT_DAYS else days
        found = takewhile(lambda day: day <= last.toordinal(), self._days_of_long_periods())
        return found if order > 0 else reversed([*found])

    def _is_day(self, ordinal: int) -> bool:
        day, by = date.fromordinal(ordinal), self._rule.by
        month, year = calendar.monthrange(day.year, day.month)[1], 365 + calendar.isleap(day.year)
        numbers = {
            "BYMONTH": (day.month,),
            "BYMONTHDAY": (day.day, day.day - month - 1),
            "BYYEARDAY": (day.timetuple().tm_yday, day.timetuple().tm_yday - year - 1),
            "BYDAY": (day.weekday(),),
        }
        return all(not set(by[name]).isdisjoint(numbers[name]) for name in by.keys() & _ABOUT_DAYS)

    def _days_of_long_periods(self) -> Iterator[int]:
        from dateutil.rrule import rrulestr

        # It looks until the year 9999. Whole cycles later the same days come, and it gives up sooner.
        later = (MAXYEAR - _YEARS - self._start.year) // _CYCLE
        midnight = self._start.replace(year=self._start.year + later * _CYCLE, hour=0, minute=0, second=0)
        with suppress(ValueError, OverflowError):
            for moment in rrulestr(self._rule.days, dtstart=midnight):
                yield moment.toordinal() - later * _CYCLE_DAYS


def _seconds(moment: datetime) -> int:
    return moment.toordinal() * _DAY + moment.hour * 3600 + moment.minute * 60 + moment.second


def _moment(seconds: int) -> datetime:
    return datetime.fromordinal(seconds // _DAY) + timedelta(seconds=seconds % _DAY)


def _local(epoch_ms: int, zone: str) -> datetime:
    return datetime.fromtimestamp(epoch_ms // 1000, ZoneInfo(zone)).replace(tzinfo=None)


def _epoch_ms(local: datetime, zone: str) -> int:
    return round(local.replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)
