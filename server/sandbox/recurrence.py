"""Recurrence rules of RFC 5545, section 3.3.10, and when they occur. All times are local ones, without a zone.

dateutil finds the days of yearly, monthly and weekly rules. It cannot be interrupted, and may look for an hour for
the next occurrence of the others: so their days, and the times of all, are found here, in steps that are counted.
BYSETPOS picks among a period's days in the former, and among its times in the latter.
"""

import calendar
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import MAXYEAR, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice, product, takewhile

_HORIZON = timedelta(days=366 * 40)
"""How far ahead is looked: within 40 years every date falls on every day of the week."""

_STEPS = 200_000
"""How many periods are looked at before a rule is taken to be over; more than a day's seconds."""

_COUNTED = 1000
"""The largest COUNT that is counted; what occurs more often does not end."""

_DAY = 86_400
_UNITS = {"DAILY": _DAY, "HOURLY": 3600, "MINUTELY": 60, "SECONDLY": 1}
_LONG = ("YEARLY", "MONTHLY", "WEEKLY")
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_LARGEST = {
    "BYSECOND": 60,
    "BYMINUTE": 59,
    "BYHOUR": 23,
    "BYMONTHDAY": 31,
    "BYYEARDAY": 366,
    "BYWEEKNO": 53,
    "BYMONTH": 12,
    "BYSETPOS": 366,
}
_FROM_ZERO = ("BYSECOND", "BYMINUTE", "BYHOUR")
_FROM_THE_END = ("BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS")
_ONLY_WITH = {
    "BYWEEKNO": ("YEARLY",),
    "BYYEARDAY": ("YEARLY", "HOURLY", "MINUTELY", "SECONDLY"),
    "BYMONTHDAY": ("YEARLY", "MONTHLY", *_UNITS),
}
_NUMBER = re.compile(r"[+-]?\d{1,3}", re.ASCII)
_WEEKDAY = re.compile(r"(?P<nth>[+-]?\d{1,2})?(?P<day>MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_UNTIL = re.compile(r"\d{8}(?:T\d{6}Z?)?", re.ASCII)
_AMOUNT = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rule:
    """A recurrence rule, its BY parts as numbers."""

    frequency: str
    interval: int
    count: int | None
    until: datetime | None
    day_part: str
    by: dict[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
