"""What the schedule of a task comes to: in words, and when it runs next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from tools.models.entity import ACTIVE, Task
from tools.text import clean, iso

_SHORT = 90
"""Characters of words that fit behind the expression, where a person is asked about a task."""


@dataclass(frozen=True, slots=True)
class Timing:
    """A schedule, read.

    Attributes:
        words: It in words; None where it cannot be worded without saying something else.
        next_runs: Its next times, epoch milliseconds.
        note: What has to be known of them, or why there are none.
    """

    words: str | None = None
    next_runs: Sequence[int] = ()
    note: str | None = None


class Timetable(Protocol):
    """Reads schedules. It does not raise, whatever a schedule says, and does not take long."""

    async def timing(self, task: Task) -> Timing | None:
        """Return what the schedule of a task comes to; None where it has no cron expression and no rule."""
        ...

    def words(self, task: Task) -> str | None:
        """Return its words alone."""
        ...


def timing_lines(timing: Timing, status: str | None) -> Iterator[tuple[str, str]]:
    """Yield the words and the next runs as label and value, safe to show."""
    if timing.words:
        yield "in words", clean(timing.words, 300)
    times = ", ".join(times_of(timing))
    if times or timing.note:
        label = "next runs" if status in ACTIVE else "next runs if it were started"
        yield label, clean(f"{times} ({timing.note})" if times and timing.note else times or timing.note, 300)


def times_of(timing: Timing) -> list[str]:
    """Return the next runs in ISO 8601, in UTC."""
    return [time for time in map(iso, timing.next_runs) if time]


def with_words(schedule: str, words: str | None) -> str:
    """Return a schedule with its words behind it, where they are short."""
    return f"{schedule}: {words}" if words and len(words) <= _SHORT else schedule
