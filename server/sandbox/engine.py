"""What can be done to tasks: the lifecycle, over the store and the clock."""

import uuid
from collections.abc import Callable
from typing import Any

from server.sandbox.entity import details, entity, health, runs_so_far, settings_of
from server.sandbox.errors import not_authorized, not_in_status, not_removable, task_not_found
from server.sandbox.graph import graph_of
from server.sandbox.listing import Listing
from server.sandbox.plugins import plugins_of
from server.sandbox.schedule import finish_ms, interval_ms
from server.sandbox.specification import fail_on, read_settings, warnings_of
from server.sandbox.store import NewTask, Store, TaskRow

Document = dict[str, Any]

USER = "sandbox@example.com"


class Engine:
    """The rules engine, as far as tasks go.

    Args:
        store: Where the tasks are.
        clock: Returns epoch seconds; what has run since is derived from it whenever somebody looks.
    """

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self.store = store
        self._clock = clock

    def listing(self, listing: Listing) -> tuple[list[Document], int]:
        """Return a page of tasks and how many match."""
        now = self._now()
        condition = listing.condition
        rows, total = self.store.page(
            condition.select, condition.all_values, listing.hits, listing.start, scans=condition.scans
        )
        tasks = [entity(row, document, now, listing.graph_format) for row, document in rows]
        if listing.health:
            for task, (row, document) in zip(tasks, rows, strict=True):
                task["health"] = health(row, document, now)
        return tasks, total

    def get(self, task_id: str, graph_format: str) -> Document:
        """Return one task."""
        now = self._now()
        row, document = self._find(task_id)
        return details(row, document, now, graph_format)

    def configuration(self, task_id: str) -> Document:
        """Return the document as it was posted."""
        return self._find(task_id)[1]

    def create(self, document: object, *, fail_on_warning: bool) -> tuple[str, list[Document]]:
        """Create a task; return its ID and the warnings there are."""
        settings = read_settings(document)
        checked: Document = document  # pyright: ignore[reportAssignmentType]
        warnings = warnings_of(checked)
        if fail_on_warning:
            fail_on(warnings)
        row = _new_row(str(uuid.uuid4()), settings, self._now())
        self.store.add([described(row, checked)])
        return row.id, warnings

    def replace(self, task_id: str, document: object) -> Document:
        """Replace a task's document whole; ID and creation time stay, and the status follows `start`."""
        old = self._changeable(task_id)
        row = _new_row(task_id, read_settings(document), self._now())
        row.created_ms, row.user = old.created_ms, old.user
        self.store.replace(described(row, document))  # pyright: ignore[reportArgumentType]
        return self.get(task_id, "bn")

    def delete(self, task_id: str, *, force_stop: bool) -> None:
        """Remove a task."""
        row = self._changeable(task_id)
        if row.status in ("running", "pending") and not force_stop:
            raise not_removable(row.status)
        self.store.delete(task_id)

    def start(self, task_id: str) -> Document:
        """Start a task that does not run."""
        now = self._now()
        row, document = self._find(task_id)
        if row.status in ("running", "pending"):
            raise not_in_status("start", row.status)
        row.status, row.finished_ms, row.error_rate = "running", None, 0.0
        row.started_ms, row.finish_ms = now, finish_ms(settings_of(document), now)
        self.store.update(row)
        return self.get(task_id, "bn")

    def stop(self, task_id: str) -> Document:
        """Stop a task that runs or waits."""
        now = self._now()
        row, document = self._find(task_id)
        if row.status not in ("running", "pending"):
            raise not_in_status("stop", row.status)
        row.runs, row.last_run_ms = runs_so_far(row, document, now)
        row.status, row.started_ms, row.finish_ms, row.finished_ms = "stopped", None, None, now
        self.store.update(row)
        return self.get(task_id, "bn")

    def _now(self) -> int:
        now = round(self._clock() * 1000)
        self.store.finish(now)
        return now

    def _find(self, task_id: str) -> tuple[TaskRow, Document]:
        self._now()
        found = self.store.find(task_id)
        if found is None:
            raise task_not_found(task_id)
        return found

    def _changeable(self, task_id: str) -> TaskRow:
        row, _ = self._find(task_id)
        if row.protected:
            raise not_authorized()
        return row


def _new_row(task_id: str, settings: Document, now: int) -> TaskRow:
    runs = settings.get("start", True)
    return TaskRow(
        id=task_id,
        name=settings["name"],
        status="running" if runs else "stopped",
        type=settings["type"],
        template=settings.get("template"),
        resource=settings.get("resource"),
        resource_type=None,
        user=USER,
        created_ms=now,
        started_ms=now if runs else None,
        finish_ms=finish_ms(settings, now) if runs else None,
        finished_ms=None,
        interval_ms=interval_ms(settings, now),
        runs=0,
        last_run_ms=None,
        error_rate=0.0,
        protected=0,
    )


def described(row: TaskRow, document: Document) -> NewTask:
    """Return a task with what it is found by."""
    plugins = set[str]() if row.template else plugins_of(graph_of(document))
    return NewTask(row, document, settings_of(document).get("tags", {}), plugins)
