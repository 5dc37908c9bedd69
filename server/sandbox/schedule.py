"""When tasks run, derived from the clock when somebody looks: there is no loop that runs them."""

import re
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_RUN_TIME_MS = 2_000
"""How long a one-time task takes."""

_QUARTZ_FIELDS = (6, 7)
"""Seconds to day of week, and perhaps a year."""

_OCCURRENCES = 10
"""How many of a schedule's occurrences its average interval is taken from."""

_DAY_MS = 86_400_000
_REFERENCE_MS = 1_767_225_600_000
"""When schedules without an end are measured from: any moment will do, one moment can be remembered."""

_ENDS = re.compile("UNTIL|COUNT", re.IGNORECASE)
_DAY_OF_WEEK = re.compile(r"(?<![\d/#-])([1-7])(?=$|[,#L-])|(?<=-)([1-7])")


def valid_cron(cron: str) -> bool:
    """Tell whether `cron` is a Quartz expression: six or seven fields, seconds first, `?` for any day."""
    from croniter import croniter

    fields = cron.split()
    return len(fields) in _QUARTZ_FIELDS and croniter.is_valid(_for_croniter(cron), second_at_beginning=True)


def valid_rrule(rule: str) -> bool:
    """Tell whether `rule` is a recurrence rule of RFC 5545."""
    from dateutil.rrule import rrulestr

    try:
        rrulestr(_until_in_zone(rule), dtstart=datetime(2020, 1, 1))  # noqa: DTZ001 - only read, not compared
    except (ValueError, TypeError):
        return False
    return True


def valid_zone(name: str) -> bool:
    """Tell whether `name` is a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def interval_ms(settings: dict[str, Any], start_ms: int) -> int | None:
    """Return the (for schedules: average) time between a task's runs; None when nothing but data triggers it."""
    if settings.get("type") == "periodic":
        return settings.get("frequency") or settings["pollingInterval"] * 1000
    if settings.get("type") != "scheduled":
        return None
    ends = _ENDS.search(settings.get("rrule") or "") or _has_year(settings.get("cron") or "")
    from_ms = start_ms if ends else _REFERENCE_MS
    return _average_interval(settings.get("cron"), settings.get("rrule"), _zone(settings), from_ms)


@lru_cache(maxsize=4096)
def _average_interval(cron: str | None, rrule: str | None, zone: str, start_ms: int) -> int | None:
    settings = {"cron": cron, "rrule": rrule, "timeZone": zone}
    times = [start_ms]
    while len(times) <= _OCCURRENCES and (following := _next_ms(settings, start_ms, times[-1])) is not None:
        times.append(following)
    between = len(times) - 2
    return (times[-1] - times[1]) // between if between > 0 else None


def finish_ms(settings: dict[str, Any], start_ms: int) -> int | None:
    """Return when a task that starts now is over by itself."""
    return start_ms + _RUN_TIME_MS if settings.get("type") == "onetime" else None


def last_run_ms(settings: dict[str, Any], start_ms: int, interval: int | None, now_ms: int) -> int | None:
    """Return when a running task last ran; None when it has not run since its start."""
    if settings.get("cron"):
        moment = _cron_occurrence(settings["cron"], _zone(settings), now_ms // 1000, forward=False)
        return moment if moment is not None and moment >= start_ms else None
    if settings.get("rrule") and (interval or 0) >= _DAY_MS:
        return _rule_occurrence(settings["rrule"], _zone(settings), start_ms, now_ms, forward=False)
    if not interval or now_ms < start_ms + interval:
        return None
    return start_ms + (now_ms - start_ms) // interval * interval


def _has_year(cron: str) -> bool:
    return len(cron.split()) == _QUARTZ_FIELDS[1]


def _zone(settings: dict[str, Any]) -> str:
    return settings.get("timeZone") or "UTC"


def _next_ms(settings: dict[str, Any], start_ms: int, after_ms: int) -> int | None:
    if settings.get("cron"):
        return _cron_occurrence(settings["cron"], _zone(settings), after_ms // 1000, forward=True)
    return _rule_occurrence(settings["rrule"], _zone(settings), start_ms, after_ms, forward=True)


@lru_cache(maxsize=4096)
def _cron_occurrence(cron: str, zone: str, second: int, *, forward: bool) -> int | None:
    """Return the occurrence before or after an epoch second, in milliseconds. Many tasks share one expression."""
    from croniter import CroniterError, croniter

    moment = datetime.fromtimestamp(second, ZoneInfo(zone))
    try:
        times = croniter(_for_croniter(cron), moment, second_at_beginning=True)
        found: datetime = times.get_next(datetime) if forward else times.get_prev(datetime)
    except CroniterError:
        return None
    return round(found.timestamp() * 1000)


def _rule_occurrence(rule: str, zone: str, start_ms: int, moment_ms: int, *, forward: bool) -> int | None:
    """Return the occurrence before or after a moment, in milliseconds; a rule counts from its task's start."""
    from dateutil.rrule import rrulestr

    start = datetime.fromtimestamp(start_ms // 1000, ZoneInfo(zone))
    moment = datetime.fromtimestamp(moment_ms // 1000, ZoneInfo(zone))
    occurrences = rrulestr(_until_in_zone(rule), dtstart=start.replace(tzinfo=None))
    local = moment.replace(tzinfo=None)
    found: datetime | None = occurrences.after(local) if forward else occurrences.before(local, inc=True)
    return round(found.replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000) if found else None


def _until_in_zone(rule: str) -> str:
    """Drop the Z of an UNTIL: dateutil refuses to compare it with the local times that a zone needs."""
    return re.sub(r"(UNTIL=\d{8}T\d{6})Z", r"\1", rule)


def _for_croniter(cron: str) -> str:
    """Translate Quartz for croniter: `?` is `*`, and the days of the week count from Sunday = 1 instead of 0."""
    fields = cron.replace("?", "*").split()
    fields[5] = _DAY_OF_WEEK.sub(lambda match: str(int(match[0]) - 1), fields[5])
    return " ".join(fields)
