"""Recurrence rules of RFC 5545 in words, as far as their common shapes go.

Our own: of the packages that do this for Python none is kept up, and the latest one words the last Friday of a month as
every month. What has no words here is shown as it is written.
"""

import re

from server.schedules.rule import Rule, read_rule
from server.schedules.wording import listed, ordinal

_UNITS = {"SECONDLY": "second", "MINUTELY": "minute", "HOURLY": "hour", "DAILY": "day", "WEEKLY": "week",
          "MONTHLY": "month", "YEARLY": "year"}  # fmt: skip
_DAYS = {"MO": "Monday", "TU": "Tuesday", "WE": "Wednesday", "TH": "Thursday", "FR": "Friday", "SA": "Saturday",
         "SU": "Sunday"}  # fmt: skip
_WORKING_DAYS = {"MO", "TU", "WE", "TH", "FR"}
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_DAY = re.compile(r"(?P<nth>[+-]?\d+)?(?P<day>[A-Z]{2})")
_MOST_TIMES = 12
_MOST = 250
_UNWORDED = {"BYYEARDAY", "BYWEEKNO"}
_PERIODS = ("WEEKLY", "MONTHLY", "YEARLY")


class _NoWordsError(Exception):
    """A rule has a shape that this does not word."""


def rule_words(text: str) -> str | None:
    """Return a rule in words, on one line; None where it is none, or has a shape that is not worded here."""
    try:
        rule = read_rule(text)
        words = _sentence(rule)
    except (ValueError, IndexError, _NoWordsError):
        return None
    return words if len(words) <= _MOST else None


def _sentence(rule: Rule) -> str:
    if _UNWORDED & rule.parts.keys():
        raise _NoWordsError
    phrases = [_every(rule), _days(rule), _months(rule), _times(rule)]
    sentence = " ".join(phrase for phrase in phrases if phrase)
    return sentence + (", counted from its start" if rule.interval > 1 else "") + _end(rule)


def _every(rule: Rule) -> str:
    unit = _UNITS[rule.frequency]
    return f"Every {unit}" if rule.interval == 1 else f"Every {rule.interval} {unit}s"


def _end(rule: Rule) -> str:
    until, count = rule.parts.get("UNTIL"), rule.parts.get("COUNT")
    ends = f", until {_moment(until)}" if until else ""
    times = f"{int(count)} times" if count and int(count) > 1 else "once"
    return ends + (f", {times} in all" if count else "")


def _moment(until: str) -> str:
    date = f"{until[:4]}-{until[4:6]}-{until[6:8]}"
    return f"{date}T{until[9:11]}:{until[11:13]}:{until[13:]}" if "T" in until else date


def _months(rule: Rule) -> str:
    names = [_MONTHS[number - 1] for number in rule.numbers("BYMONTH")]
    if any(number < 1 for number in rule.numbers("BYMONTH")):
        raise _NoWordsError
    only = "" if rule.frequency == "YEARLY" else "only "
    return f"{only}in {listed(names)}" if names else ""


def _days(rule: Rule) -> str:
    if "BYSETPOS" in rule.parts:
        return _position(rule)
    of_month, of_week = rule.numbers("BYMONTHDAY"), rule.items("BYDAY")
    if of_month and of_week:
        return f"{_of_month(rule, of_month)} if that is a {_weekdays(of_week, 'or')}"
    if of_month:
        return _of_month(rule, of_month)
    if of_week:
        return _of_week(rule, of_week)
    return _of_start(rule)


def _of_start(rule: Rule) -> str:
    """Return which day it is when the rule leaves that to when its task was started."""
    if rule.frequency == "YEARLY" and "BYMONTH" not in rule.parts:
        return "on the date on which it was started"
    unit = {"WEEKLY": "week", "MONTHLY": "month", "YEARLY": "month"}.get(rule.frequency)
    return f"on the day of the {unit} on which it was started" if unit else ""


