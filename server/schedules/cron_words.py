"""Quartz expressions in words.

cron-descriptor words them, and would word some wrongly: `0/45` as every 45 minutes, although the hour's end cuts that
short, FRI/2 as every two weeks, and every ten minutes of two hours as "at" those hours. So it does not get what was
written but what that means: numbers, in steps only where these are even; and hours that it would misword are added.
"""

from server.schedules.quartz import read_cron
from server.schedules.wording import listed

_HOURS, _SIXTY = 24, 60
_WEEKDAY_NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MOST = 200
"""Characters of words that anybody reads; what takes more says less than the expression."""


def cron_words(cron: str) -> str | None:
    """Return an expression in words, on one line.

    Args:
        cron: A Quartz expression: six or seven fields, seconds first, Sunday = 1.

    Returns:
        None where it is none, or cannot be worded.
    """
    try:
        fields = _meant(cron)
    except ValueError:
        return None
    return _worded(fields) if fields else None


def _worded(fields: list[str]) -> str | None:
    hours = None if fields[0].isdigit() and fields[1].isdigit() else _hours(fields[2])
    described = _described([*fields[:2], "*", *fields[3:]] if hours else fields)
    if described is None:
        return None
    words = f"{described}{hours or ''}"
    every_day = fields[2] != "*" and fields[3:] == ["*", "*", "*"] and words.startswith("At ")
    return None if len(words) > _MOST else f"{words}, every day" if every_day else words


def _described(fields: list[str]) -> str | None:
    import cron_descriptor  # pyright: ignore[reportMissingTypeStubs]

    options = cron_descriptor.Options(
        use_24hour_time_format=True, day_of_week_start_index_zero=True, locale_code="en_US"
    )
    try:
        return " ".join(cron_descriptor.ExpressionDescriptor(" ".join(fields), options).get_description().split())
    except Exception:  # noqa: BLE001 - whatever the library has against an expression: a task is shown without words
        return None


def _hours(text: str) -> str | None:
    """Return the hours within which something happens more than once; None where the library says them well."""
    if text == "*" or ("-" in text and "," not in text):
        return None
    names = [f"{hour:02}" for hour in range(24) if _holds(text, hour)]
    return f", within the hour{'s' if len(names) > 1 else ''} {listed(names)}"


def _holds(text: str, hour: int) -> bool:
    first, slash, step = text.partition("/")
    if slash:
        return hour % int(step) == (0 if first == "*" else int(first))
    parts = (part.partition("-") for part in text.split(","))
    return any(int(low) <= hour <= int(high or low) for low, _, high in parts)


def _meant(cron: str) -> list[str] | None:
    """Return the fields as cron-descriptor reads them; None where it has no words for one.

    Raises:
        ValueError: it is no expression.
    """
    plain, written = read_cron(cron).fields.split(), cron.upper().split()
    day, weekday = written[3], written[5]
    fields = [*_times(*plain[:3]), *map(_list, plain[3:])]
    if "L" in day or "W" in day:
        fields[3] = day
        return None if day.endswith("W") and "-" in day else fields
    if weekday.endswith("L") and weekday != "L":
        fields[3], fields[5] = "*", f"{_from_zero(weekday[:-1])}L"
    elif "#" in weekday:
        name, _, nth = weekday.partition("#")
        fields[3], fields[5] = "*", f"{_from_zero(name)}#{nth}"
    return fields


def _times(second: str, minute: str, hour: str) -> list[str]:
    """Return the fields of the time of day; those below one that goes in steps are none themselves."""
    seconds = _steps(second, _SIXTY)
    minutes = _steps(minute, _SIXTY) if seconds.isdigit() else _list(minute)
    once_an_hour = seconds.isdigit() and minutes.isdigit()
    hours = _steps(hour, _HOURS) if len(_numbers(hour)) > 2 else hour  # noqa: PLR2004 - two are better told as two
    return [seconds, minutes, hour if once_an_hour and "," in hours else hours]


def _from_zero(weekday: str) -> int:
    """Return a day of the week counted from Sunday = 0."""
    return _WEEKDAY_NAMES.index(weekday) if weekday in _WEEKDAY_NAMES else int(weekday) - 1


def _steps(text: str, size: int) -> str:
    """Return a field in steps, where they go on evenly over its end."""
    values = _numbers(text)
    step = values[1] - values[0] if len(values) > 1 else 1
    if step > 1 and size % step == 0 and values == [*range(values[0], size, step)] and values[0] < step:
        return f"*/{step}" if values[0] == 0 else f"{values[0]}/{step}"
    return _list(text)


def _list(text: str) -> str:
    """Return a field as a list of numbers, where three in a row and more are a range."""
    runs: list[list[int]] = []
    for value in _numbers(text):
        if runs and runs[-1][-1] == value - 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return ",".join(map(_run, runs)) or text


def _run(run: list[int]) -> str:
    return f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(map(str, run))  # noqa: PLR2004 - two are no range


def _numbers(text: str) -> list[int]:
    return [] if text == "*" else [int(value) for value in text.split(",")]
