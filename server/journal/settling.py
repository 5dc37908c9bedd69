"""What became of a change whose outcome was never learnt: the service is asked what is there now."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from server.errors import NotFound, UpstreamFailure
from server.store.store import Store
from tools.contract import Api, Request
from tools.difference import differences
from tools.list_tasks import PAGED
from tools.models.entity import ACTIVE, TaskListing
from tools.tasks_api import TASKS, fetch_configuration, fetch_task

if TYPE_CHECKING:
    from server.store.changes import ChangeOutcome, ChangeRow

_CLOCKS_APART = 120
"""Seconds by which the service's clock may be behind ours."""

Finding = tuple["ChangeOutcome", str | None]
"""What became of a change, and the task that it made."""


class Settling:
    """Finds out outcomes and keeps them.

    Args:
        api: The Tasks API.
        store: Holds the journal.
        clock: Returns epoch seconds.
        patience: Seconds after which a change without an outcome is not under way any more.
    """

    def __init__(self, api: Api, store: Store, clock: Callable[[], float], patience: float) -> None:
        self._api = api
        self._store = store
        self._clock = clock
        self._patience = patience

    async def settled(self, row: "ChangeRow") -> "ChangeRow":
        """Return a change with its outcome, as far as it can be found out.

        Raises:
            StoreUnavailable: the store fails.
        """
        # The service may still be carrying out a request whose answer was not waited for.
        too_early = self._clock() - row.began < self._patience
        if too_early or row.outcome in ("done", "not_done"):
            return row
        outcome, task_id = await self._found_out(row)
        if outcome == row.outcome:
            return row
        await self._store.changes.end(row.id, outcome, task_id)
        return row.model_copy(update={"outcome": outcome, "task_id": task_id or row.task_id})

    async def _found_out(self, row: "ChangeRow") -> Finding:
        try:
            return await self._look(row)
        except UpstreamFailure:
            return "unknown", None

    async def _look(self, row: "ChangeRow") -> Finding:
        if row.operation == "create_task":
            return await self._created(row)
        if row.operation == "replace_task":
            return await self._replaced(row)
        try:
            task = await fetch_task(self._api, row.task_id or "")
        except NotFound:
            return ("done", None) if row.operation == "delete_task" else ("unknown", None)
        if row.operation == "delete_task":
            return "not_done", None
        ran = task.status in ACTIVE or (task.last_execution_time or 0) > row.began * 1000
        done = ran if row.operation == "start_task" else task.status not in ACTIVE
        return ("done" if done else "not_done"), None

    async def _replaced(self, row: "ChangeRow") -> Finding:
        try:
            now = await fetch_configuration(self._api, row.task_id or "")
        except NotFound:
            return "unknown", None
        if not differences(row.sent or {}, now):
            return "done", None
        return ("unknown" if differences(_specification(row.before), now) else "not_done"), None

    async def _created(self, row: "ChangeRow") -> Finding:
        """Look for a task of that name that was created since, with that specification."""
        since = round((row.began - _CLOCKS_APART) * 1000)
        query = (("name", _name(row)), ("createdAfter", str(since)), ("hits", "50"))
        listing = (await self._api.send(Request("GET", TASKS, query=query, accept=PAGED), TaskListing)).body
        same = [
            task.id
            for task in listing.tasks
            if not differences(row.sent or {}, await fetch_configuration(self._api, task.id))
        ]
        if len(same) > 1:
            return "unknown", None
        return ("done", same[0]) if same else ("not_done", None)


def _specification(before: Mapping[str, Any] | None) -> Mapping[str, Any]:
    return (before or {}).get("specification") or {}


def _name(row: "ChangeRow") -> str:
    sent: Mapping[str, Any] = row.sent or {}
    settings: Mapping[str, Any] = sent.get("task") or sent
    return str(settings.get("name", ""))
