"""What can be done to tasks: the lifecycle, over the store and the clock."""

import uuid
from collections.abc import Callable

from server.sandbox.document import Document, resource_type_of, settings_of
from server.sandbox.entity import details, entity, health, runs_so_far
from server.sandbox.errors import not_authorized, not_in_status, not_removable, task_not_found
from server.sandbox.graph import graph_of
from server.sandbox.listing import Listing
from server.sandbox.plugins import plugins_of
from server.sandbox.run_times import finish_ms, interval_ms
from server.sandbox.specification import fail_on, read_document, warnings_of
from server.sandbox.store import Store
from server.sandbox.tables import NewTask, TaskRow

USER = "sandbox@example.com"

_ACTIVE = ("running", "pending")


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
        return self._shown(task_id, self._now(), graph_format)

    def configuration(self, task_id: str) -> Document:
        """Return the document as it was posted."""
        return self._find(task_id)[1]

    def create(self, document: object, *, fail_on_warning: bool) -> tuple[str, list[Document]]:
        """Create a task; return its ID and the warnings there are."""
        checked = read_document(document)
        warnings = warnings_of(checked)
        if fail_on_warning:
            fail_on(warnings)
        row = _new_row(str(uuid.uuid4()), checked, self._now())
        self.store.add([described(row, checked)])
        return row.id, warnings

    def replace(self, task_id: str, document: object) -> Document:
        """Replace a task's document whole.

        ID, creation time and creator stay; the status follows `start`, and the history begins anew.
        """
        now = self._now()
        old, _ = self._changeable(task_id)
        checked = read_document(document)
        row = _new_row(task_id, checked, now)
        row.created_ms, row.user = old.created_ms, old.user
        self.store.replace(described(row, checked))
        return self._shown(task_id, now)

    def delete(self, task_id: str, *, force_stop: bool) -> None:
        """Remove a task."""
        self._now()
        row, _ = self._changeable(task_id)
        if row.status in _ACTIVE and not force_stop:
            raise not_removable(row.status)
        self.store.delete(task_id)

    def start(self, task_id: str) -> Document:
        """Start a task that does not run."""
        now = self._now()
        row, document = self._find(task_id)
        if row.status in _ACTIVE:
            raise not_in_status("start", row.status)
        _settle(row, document, now)
        row.status, row.finished_ms = "running", None
        row.started_ms, row.finish_ms = now, finish_ms(settings_of(document), now)
        self.store.update(row)
        return self._shown(task_id, now)

    def stop(self, task_id: str) -> Document:
        """Stop a task that runs or waits."""
        now = self._now()
        row, document = self._find(task_id)
        if row.status not in _ACTIVE:
            raise not_in_status("stop", row.status)
        _settle(row, document, now)
        row.status, row.started_ms, row.finish_ms, row.finished_ms = "stopped", None, None, now
        self.store.update(row)
        return self._shown(task_id, now)

    def _now(self) -> int:
        """Return the time of a request, and end what is over by then."""
        now = round(self._clock() * 1000)
        self.store.finish(now)
        return now

    def _shown(self, task_id: str, now: int, graph_format: str = "bn") -> Document:
        row, document = self._find(task_id)
        return details(row, document, now, graph_format)

    def _find(self, task_id: str) -> tuple[TaskRow, Document]:
        found = self.store.find(task_id)
        if found is None:
            raise task_not_found(task_id)
        return found

    def _changeable(self, task_id: str) -> tuple[TaskRow, Document]:
        found = self._find(task_id)
        if found[0].protected:
            raise not_authorized()
        return found


def _settle(row: TaskRow, document: Document, now: int) -> None:
    """Write down what has been derived from the clock so far."""
    row.error_rate = health(row, document, now)["errorsRate"]
    row.runs, row.last_run_ms = runs_so_far(row, document, now)


def _new_row(task_id: str, document: Document, now: int) -> TaskRow:
    settings = settings_of(document)
    runs = settings.get("start", True)
    return TaskRow(
        id=task_id,
        name=settings["name"],
        status="running" if runs else "stopped",
        type=settings["type"],
        template=document.get("template"),
        resource=settings.get("resource"),
        resource_type=resource_type_of(settings),
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
