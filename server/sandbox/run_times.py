"""When tasks run, derived from the clock when somebody looks: there is no loop that runs them."""

from functools import lru_cache
from itertools import islice
from typing import Any

from server.schedules.cron_times import cron_occurrences, last_cron_occurrence
from server.schedules.quartz import has_year
from server.schedules.rule_times import ends, first_occurrences, last_occurrence

_RUN_TIME_MS = 2_000
"""How long a one-time task takes."""

_OCCURRENCES = 10
"""How many of a schedule's occurrences its average interval is taken from."""

_REFERENCE_MS = 1_767_225_600_000
"""When schedules without an end are measured from: any moment will do, one moment can be remembered."""


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
        last = last_cron_occurrence(settings["cron"], _zone(settings), now_ms)
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


def _zone(settings: dict[str, Any]) -> str:
    return settings.get("timeZone") or "UTC"
