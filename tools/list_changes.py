"""List what was changed through this server."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Annotated, Any, Literal

from pydantic import Field

from tools.contract import Api, Args, Effect, Operation, Outcome, Shown
from tools.journal import Change
from tools.models.lazy import Lazy
from tools.models.scalars import WHOLE, TaskId
from tools.text import clean, csv_line, iso, iso_short

Changing = Literal["create_task", "replace_task", "start_task", "stop_task", "delete_task"]

_COLUMNS = ("change_id", "when", "operation", "task_id", "name", "outcome", "caller", "undoes", "undone_by")
_MEANINGS = {
    "under_way": "under_way: being made, or cut off; within minutes it is known which.",
    "not_yet": "not_yet: not made so far, and the service may still make it; within minutes it is known whether.",
    "unverified": "unverified: its seal does not fit, so somebody may have written or altered it; it is not undone.",
    "unknown": "unknown: whether it was made could not be found out; get_task or list_tasks shows what is there.",
}
_MARGIN = 500
"""Characters kept free for the lines around the rows."""


class ListChanges(Args):
    """Arguments of list_changes."""

    task_id: TaskId | None = None
    operation: Changing | None = None
    hits: Annotated[int, Field(ge=1, le=100), WHOLE] = 20
    start_index: Annotated[int, Field(ge=0), WHOLE] = 0


class ChangeFacts(Lazy):
    """A change; `when` is ISO 8601 in UTC."""

    change_id: str
    when: str
    operation: str
    task_id: str | None = None
    name: str
    outcome: str
    caller: str
    undoes: str | None = None
    undone_by: str | None = None


class ChangePage(Lazy):
    """A page of changes, newest first."""

    total: int
    start_index: int
    next_start_index: int | None = None
    changes: list[ChangeFacts]


def change_facts(change: Change) -> ChangeFacts:
    """Return what there is to say about a change."""
    return ChangeFacts(
        change_id=change.id,
        when=iso(round(change.began * 1000)) or "",
        operation=change.operation,
        task_id=clean(change.task_id) if change.task_id else None,
        name=clean(change.task_name),
        outcome=change.outcome,
        caller=clean(change.caller),
        undoes=change.undoes,
        undone_by=change.undone_by,
    )


@dataclass(frozen=True, slots=True)
class Changes:
    """The outcome of listing changes."""

    rows: Sequence[ChangeFacts]
    total: int
    start_index: int

    def fit(self, limit: int) -> Shown:
        """Return as many whole rows as fit in text and data; one row always goes out."""
        sizes = (len(row.model_dump_json()) + 2 for row in self.rows)
        fitting = sum(1 for size in accumulate(sizes) if size <= limit - _MARGIN)
        return self._render(max(fitting, min(1, len(self.rows))))

    def _render(self, count: int) -> Shown:
        end = self.start_index + count
        following = end if count and end < self.total else None
        page = ChangePage(
            total=self.total, start_index=self.start_index, next_start_index=following, changes=list(self.rows[:count])
        )
        more = [f"More: start_index={following}."] if following else []
        lines = [self._summary(count), *self._table(count), *self._meanings(count), *more]
        return Shown("\n".join(lines), page.model_dump(mode="json", exclude_none=True))

    def _summary(self, count: int) -> str:
        if not count:
            return (
                "No such changes were made through this server."
                if self.total == 0
                else f"start_index is past the end: {self.total} changes."
            )
        first, last = self.start_index + 1, self.start_index + count
        return f"Change{f's {first}-{last}' if count > 1 else f' {first}'} of {self.total}, newest first."

    def _table(self, count: int) -> list[str]:
        rows = [csv_line(_cells(row)) for row in self.rows[:count]]
        return [csv_line(_COLUMNS), *rows] if rows else []

    def _meanings(self, count: int) -> list[str]:
        shown = {row.outcome for row in self.rows[:count]}
        return [meaning for outcome, meaning in _MEANINGS.items() if outcome in shown]


def _cells(row: ChangeFacts) -> list[str]:
    values: dict[str, Any] = row.model_dump() | {"when": iso_short(row.when)}
    return [values[column] or "" for column in _COLUMNS]


async def _run(api: Api, args: ListChanges) -> Outcome:
    changes, total = await api.journal.page(
        task_id=args.task_id, operation=args.operation, start_index=args.start_index, hits=args.hits
    )
    return Changes([change_facts(change) for change in changes], total, args.start_index)


LIST_CHANGES = Operation(
    name="list_changes",
    title="List changes",
    description="List what was changed through this server, newest first, with the change_id that undo_change takes.",
    effect=Effect.READ,
    args=ListChanges,
    result=ChangePage,
    run=_run,
)
