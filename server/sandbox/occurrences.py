"""When a recurrence rule occurs.

dateutil finds the days of yearly, monthly and weekly rules. The other rules it may search for hours, and nothing can
interrupt it: so their days, and the times of all rules, are found here, in steps that are counted. BYSETPOS picks
among the days of the former's periods, and among the times of the latter's.
"""

import calendar
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import MAXYEAR, date, datetime, timedelta
from itertools import islice, product, takewhile
from zoneinfo import ZoneInfo

from server.sandbox.recurrence import PERIODS, Rule, read_rule

_YEARS = 40
"""How far ahead is looked: within 40 years, every date falls on every day of the week."""

_STEPS = 200_000
"""How many periods of the same length are looked at before a rule is taken to be over: two days of seconds."""

_COUNTED = 1000
"""The largest COUNT that is counted: what occurs more often does not end."""

_CYCLE = 400
"""Years after which the calendar repeats itself, with its days of the week."""

_DAY = 86_400
_TIMES = (("BYHOUR", 3600, 24), ("BYMINUTE", 60, 60), ("BYSECOND", 1, 60))
"""Which part of a rule is about which unit of time: its seconds, and how many there are in the next larger one."""


def first_occurrences(text: str, zone: str, start_ms: int, number: int) -> list[int]:
    """Return a rule's first occurrences from its start on, in epoch milliseconds."""
    rule, start = read_rule(text), _local(start_ms, zone)
    wanted = min(number, rule.count or number)
    return [_epoch_ms(moment, zone) for moment in islice(_Occurrences(rule, start, zone).forward(), wanted)]


def last_occurrence(text: str, zone: str, start_ms: int, now_ms: int) -> int | None:
    """Return a rule's last occurrence up to now, in epoch milliseconds; a rule counts from its task's start."""
    rule, now = read_rule(text), _local(now_ms, zone)
    occurrences = _Occurrences(rule, _local(start_ms + 999, zone), zone)
    if rule.count is not None and rule.count <= _COUNTED:
        past = [*takewhile(lambda moment: moment <= now, islice(occurrences.forward(), rule.count))][-1:]
    else:
        past = [*islice(occurrences.backward(now), 1)]
    return _epoch_ms(past[0], zone) if past else None


class _Occurrences:
    """The occurrences of a rule from its start on; moments are counted in local seconds since the year 1."""

    def __init__(self, rule: Rule, start: datetime, zone: str) -> None:
        self._rule = rule
        self._start = start
        self._period = PERIODS.get(rule.frequency, _DAY)
        self._step = self._period * (rule.interval if rule.frequency in PERIODS else 1)
        self._end = start + timedelta(days=366 * _YEARS)
        if rule.until is not None:
            local = rule.until.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if rule.until.tzinfo else rule.until
            self._end = min(self._end, local)

    def forward(self) -> Iterator[datetime]:
        """Yield all, from the first one on."""
        return self._between(self._days(self._end.date()), self._end, 1)

    def backward(self, last: datetime) -> Iterator[datetime]:
        """Yield those up to a moment, the last one first."""
        end = min(last, self._end)
        return self._between(reversed(self._days(end.date())), end, -1)
