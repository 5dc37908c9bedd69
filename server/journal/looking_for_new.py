"""Whether a task was created: it is looked for by its name, its specification and its time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from server.journal.finding import Attempt, Finding, name_in
from server.journal.gone import confirm_gone
from server.journal.meanwhile import Meanwhile
from server.store.store import Store
from server.upstream.errors import NotFound
from tools.contract import Api, Request
from tools.difference import differences
from tools.list_tasks import PAGED
from tools.models.entity import Task, TaskListing
from tools.tasks_api import TASKS, fetch_configuration
from tools.text import clean

_CLOCKS_APART = 120
"""Seconds by which the service's clock may differ from ours."""

_CLOCK_ROUNDED = 1
"""Seconds by which a time that the service says may be off: it says whole ones."""

_ALIKE = 50
"""Tasks of one name among which a new one is looked for."""

_NONE = "there is no such task"
_GONE = "there is no such task, and one of that name was changed or deleted meanwhile"
_OLDER = "there is such a task, but it seems to have been there before"
_MANY = "there are too many tasks of that name"
_SEVERAL = "there are several such tasks"
_CHANGED = "there is a task of that name, made then, with another specification"
_ANOTHERS = "there is such a task, and another call may have made it"
_WHEN = "there is such a task, but the clocks do not agree on whether it was made then"


@dataclass(frozen=True, slots=True)
class _Then:
    """When a task was made if a change made it, in epoch seconds by the service's clock.

    Attributes:
        earliest: Not before that, however the clocks differ.
        surely: Not before that, if the service's clock is what it says.
        latest: Not after that.
        ahead: Seconds by which the service's clock is ahead, where that is more than clocks may differ; else 0. What
            stands in front of the service may keep an answer for long, and with it the time that it says.
    """

    earliest: float
    surely: float
    latest: float
    ahead: float

    def holds(self, task: Task) -> bool:
        """Tell whether a task was made then, by the service's clock."""
        return self.earliest <= _made(task) <= self.latest

    def surely_holds(self, task: Task) -> bool:
        """Tell whether it was made then, if the service's clock is what it says."""
        return self.surely <= _made(task) <= self.latest

    def holds_by_ours(self, task: Task) -> bool:
        """Tell whether it was made then by our clock, where that says something else."""
        return bool(self.ahead) and self.earliest <= _made(task) + self.ahead <= self.latest


class LookingForNew:
    """Looks for tasks that changes were to create.

    Args:
        api: The Tasks API.
        store: Knows which tasks other changes made, or may have made.
        meanwhile: Knows what else was made of a task.
        clock: Returns epoch seconds.
        patience: Seconds after which a change is not under way any more.
    """

    def __init__(
        self, api: Api, store: Store, meanwhile: Meanwhile, *, clock: Callable[[], float], patience: float
    ) -> None:
        self._api = api
        self._store = store
        self._meanwhile = meanwhile
        self._clock = clock
        self._patience = patience

    async def look(self, attempt: Attempt) -> Finding:
        """Look for a task of that name and specification that was created then, and by no other change.

        One of that name with another specification may be the one, changed since.

        Raises:
            UpstreamFailure: the service could not be asked.
            StoreUnavailable: the store fails.
        """
        tasks, then = await self._of_that_name(attempt)
        if len(tasks) == _ALIKE:
            return self._doubtful(_MANY)
        open_too, others = await self._of_others(attempt, tasks)
        new = [task for task in tasks if task.id not in others and (then.holds(task) or then.holds_by_ours(task))]
        recent = [task for task in new if then.surely_holds(task) or then.holds_by_ours(task)]
        same = [task for task in recent if not await self._differs(attempt, task)]
        if not recent:
            return await self._none(attempt, new)
        if len(same) != 1 or open_too:
            return self._doubtful(_ANOTHERS if len(same) == 1 else _SEVERAL if same else _CHANGED)
        if not then.surely_holds(same[0]):
            return self._doubtful(_WHEN)
        return Finding("done", f"there is such a task, ID {clean(same[0].id)}", self._clock(), same[0], same[0].id)

    async def _none(self, attempt: Attempt, older: Sequence[Task]) -> Finding:
        """Return that there is none, unless another explanation is left."""
        if any([not await self._differs(attempt, task) for task in older]):
            return self._doubtful(_OLDER)
        others = await self._meanwhile.others(attempt)
        return self._doubtful(_GONE) if others.crossing else Finding("not_done", _NONE, self._clock())

    def _doubtful(self, seen: str) -> Finding:
        return Finding("unknown", seen, self._clock())

    async def _of_that_name(self, attempt: Attempt) -> tuple[list[Task], _Then]:
        """Return the tasks of that name, and when the task was made if it was."""
        tasks, ahead = await self._listed(attempt, attempt.began)
        apart = ahead if ahead is not None and abs(ahead) > _CLOCKS_APART / 2 else 0
        if apart < 0:
            # From further back, so that what was made then by our clock is among these too.
            tasks, _ = await self._listed(attempt, attempt.began + apart)
        began = attempt.began + (ahead or 0)
        earliest = began - _CLOCKS_APART
        surely = earliest if ahead is None else began - _CLOCK_ROUNDED
        return [task for task in tasks if task.name == name_in(attempt.sent)], _Then(
            earliest, surely, began + self._patience + _CLOCKS_APART, apart
        )

    async def _listed(self, attempt: Attempt, began: float) -> tuple[list[Task], float | None]:
        """Return tasks from then on whose name may be the one, and by how much the service's clock is ahead."""
        since = str(round((began - _CLOCKS_APART) * 1000))
        query = (("name", name_in(attempt.sent)), ("createdAfter", since), ("hits", str(_ALIKE)))
        reply = await self._api.send(Request("GET", TASKS, query=query, accept=PAGED), TaskListing)
        return reply.body.tasks, _seconds_ahead(reply.headers, self._clock())

    async def _of_others(self, attempt: Attempt, tasks: Sequence[Task]) -> tuple[bool, set[str]]:
        if not tasks:
            return False, set()
        change = self._meanwhile.change(attempt, _CLOCKS_APART)
        return await self._store.changes.other_creations(change, [task.id for task in tasks])

    async def _differs(self, attempt: Attempt, task: Task) -> bool:
        try:
            return bool(differences(attempt.sent or {}, await fetch_configuration(self._api, task.id)))
        except NotFound as said:
            await confirm_gone(self._api, task.id, said)
            return True


def _made(task: Task) -> float:
    return (task.create_time or 0) / 1000


def _seconds_ahead(headers: Mapping[str, str], now: float) -> float | None:
    """Return by how much the service's clock is ahead of ours, at the least; None when it does not say its time."""
    try:
        return parsedate_to_datetime(headers.get("date", "")).timestamp() - now
    except ValueError:
        return None
