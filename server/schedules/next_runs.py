"""When a schedule runs next."""

from datetime import datetime
from itertools import islice

from server.schedules.cron_times import cron_occurrences
from server.schedules.local_time import epoch_ms, local_time
from server.schedules.rule import Rule
from server.schedules.rule_times import occurrences

RUNS = 3
_MOST_PASSED = 20_000
"""Times between a rule's start and now that are passed over."""


def cron_runs(cron: str, zone: str, now_ms: int) -> list[int]:
    """Return the next times of a Quartz expression, in epoch milliseconds; none where it is none, or never occurs."""
    return [*islice(cron_occurrences(cron, zone, now_ms), RUNS)]


def rule_runs(rule: Rule, zone: str, now_ms: int, start_ms: int | None) -> list[int]:
    """Return the next times of a recurrence rule, in epoch milliseconds.

    Args:
        rule: The rule.
        zone: A time zone that exists.
        now_ms: Times after this, epoch milliseconds.
        start_ms: A time at which it ran, epoch milliseconds; today's midnight where it does not matter.

    Raises:
        ValueError: it cannot be told: finding its times would take long, its start is too long ago, or its numbers are
            none that a calendar has.
    """
    now = local_time(now_ms, zone)
    start = now.replace(hour=0, minute=0, second=0) if start_ms is None else local_time(start_ms, zone)
    try:
        found = _following(rule, zone, start, now)
    except Exception as error:  # whatever dateutil has against a rule: a task is shown without its next runs
        raise ValueError(rule.frequency) from error
    return [epoch_ms(time, zone) for time in found]


def _following(rule: Rule, zone: str, start: datetime, now: datetime) -> list[datetime]:
    """Return the first times after now, in local time."""
    found: list[datetime] = []
    for passed, time in enumerate(occurrences(rule.text, start, zone)):
        if time > now:
            found.append(time)
        if len(found) == RUNS:
            break
        if passed == _MOST_PASSED:
            raise ValueError(passed)
    return found
