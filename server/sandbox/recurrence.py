"""Recurrence rules of RFC 5545, read as section 3.3.10 has them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

PERIODS = {"DAILY": 86_400, "HOURLY": 3600, "MINUTELY": 60, "SECONDLY": 1}
"""Seconds of the periods that all take the same time."""

_EARLIEST, _LATEST = 1600, 8000
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
_FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", *PERIODS)
_ONLY_IN = {
    "BYWEEKNO": ("YEARLY",),
    "BYYEARDAY": ("YEARLY", "HOURLY", "MINUTELY", "SECONDLY"),
    "BYMONTHDAY": ("YEARLY", "MONTHLY", *PERIODS),
}
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NAMES = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", *_LARGEST}
_NOT_ABOUT_DAYS = {"COUNT", "UNTIL", *_FROM_ZERO}
_NUMBER = re.compile(r"[+-]?\d{1,3}", re.ASCII)
_WEEKDAY = re.compile(r"(?P<nth>[+-]?\d{1,2})?(?P<day>MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_AMOUNT = re.compile(r"\d{1,9}", re.ASCII)
_UNTIL = re.compile(r"\d{8}(?P<time>T\d{6})?(?P<utc>Z)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rule:
    """A recurrence rule."""

    frequency: str
    interval: int
    count: int | None
    until: datetime | None
    """The last moment that may be an occurrence: of the task's zone, or in UTC."""
    by: dict[str, tuple[int, ...]]
    """The BY parts; the days of the week are 0 to 6, from Monday on."""
    days: str
    """The rule without what is about times."""


def valid_rrule(text: str) -> bool:
    """Tell whether a text is a recurrence rule. One that never occurs is."""
    try:
        read_rule(text)
    except ValueError:
        return False
    return True


def ends(text: str) -> bool:
    """Tell whether a rule ends by itself."""
    rule = read_rule(text)
    return rule.count is not None or rule.until is not None


@lru_cache(maxsize=4096)
def read_rule(text: str) -> Rule:
    """Return the rule that a text is, with or without `RRULE:` before it.

    Raises:
        ValueError: it is none.
    """
    parts = _parts(text.strip().upper().removeprefix("RRULE:"))
    _check_combination(parts)
    by = {name: _values(name, value, parts) for name, value in parts.items() if name.startswith("BY")}
    return Rule(
        parts["FREQ"],
        _amount(parts.get("INTERVAL", "1")),
        _amount(parts["COUNT"]) if "COUNT" in parts else None,
        _until(parts["UNTIL"]) if "UNTIL" in parts else None,
        by,
        ";".join(f"{name}={value}" for name, value in parts.items() if name not in _NOT_ABOUT_DAYS),
    )


def _parts(text: str) -> dict[str, str]:
    pairs = [part.split("=") for part in text.split(";")]
    parts = {name: value for name, value in pairs}  # noqa: C416 - a pair of three raises ValueError, too
    if len(parts) < len(pairs) or not parts.keys() <= _NAMES:
        raise ValueError(text)
    if parts.get("FREQ") not in _FREQUENCIES or parts.get("WKST", "MO") not in _WEEKDAYS:
        raise ValueError(text)
    return parts


def _check_combination(parts: dict[str, str]) -> None:
    """Refuse parts that must not stand beside each other."""
    misplaced = [name for name, allowed in _ONLY_IN.items() if name in parts and parts["FREQ"] not in allowed]
    ends_twice = "COUNT" in parts and "UNTIL" in parts
    picks_among_nothing = "BYSETPOS" in parts and sum(name.startswith("BY") for name in parts) == 1
    if misplaced or ends_twice or picks_among_nothing:
        raise ValueError(parts)


def _values(name: str, text: str, parts: dict[str, str]) -> tuple[int, ...]:
    counted = parts["FREQ"] == "MONTHLY" or (parts["FREQ"] == "YEARLY" and "BYWEEKNO" not in parts)
    if name == "BYDAY":
        return tuple(_weekday(day, counted=counted) for day in text.split(","))
    # A sixtieth second is a leap second, and no clock of ours has any.
    return tuple(
        sorted({_number(name, number) for number in text.split(",")} - ({60} if name == "BYSECOND" else set()))
    )


def _weekday(text: str, *, counted: bool) -> int:
    match = _WEEKDAY.fullmatch(text)
    if match is None or (match["nth"] and not (counted and 0 < abs(int(match["nth"])) <= _LARGEST["BYWEEKNO"])):
        raise ValueError(text)
    return _WEEKDAYS.index(match["day"])


def _number(name: str, text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    least = 0 if name in _FROM_ZERO else 1
    number = int(text)
    if not least <= (abs(number) if name in _FROM_THE_END else number) <= _LARGEST[name]:
        raise ValueError(text)
    return number


def _amount(text: str) -> int:
    if not _AMOUNT.fullmatch(text) or int(text) < 1:
        raise ValueError(text)
    return int(text)


def _until(text: str) -> datetime:
    match = _UNTIL.fullmatch(text)
    if match is None or (match["utc"] and not match["time"]):
        raise ValueError(text)
    form = "%Y%m%dT%H%M%S" if match["time"] else "%Y%m%d"
    moment = datetime.strptime(text.removesuffix("Z"), form)  # noqa: DTZ007 - of the task's zone, or of UTC
    # Both ends of the calendar leave no room for time zones. These two are far enough, and leap years like any.
    moment = moment.replace(year=min(max(moment.year, _EARLIEST), _LATEST))
    if not match["time"]:
        return moment + timedelta(days=1, seconds=-1)
    return moment.replace(tzinfo=UTC) if match["utc"] else moment