def _of_month(rule: Rule, days: list[int]) -> str:
    if rule.frequency == "WEEKLY" or 0 in days:
        raise _NoWordsError
    only = "only " if rule.is_sub_daily or rule.frequency == "DAILY" else ""
    return f"{only}on the {listed([ordinal(day) for day in days])} day of the month"


def _of_week(rule: Rule, days: list[str]) -> str:
    if rule.frequency not in _PERIODS:
        return f"only {_on(days)}"
    if rule.frequency == "WEEKLY":
        return _on(days)
    if not any(item[0] in "+-" or item[0].isdigit() for item in days):
        return f"on every {_weekdays(days)}"
    period = "year" if rule.frequency == "YEARLY" and "BYMONTH" not in rule.parts else "month"
    return f"on the {listed([_nth(item) for item in days])} of the {period}"


def _on(days: list[str]) -> str:
    if len(days) == len(_WORKING_DAYS) and set(days) == _WORKING_DAYS:
        return "from Monday to Friday"
    return f"on {_weekdays(days)}"


def _weekdays(days: list[str], last: str = "and") -> str:
    if not all(day in _DAYS for day in days):
        raise _NoWordsError
    return listed([_DAYS[day] for day in days], last)


def _nth(item: str) -> str:
    found = _DAY.fullmatch(item)
    if found is None or not found["nth"] or int(found["nth"]) == 0:
        raise _NoWordsError
    return f"{ordinal(int(found['nth']))} {_DAYS[found['day']]}"


def _position(rule: Rule) -> str:
    """Return the words for one of a month's days, such as its last working day."""
    positions, days = rule.numbers("BYSETPOS"), rule.items("BYDAY")
    times = [rule.items(name) for name in ("BYHOUR", "BYMINUTE", "BYSECOND")]
    if rule.frequency != "MONTHLY" or not days or "BYMONTHDAY" in rule.parts or any(len(time) > 1 for time in times):
        raise _NoWordsError
    if 0 in positions:
        raise _NoWordsError
    which = listed([ordinal(position) for position in positions])
    return f"on the {which} day of the month that is a {_weekdays(days, 'or')}"


def _times(rule: Rule) -> str:
    hours, minutes, seconds = (rule.numbers(name) for name in ("BYHOUR", "BYMINUTE", "BYSECOND"))
    if any(number < 0 for number in (*hours, *minutes, *seconds)):
        raise _NoWordsError
    if rule.is_sub_daily:
        return _within(rule, hours, minutes, seconds)
    if not hours:
        return _at_start("time of day", given=bool(minutes or seconds))
    if not minutes:
        return f"in the hour{'s' if len(hours) > 1 else ''} {_two(hours)}, {_at_start('minute', given=bool(seconds))}"
    if len(hours) * len(minutes) * max(1, len(seconds)) > _MOST_TIMES:
        raise _NoWordsError
    ends = [f":{second:02}" for second in seconds] if any(seconds) else [""]
    times = sorted(f"{hour:02}:{minute:02}{end}" for hour in hours for minute in minutes for end in ends)
    return f"at {listed(times)}"


def _at_start(what: str, *, given: bool) -> str:
    """Return that a time is the start's; raise where the rule gives only what is below it."""
    if given:
        raise _NoWordsError
    return f"at the {what} at which it was started"


def _within(rule: Rule, hours: list[int], minutes: list[int], seconds: list[int]) -> str:
    """Return the times of a rule that counts in hours, minutes or seconds."""
    hourly, minutely = rule.frequency == "HOURLY", rule.frequency == "MINUTELY"
    if (minutes and not hourly) or (seconds and not minutely):
        raise _NoWordsError
    at = f"at minute{'s' if len(minutes) > 1 else ''} {_two(minutes)}" if minutes else ""
    at = f"at second{'s' if len(seconds) > 1 else ''} {_two(seconds)}" if seconds else at
    within = f"within the hour{'s' if len(hours) > 1 else ''} {_two(hours)}" if hours else ""
    return " ".join(phrase for phrase in (at, within) if phrase)


def _two(numbers: list[int]) -> str:
    return listed([f"{number:02}" for number in numbers])
