"""What became of changes whose outcome was never learnt: the service is asked what is there now."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from server.errors import ConnectionLost, NotFound, RateLimited, TimedOut, Unauthorized, Unreachable, UpstreamFailure
from server.journal.audit import Audit
from server.store.store import Store
from tools.contract import Api, Request
from tools.difference import differences
from tools.journal import ChangeOutcome
from tools.list_tasks import PAGED
from tools.models.entity import ACTIVE, Task, TaskListing
from tools.preview import runs_of
from tools.tasks_api import TASKS, fetch_configuration, fetch_task

if TYPE_CHECKING:
    from server.store.change_rows import ChangeOutcome as Outcome
    from server.store.change_rows import ChangeRow

_CLOCKS_APART = 120
"""Seconds by which the service's clock may differ from ours."""

_AT_ONCE = 50
"""Changes that are looked up before a page of the journal is shown; the service is asked up to three times for each."""

_ALIKE = 50
"""Tasks of one name among which a new one is looked for."""

_NOBODY_ANSWERS = (Unreachable, TimedOut, ConnectionLost, RateLimited, Unauthorized)
"""What would befall the next question as well."""

Finding = tuple["Outcome", str | None]
"""What became of a change, and the task that it made."""


class Settling:
    """Finds out outcomes and keeps them.

    An outcome that is found out says what the service has: `done` where it is what the change was to make of it,
    `not_done` where it is what it was. Where it is neither, or cannot be told, the change stays as it is.

    Args:
        api: The Tasks API.
        store: Holds the journal.
        audit: Hears of every outcome that is found out.
        audience: The server and tenant whose changes these are.
        clock: Returns epoch seconds.
        patience: Seconds after which a change without an outcome is not under way any more.
    """

    def __init__(
        self, api: Api, store: Store, audit: Audit, audience: str, *, clock: Callable[[], float], patience: float
    ) -> None:
        self._api = api
        self._store = store
        self._audit = audit
        self._audience = audience
        self._clock = clock
        self._patience = patience

    def outcome(self, row: "ChangeRow") -> ChangeOutcome:
        """Return what is known of a change."""
        return row.outcome or ("unknown" if self._may_be_settled(row) else "under_way")

    async def settle_all(self) -> None:
        """Find out what became of the changes that have no outcome, as far as it can be found out.

        Raises:
            StoreUnavailable: the store fails.
        """
        before = self._clock() - self._patience
        await self.settle(await self._store.changes.unsettled(self._audience, before, _AT_ONCE))

    async def settle(self, rows: "Iterable[ChangeRow]") -> bool:
        """Find out what became of these; true when something is known now that was not.

        Raises:
            StoreUnavailable: the store fails.
        """
        learnt = False
        for row in rows:
            if row.outcome in ("done", "not_done") or not self._may_be_settled(row):
                continue
            try:
                outcome, task_id = await self._look(row)
            except _NOBODY_ANSWERS:
                break
            except UpstreamFailure:
                continue
            if outcome != "unknown":
                learnt |= await self._settled(row, outcome, task_id)
        return learnt

    async def _settled(self, row: "ChangeRow", outcome: "Outcome", task_id: str | None) -> bool:
        record = self._audit.settled(row, outcome, task_id)
        learnt = await self._store.changes.settle(row.id, outcome, task_id, record)
        if learnt:
            await self._audit.put(record)
        return learnt

    def _may_be_settled(self, row: "ChangeRow") -> bool:
        # The service may still be carrying out a request whose answer was not waited for.
        return self._clock() - row.began >= self._patience

    async def _look(self, row: "ChangeRow") -> Finding:
        if row.operation == "create_task":
            return await self._created(row)
        if row.operation == "replace_task":
            return await self._replaced(row), None
        try:
            task = await fetch_task(self._api, row.task_id or "")
        except NotFound:
            return ("done" if row.operation == "delete_task" else "unknown"), None
        return _FINDINGS[row.operation](row, task), None

    async def _replaced(self, row: "ChangeRow") -> "Outcome":
        try:
            now = await fetch_configuration(self._api, row.task_id or "")
        except NotFound:
            return "unknown"
        if not differences(row.sent or {}, now):
            return "done"
        return "unknown" if differences((row.before or {}).get("specification") or {}, now) else "not_done"

    async def _created(self, row: "ChangeRow") -> Finding:
        """Look for a task of that name and specification that was created then, and by no other change.

        One of that name with another specification may be the one, changed since.
        """
        tasks = await self._of_that_name(row)
        if len(tasks) == _ALIKE:
            return "unknown", None
        known = await self._store.changes.created(self._audience, [task.id for task in tasks])
        others = [task for task in tasks if task.id not in known and self._made_then(row, task)]
        same = [task.id for task in others if not await self._differs(row, task)]
        if len(same) == 1:
            return "done", same[0]
        return ("unknown" if others else "not_done"), None

    async def _of_that_name(self, row: "ChangeRow") -> list[Task]:
        earliest = round((row.began - _CLOCKS_APART) * 1000)
        query = (("name", _name(row)), ("createdAfter", str(earliest)), ("hits", str(_ALIKE)))
        return (await self._api.send(Request("GET", TASKS, query=query, accept=PAGED), TaskListing)).body.tasks

    def _made_then(self, row: "ChangeRow", task: Task) -> bool:
        latest = (row.began + self._patience + _CLOCKS_APART) * 1000
        return task.name == _name(row) and (task.create_time or 0) <= latest

    async def _differs(self, row: "ChangeRow", task: Task) -> bool:
        try:
            return bool(differences(row.sent or {}, await fetch_configuration(self._api, task.id)))
        except NotFound:
            return True


def _stopped(row: "ChangeRow", task: Task) -> "Outcome":
    return _either(task, done=task.status == "stopped")


def _started(row: "ChangeRow", task: Task) -> "Outcome":
    """Tell whether a task was started: it runs, or has run or ended since. A one-time task is over in moments."""
    before = row.before or {}
    moved = any(name in before and before[name] != value for name, value in runs_of(task).items())
    return _either(task, done=task.status in ACTIVE or moved)


def _deleted(row: "ChangeRow", task: Task) -> "Outcome":
    return "not_done"


def _either(task: Task, *, done: bool) -> "Outcome":
    if task.status not in (*ACTIVE, "stopped", "failed"):
        return "unknown"
    return "done" if done else "not_done"


_FINDINGS: Mapping[str, "Callable[[ChangeRow, Task], Outcome]"] = {
    "stop_task": _stopped,
    "start_task": _started,
    "delete_task": _deleted,
}


def _name(row: "ChangeRow") -> str:
    sent: Mapping[str, Any] = row.sent or {}
    settings: Mapping[str, Any] = sent.get("task") or sent
    return str(settings.get("name", ""))
