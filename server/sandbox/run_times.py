"""When tasks run, derived from the clock when somebody looks: there is no loop that runs them."""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from server.sandbox.quartz import Cron, has_year, read_cron
from server.sandbox.recurrence import ends, first_occurrences, last_occurrence

_RUN_TIME_MS = 2_000
"""How long a one-time task takes."""

_OCCURRENCES = 10
"""How many of a schedule's occurrences its average interval is taken from."""

_TRIES = 60
"""How many days in a row may be wrong ones: more than any expression needs that occurs at all."""

_REFERENCE_MS = 1_767_225_600_000
"""When schedules without an end are measured from: any moment will do, one moment can be remembered."""


def valid_zone(name: str) -> bool:
    """Tell whether `name` is a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def frequency_ms(settings: dict[str, Any]) -> int | None:
    """Return the posted time between runs; older clients post `pollingInterval`, in seconds."""
    if "frequency" in settings:
        return int(settings["frequency"])
    return int(settings["pollingInterval"]) * 1000 if "pollingInterval" in settings else None


def interval_ms(settings: dict[str, Any], start_ms: int) -> int | None:
    """Return the (for schedules: average) time between a task's runs; None when nothing but data triggers it."""
    if settings["type"] == "periodic":
        return frequency_ms(settings)
    if settings["type"] != "scheduled":
        return None
    cron, rrule = settings.get("cron"), settings.get("rrule")
    from_ms = start_ms if (has_year(cron) if cron else ends(rrule or "")) else _REFERENCE_MS
    return _average_interval(cron, rrule, _zone(settings), from_ms)


def finish_ms(settings: dict[str, Any], start_ms: int) -> int | None:
    """Return when a task that starts now is over by itself."""
    return start_ms + _RUN_TIME_MS if settings["type"] == "onetime" else None


def last_run_ms(settings: dict[str, Any], start_ms: int, interval: int | None, now_ms: int) -> int | None:
    """Return when a running task last ran; None when it has not run since its start."""
    if settings.get("cron") and settings["type"] == "scheduled":
        last = _cron_occurrence(settings["cron"], _zone(settings), now_ms // 1000, forward=False)
        return last if last is not None and last >= start_ms else None
    if settings.get("rrule") and settings["type"] == "scheduled":
        return last_occurrence(settings["rrule"], _zone(settings), start_ms, now_ms // 1000 * 1000)
    if not interval or now_ms < start_ms + interval:
        return None
    return start_ms + (now_ms - start_ms) // interval * interval


@lru_cache(maxsize=4096)
def _average_interval(cron: str | None, rrule: str | None, zone: str, start_ms: int) -> int | None:
    if cron is not None:
        times = [*islice(cron_occurrences(cron, zone, start_ms), _OCCURRENCES)]
    else:
        times = first_occurrences(rrule or "", zone, start_ms, _OCCURRENCES)
    return (times[-1] - times[0]) // (len(times) - 1) if len(times) > 1 else None


def cron_occurrences(cron: str, zone: str, after_ms: int) -> Iterator[int]:
    """Yield when a cron expression occurs after a moment, in epoch milliseconds."""
    found = _cron_occurrence(cron, zone, after_ms // 1000, forward=True)
    while found is not None:
        yield found
        found = _cron_occurrence(cron, zone, found // 1000, forward=True)


@lru_cache(maxsize=4096)
def _cron_occurrence(cron: str, zone: str, second: int, *, forward: bool) -> int | None:
    """Return the first occurrence after an epoch second, or the last one up to it, in epoch milliseconds.

    Many tasks share one expression. None: there is no such occurrence within fifty years.
    """
    try:
        # croniter's previous moment is never the one it starts from.
        moment = datetime.fromtimestamp(second if forward else second + 1, ZoneInfo(zone))
        found = _search(read_cron(cron), moment, forward=forward)
    except (ValueError, OverflowError):
        return None
    return round(found.timestamp() * 1000) if found else None


def _search(quartz: Cron, moment: datetime, *, forward: bool) -> datetime | None:
    from croniter import croniter

    times: Any = croniter(quartz.fields, moment, second_at_beginning=True, day_or=False)
    for _ in range(_TRIES):
        found: datetime = times.get_next(datetime) if forward else times.get_prev(datetime)
        if quartz.is_meant(found.date()):
            return found
        edge = found.replace(hour=23, minute=59, second=59) if forward else found.replace(hour=0, minute=0, second=0)
        times.set_current(edge)
    return None


def _zone(settings: dict[str, Any]) -> str:
    return settings.get("timeZone") or "UTC"
