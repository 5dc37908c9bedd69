"""A task as a row of a list: the columns there are, and how each is filled."""

from typing import Any, Literal

from pydantic import Field

from tools.facts import LISTS, TaskFacts, facts_of, more, parts
from tools.models.entity import Task
from tools.models.lazy import Lazy
from tools.text import iso_short

Column = Literal[
    "template", "resources", "tags", "schedule", "user", "created", "finished", "runs", "health", "pending_nodes"
]
ALWAYS = ("id", "name", "status", "type", "last_run")
_TIMES = frozenset({"last_run", "created", "finished"})


class TaskRow(Lazy):
    """A row; columns that were not asked for are absent. Times are ISO 8601 in UTC."""

    id: str
    name: str
    status: str
    type: str | None = None
    last_run: str | None = None
    template: str | None = None
    resources: list[str] | None = None
    tags: dict[str, str] | None = None
    schedule: str | None = None
    user: str | None = None
    created: str | None = None
    finished: str | None = None
    runs: int | None = None
    health: str | None = None
    pending_nodes: list[str] | None = None
    left_out: dict[str, int] = Field({}, description="How many values of a list are not shown.")


def row_of(task: Task, columns: tuple[str, ...]) -> TaskRow:
    """Return the given columns of a task, safe to show."""
    facts: TaskFacts = facts_of(task)
    left_out = {column: count for column, count in facts.left_out.items() if column in columns}
    return TaskRow(**{column: getattr(facts, column) for column in columns}, left_out=left_out)


def cells(row: TaskRow, columns: tuple[str, ...]) -> list[str]:
    """Return a row's cells as text, for CSV."""
    return [_cell(column, getattr(row, column)) + more(row.left_out.get(column)) for column in columns]


def _cell(column: str, value: Any) -> str:
    if value is None:
        return ""
    if column in _TIMES:
        return iso_short(value)
    return " ".join(parts(value)) if column in LISTS else str(value)
