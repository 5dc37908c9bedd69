"""What the schedules of tasks come to, for the operations that show a task."""

from collections.abc import Callable
from functools import lru_cache

import anyio
import anyio.to_thread

from tools.models.entity import ACTIVE, Task
from tools.text import plain
from tools.timing import Timing

_MOST = 300
"""Characters of a schedule that is read: none that anybody wrote by hand has more."""

_NO_ZONE = "taken as UTC, because the task names no time zone"
_OVER = "none after now"
_COUNTED = "not known: the service counts them, and does not say how many there were"
_FROM_START = "not known: they count from when the task was started, which the service does not say"
_AS_COUNTED = "counted from its last run"
_NO_CRON = "not known: this is no Quartz expression"
_NO_RULE = "not worked out: this is no rule that is known here, or it goes over too many times"
_BUSY = "not worked out: too much else is being worked out at the moment"

_AT_ONCE = 2
"""Schedules that are read at a time: in threads of their own, so that the store's are there for what stops a task."""

_LONGEST_S = 1.5
"""Seconds for which a task is not shown because its schedule waits for its turn, or is being read."""


class Timetable:
    """Reads schedules.

    Args:
        clock: Returns epoch seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._turns = anyio.CapacityLimiter(_AT_ONCE)

    async def timing(self, task: Task) -> Timing | None:
        """Return what the schedule of a task comes to; None where it has no cron expression and no rule."""
        if not _is_scheduled(task):
            return None
        if not _is_read(task):
            return Timing(note=_NO_CRON if task.cron else _NO_RULE)
        # A rule that never occurs takes a moment, in which others would wait.
        with anyio.move_on_after(_LONGEST_S):
            now_ms = round(self._clock() * 1000)
            return await anyio.to_thread.run_sync(_timing, task, now_ms, limiter=self._turns, abandon_on_cancel=True)
        return Timing(_zoned(self.words(task), task.time_zone), (), _BUSY)

    def words(self, task: Task) -> str | None:
        """Return its words alone."""
        return _words(task.cron, task.rrule) if _is_scheduled(task) and _is_read(task) else None


def _is_scheduled(task: Task) -> bool:
    """Tell whether a task goes by an expression or a rule; of another type it has one only left over."""
    goes_by_it = task.type == "scheduled" or (task.type is None and not task.frequency)
    return goes_by_it and bool(task.cron or task.rrule)


def _is_read(task: Task) -> bool:
    return len(task.cron or task.rrule or "") <= _MOST


@lru_cache(maxsize=1024)
def _words(cron: str | None, rrule: str | None) -> str | None:
    from server.schedules.cron_words import cron_words
    from server.schedules.rule_words import rule_words

    return cron_words(cron) if cron else rule_words(rrule or "")


def _timing(task: Task, now_ms: int) -> Timing:
    from server.schedules.local_time import valid_zone

    words, zone = _zoned(_words(task.cron, task.rrule), task.time_zone), task.time_zone or "UTC"
    if not valid_zone(zone):
        return Timing(words, (), f"not known: {plain(zone, 40)} is no time zone that is known here")
    timing = _cron_timing(words, task, zone, now_ms) if task.cron else _rule_timing(words, task, zone, now_ms)
    if not timing.next_runs or task.time_zone:
        return timing
    return Timing(words, timing.next_runs, "; ".join(filter(None, (timing.note, _NO_ZONE))))


def _zoned(words: str | None, zone: str | None) -> str | None:
    """Return words with the time zone that their times are in."""
    return f"{words} ({plain(zone, 40)})" if words and zone else words


def _cron_timing(words: str | None, task: Task, zone: str, now_ms: int) -> Timing:
    from server.schedules.next_runs import cron_runs
    from server.schedules.quartz import valid_cron

    if not valid_cron(task.cron or ""):
        return Timing(words, (), _NO_CRON)
    runs = cron_runs(task.cron or "", zone, now_ms)
    return Timing(words, runs, None if runs else _OVER)


def _rule_timing(words: str | None, task: Task, zone: str, now_ms: int) -> Timing:
    from server.schedules.next_runs import rule_runs
    from server.schedules.rule import read_rule

    last_run = task.last_execution_time if task.status in ACTIVE else None
    try:
        rule = read_rule(task.rrule or "")
        if "COUNT" in rule.parts:
            return Timing(words, (), _COUNTED)
        if rule.needs_start and last_run is None:
            return Timing(words, (), _FROM_START)
        runs = rule_runs(rule, zone, now_ms, last_run)
    except (ValueError, OverflowError, OSError):
        return Timing(words, (), _NO_RULE)
    return Timing(words, runs, (_AS_COUNTED if rule.needs_start else None) if runs else _OVER)
