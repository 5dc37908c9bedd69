"""What became of a change: the service is asked what is there now."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from server.journal.finding import Attempt, Finding
from server.journal.gone import confirm_gone
from server.journal.looking_for_new import LookingForNew
from server.journal.meanwhile import Meanwhile
from server.store.store import Store
from server.upstream.errors import NotFound
from tools.contract import Api
from tools.difference import differences
from tools.models.entity import ACTIVE, Task
from tools.models.specification import Specification
from tools.preview import runs_of
from tools.tasks_api import fetch_configuration, fetch_task
from tools.text import plain

if TYPE_CHECKING:
    from server.store.change_rows import ChangeOutcome as Outcome

_KNOWN = (*ACTIVE, "stopped", "failed")


class Looking:
    """Looks what became of changes.

    Args:
        api: The Tasks API.
        store: Knows which tasks other changes made.
        clock: Returns epoch seconds.
        patience: Seconds after which a change is not under way any more.
    """

    def __init__(self, api: Api, store: Store, *, clock: Callable[[], float], patience: float) -> None:
        self._api = api
        self._clock = clock
        self._meanwhile = Meanwhile(store, patience)
        self._new = LookingForNew(api, store, self._meanwhile, clock=clock, patience=patience)
        self._looks: Mapping[str, Callable[[Attempt], Awaitable[Finding]]] = {
            "create_task": self._new.look,
            "replace_task": self._replaced,
            "delete_task": self._deleted,
            "start_task": self._started,
            "stop_task": self._stopped,
        }

    async def look(self, attempt: Attempt) -> Finding:
        """Return what the service has.

        Raises:
            UpstreamFailure: it could not be asked.
            StoreUnavailable: the store fails.
        """
        look = self._looks.get(attempt.operation)
        return await look(attempt) if look else Finding("unknown", "this server has no such operation", self._clock())

    async def _stopped(self, attempt: Attempt) -> Finding:
        return await self._judged(attempt, self._of_task(await self._task(attempt), _whether_stopped))

    async def _started(self, attempt: Attempt) -> Finding:
        found = self._of_task(await self._task(attempt), lambda task: _whether_started(attempt.before or {}, task))
        over = found.outcome == "done" and found.task is not None and found.task.status not in ACTIVE
        since = replace(found, seen=f"{found.seen}, and was started since") if over else found
        return await self._judged(attempt, since, by="start_task")

    async def _deleted(self, attempt: Attempt) -> Finding:
        task = await self._task(attempt)
        if task is None:
            return await self._judged(attempt, Finding("done", "the task is gone", self._clock()))
        return self._of_task(task, lambda task: _whether_left_alone(attempt.before or {}, task))

    async def _replaced(self, attempt: Attempt) -> Finding:
        try:
            now = await fetch_configuration(self._api, attempt.task_id or "")
        except NotFound as said:
            await confirm_gone(self._api, attempt.task_id or "", said)
            return self._gone()
        task = await self._task(attempt)
        if task is None:
            return self._gone()
        before, sent = attempt.before or {}, attempt.sent or {}
        had: Mapping[str, Any] = before.get("specification") or {}
        if not differences(sent, had) and not differences(sent, now) and _starts(sent, before):
            # Nothing but its start tells whether it was replaced.
            return await self._started(attempt)
        outcome, seen = _whether_replaced(sent, had, now)
        found = Finding(outcome, seen, self._clock(), task, alone=bool(differences(sent, had)))
        return await self._judged(attempt, found)

    async def _judged(self, attempt: Attempt, found: Finding, by: str | None = None) -> Finding:
        """Return what was found, or that it tells nothing because of what else was made of the task."""
        if found.outcome == "unknown":
            return found
        others = await self._meanwhile.others(attempt, by)
        if others.crossing:
            return replace(found, outcome="unknown", seen=f"{found.seen}, after another change to it")
        if others.alike and found.outcome == "done":
            return replace(found, outcome="unknown", seen=f"{found.seen}, which another change may have done")
        return found

    async def _task(self, attempt: Attempt) -> Task | None:
        try:
            return await fetch_task(self._api, attempt.task_id or "")
        except NotFound as said:
            await confirm_gone(self._api, attempt.task_id or "", said)
            return None

    def _of_task(self, task: Task | None, outcome: "Callable[[Task], Outcome]") -> Finding:
        if task is None:
            return self._gone()
        known = task.status in _KNOWN
        return Finding(outcome(task) if known else "unknown", f"the task is {_status(task)}", self._clock(), task)

    def _gone(self) -> Finding:
        return Finding("unknown", "the task is gone", self._clock())


def _status(task: Task) -> str:
    return plain(task.status or "unknown")


def _whether_stopped(task: Task) -> "Outcome":
    """Tell whether a task was stopped. A one-time task ends by itself, and then nobody can tell."""
    if task.status != "stopped":
        return "not_done"
    return "unknown" if task.type == "onetime" else "done"


def _whether_started(before: Mapping[str, Any], task: Task) -> "Outcome":
    """Tell whether a task was started: it runs, or has run, ended or failed since. A one-time task is over soon."""
    moved = any(name in before and before[name] != value for name, value in runs_of(task).items())
    failed = task.status == "failed" and before.get("status") == "stopped"
    return "done" if task.status in ACTIVE or moved or failed else "not_done"


def _whether_left_alone(before: Mapping[str, Any], task: Task) -> "Outcome":
    """Tell whether a task that is still there was left alone: a deletion may stop it first, and get no further."""
    ended = before.get("status") in ACTIVE and task.status not in ACTIVE
    return "unknown" if ended else "not_done"


def _whether_replaced(sent: Mapping[str, Any], had: Mapping[str, Any], now: Mapping[str, Any]) -> "tuple[Outcome, str]":
    if not differences(sent, now):
        return "done", "the task has the configuration that was sent"
    if not differences(had, now):
        return "not_done", "the task has the configuration that it had before"
    return "unknown", "the task has neither the configuration that was sent nor the one from before"


def _starts(sent: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Tell whether a specification starts a task that did not run."""
    return before.get("status") not in ACTIVE and Specification(sent).settings.get("start") is not False
