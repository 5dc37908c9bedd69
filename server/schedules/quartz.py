"""Cron expressions as Quartz reads them, in terms that croniter computes with.

Source: https://www.quartz-scheduler.org/documentation/quartz-1.8.6/tutorials/TutorialLesson06, which the OpenAPI file
links to. croniter gets plain numbers only; what it cannot say about days is checked on the days that it finds.
"""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

_LENGTHS = (28, 29, 30, 31)
_SATURDAY, _SUNDAY = 5, 6
_DAY_FIELDS = (3, 5)
_YEAR_FIELD = 6
_FIELD_COUNTS = (6, 7)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

_NUMBER = re.compile(r"\d{1,4}", re.ASCII)
_SPECIAL_DAY = re.compile(r"L(?:-(?P<before>\d{1,2}))?W?|(?P<day>\d{1,2})W", re.ASCII)
_SPECIAL_WEEKDAY = re.compile(r"(?P<weekday>[1-7]|[A-Z]{3})(?:L|#(?P<nth>[1-5]))", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Field:
    """What a field may hold: numbers from `least` to `most`, the first of which may have names."""

    least: int
    most: int
    names: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return self.most - self.least + 1


_FIELDS = (
    _Field(0, 59),
    _Field(0, 59),
    _Field(0, 23),
    _Field(1, 31),
    _Field(1, 12, _MONTHS),
    _Field(1, 7, _DAYS),
    _Field(1970, 2099),
)


def _any_day(_: date) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Cron:
    """An expression: its fields for croniter, seconds first, and whether a day that they allow is meant."""

    fields: str
    is_meant: Callable[[date], bool] = _any_day


def valid_cron(cron: str) -> bool:
    """Tell whether `cron` is a Quartz expression: six or seven fields, seconds first, `?` for one of the two days."""
    try:
        read_cron(cron)
    except ValueError:
        return False
    return True


def has_year(cron: str) -> bool:
    """Tell whether an expression ends by itself, or may."""
    return len(cron.split()) > _YEAR_FIELD


@lru_cache(maxsize=4096)
def read_cron(cron: str) -> Cron:
    """Return what an expression means.

    Raises:
        ValueError: it is none.
    """
    fields = cron.upper().split()
    if len(fields) not in _FIELD_COUNTS or sum(fields[field] == "?" for field in _DAY_FIELDS) != 1:
        raise ValueError(cron)
    day, weekday = (fields[field] for field in _DAY_FIELDS)
    plain = ["*" if text == "?" and place in _DAY_FIELDS else text for place, text in enumerate(fields)]
    if special := _SPECIAL_DAY.fullmatch(day):
        plain[3] = "*"
        return _special_day(plain, special)
    if special := _SPECIAL_WEEKDAY.fullmatch(weekday):
        plain[5] = special["weekday"]
        return _special_weekday(plain, special["nth"])
    plain[5] = "7" if weekday == "L" else plain[5]
    return Cron(_for_croniter(plain))


def _special_day(fields: list[str], special: re.Match[str]) -> Cron:
    """Return the meaning of a number of days before the month's last, of `15W`, or of both together."""
    day = _number(_FIELDS[3], special["day"]) if special["day"] else None
    before, nearest = int(special["before"] or 0), special[0].endswith("W")
    if before >= _FIELDS[3].most:
        raise ValueError(before)

    def is_meant(found: date) -> bool:
        last = calendar.monthrange(found.year, found.month)[1]
        target = day or last - before
        if not 1 <= target <= last:
            return False
        wanted = found.replace(day=target)
        return found == (_nearest_weekday(wanted, last) if nearest else wanted)

    reach = range(-2, 3) if nearest else (0,)
    days = {(day or last - before) + distance for last in _LENGTHS for distance in reach}
    candidates = ",".join(str(day) for day in sorted(days) if 1 <= day <= _FIELDS[3].most)
    return Cron(_for_croniter([*fields[:3], candidates, *fields[4:]]), is_meant)


def _nearest_weekday(day: date, last: int) -> date:
    """Return the weekday nearest to a day, within its month."""
    if day.weekday() == _SATURDAY:
        return day + timedelta(days=-1 if day.day > 1 else 2)
    if day.weekday() == _SUNDAY:
        return day + timedelta(days=1 if day.day < last else -2)
    return day


def _special_weekday(fields: list[str], nth: str | None) -> Cron:
    """Return the meaning of a month's last such weekday, or of its nth."""
    first = (int(nth) - 1) * 7 + 1 if nth else min(_LENGTHS) - 6
    fields[3] = f"{first}-{min(first + 6, 31) if nth else 31}"
    if nth:
        return Cron(_for_croniter(fields))
    return Cron(_for_croniter(fields), lambda day: day.day > calendar.monthrange(day.year, day.month)[1] - 7)


def _for_croniter(fields: list[str]) -> str:
    """Write out every field; the days of the week count from Sunday = 1 here, and from Sunday = 0 there."""
    return " ".join(_written(field, text) for field, text in zip(_FIELDS, fields, strict=False))


def _written(field: _Field, text: str) -> str:
    values = {value for part in text.split(",") for value in _values(field, part)}
    shift = 1 if field.names is _DAYS else 0
    return "*" if len(values) == field.size else ",".join(str(value - shift) for value in sorted(values))


def _values(field: _Field, part: str) -> set[int]:
    """Return what a part of a list stands for: `*`, `3`, `3-9`, `22-2`, any of them with `/step`, or `/step` alone."""
    base, slash, step = part.partition("/")
    low, hyphen, high = base.partition("-")
    everything = base == "*" or (slash and not base)
    first = field.least if everything else _number(field, low)
    last = _number(field, high) if hyphen else field.most if everything or slash else first
    if last < first:
        last += field.size
    if last > field.most and field is _FIELDS[_YEAR_FIELD]:
        raise ValueError(part)
    every = _number(_Field(1, field.most), step) if slash else 1
    return {field.least + (value - field.least) % field.size for value in range(first, last + 1, every)}


def _number(field: _Field, text: str) -> int:
    if text in field.names:
        return field.least + field.names.index(text)
    if not _NUMBER.fullmatch(text) or not field.least <= int(text) <= field.most:
        raise ValueError(text)
    return int(text)
