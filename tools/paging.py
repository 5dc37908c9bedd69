"""A page of tasks: its summary, its rows, and the literal next call.

A total is the service's own word, never a count of rows, and rows that do not fit are counted, not dropped silently.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from pydantic import Field

from tools.contract import Shown
from tools.models.lazy import Lazy
from tools.rows import TaskRow, cells
from tools.text import csv_line, json_text, plain, quoted

_MAX_CALL = 300
"""Characters of a next call that is spelled out whole; a longer one is "the same call with …"."""

_MARGIN = 200
"""Characters kept free for what the lines around the rows only say once rows are counted."""


class TaskPage(Lazy):
    """A page of tasks."""

    total: int | None = Field(None, description="Tasks that match, by the service's count; absent when unknown.")
    start_index: int
    returned: int
    left_out: int = Field(0, description="Rows of this page that were over the output limit.")
    filters: dict[str, Any]
    next_start_index: int | None = Field(None, description="start_index of the next rows; absent at the end.")
    notes: list[str] = []
    tasks: list[TaskRow]


@dataclass(frozen=True, slots=True)
class Page:
    """The outcome of listing.

    Attributes:
        rows: The page's rows as the service sent them, cleaned.
        columns: The columns to show.
        total: How many tasks match, None when the service did not say.
        start_index: How many rows come before this page.
        hits: How many rows were asked for.
        arguments: The call's own arguments, without `start_index`.
        filters: Those of them that narrow the list, as they are to be shown.
        notes: What the reader should know before believing the page.
    """

    rows: Sequence[TaskRow]
    columns: tuple[str, ...]
    total: int | None
    start_index: int
    hits: int
    arguments: Mapping[str, Any]
    filters: Mapping[str, Any]
    notes: Sequence[str] = ()

    def fit(self, limit: int) -> Shown:
        """Return as many whole rows as fit in both renderings, and the call that gets the rest."""
        frame = self._render(0)
        size = max(len(frame.text), len(json.dumps(frame.data))) + _MARGIN
        return self._render(self._rows_that_fit(limit - size))

    def _rows_that_fit(self, room: int) -> int:
        """Return how many rows stay within `room` characters, as CSV and as JSON; one row always goes out."""
        sizes = (max(len(csv_line(cells(row, self.columns))), len(_json(row))) + 2 for row in self.rows)
        fitting = sum(1 for size in accumulate(sizes) if size <= room)
        return max(fitting, min(1, len(self.rows)))

    def _render(self, count: int) -> Shown:
        shown = self.rows[:count]
        table = [csv_line(self.columns), *(csv_line(cells(row, self.columns)) for row in shown)] if shown else []
        text = "\n".join([self._summary(count), *self.notes, *table, *self._closing(count)])
        return Shown(text, self._data(count))

    def _data(self, count: int) -> dict[str, Any]:
        page = TaskPage(
            total=self.total,
            start_index=self.start_index,
            returned=count,
            left_out=len(self.rows) - count,
            filters=dict(self.filters),
            next_start_index=self._next(count),
            notes=list(self.notes),
            tasks=list(self.rows[:count]),
        )
        return page.model_dump(mode="json", exclude_defaults=True)

    def _summary(self, count: int) -> str:
        which = f" ({_shown(self.filters)})" if self.filters else ""
        if count:
            return f"{self._range(count)}{which}. On this page: {self._statuses(count)}."
        return self._none_uncounted(which) if self.total is None else self._none_of(self.total, which)

    def _none_of(self, total: int, which: str) -> str:
        tasks = f"{total} task{'' if total == 1 else 's'}"
        if total == 0:
            return f"No tasks match{which}.{self._looser()}" if which else "There are no tasks."
        if self.hits == 0:
            return f"{tasks} match{'es' if total == 1 else ''}{which}." if which else f"{tasks} in all."
        if self.start_index < total:
            return f"No tasks came back from start_index={self.start_index} on{which}; the service counts {total}."
        return f"start_index={self.start_index} is past the end: {tasks}{which}. {self._last_page()}"

    def _looser(self) -> str:
        """Return why a filter may have found nothing that is there."""
        name = self.filters.get("name")
        looser = isinstance(name, str) and "*" not in name
        hints = [f" name is matched whole: try {quoted(f'*{name}*')}."] if looser else []
        if "tags" in self.filters:
            hints.append(" Tag values may have to match in upper and lower case.")
        return "".join(hints)

    def _none_uncounted(self, which: str) -> str:
        if self.hits == 0:
            return f"The service did not say how many tasks there are{which}."
        return f"No tasks came back from start_index={self.start_index} on{which}; the service did not count them."

    def _range(self, count: int) -> str:
        first, last = self.start_index + 1, self.start_index + count
        total = "an unknown total" if self.total is None else self.total
        return f"Task{f's {first}-{last}' if count > 1 else f' {first}'} of {total}"

    def _statuses(self, count: int) -> str:
        statuses = Counter(row.status for row in self.rows[:count])
        return ", ".join(f"{number} {plain(status)}" for status, number in statuses.most_common())

    def _last_page(self) -> str:
        last = ((self.total or 1) - 1) // max(self.hits, 1) * self.hits
        return f"The last page starts at start_index={last}."

    def _closing(self, count: int) -> Iterator[str]:
        if 0 < count < len(self.rows):
            yield f"{len(self.rows) - count} more rows of this page are left out: they exceed the output limit."
        following = self._next(count)
        if following is not None:
            call = json_text({**self.arguments, "start_index": following})
            yield (
                f"More: list_tasks {call}"
                if len(call) <= _MAX_CALL
                else f"More: the same call with start_index={following}"
            )

    def _next(self, count: int) -> int | None:
        """Return where the rows after the shown ones start; None at the end of the list."""
        end = self.start_index + count
        known_more = self.total is not None and end < self.total
        possibly_more = self.total is None and count == self.hits
        return end if count and (known_more or possibly_more or count < len(self.rows)) else None


def _json(row: TaskRow) -> str:
    return row.model_dump_json(exclude_defaults=True)


def _shown(filters: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_value(value)}" for name, value in filters.items())


def _value(value: Any) -> str:
    return plain(value) if isinstance(value, str) else json_text(value)
