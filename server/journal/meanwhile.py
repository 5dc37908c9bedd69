"""What else was made of a task since a change began: then what is there now may not be that change's doing."""

from typing import TYPE_CHECKING, NamedTuple

from server.journal.finding import Attempt, name_in
from server.store.store import Store
from tools.difference import differences
from tools.text import clean

if TYPE_CHECKING:
    from server.store.change_queries import Change, OtherChange

_TOUCHES = {
    "start_task": {"start_task", "stop_task", "replace_task"},
    "stop_task": {"start_task", "stop_task", "replace_task"},
    "replace_task": {"replace_task"},
    "create_task": {"replace_task", "delete_task"},
    "delete_task": {"delete_task"},
}
"""What can undo or feign what an operation does. A task that was deleted does not come back, so that nothing can undo
that; only another deletion can feign it."""

_SEEN = 2
"""Seconds before a change began within which its task was looked at: what came in between it has not seen."""


class Others(NamedTuple):
    """Whether there are other changes that crossed one, and others to the same end."""

    crossing: bool
    alike: bool


class Meanwhile:
    """Knows of other changes that were made through servers with this store.

    Args:
        store: Holds the journal.
        patience: Seconds after which a change is not under way any more.
    """

    def __init__(self, store: Store, patience: float) -> None:
        self._store = store
        self._patience = patience

    async def others(self, attempt: Attempt, by: str | None = None) -> Others:
        """Return what other changes may have to do with what a change is judged by.

        Args:
            attempt: The change.
            by: The operation whose traces it is judged by, where it is not its own.

        Raises:
            StoreUnavailable: the store fails.
        """
        touching = _TOUCHES[by or attempt.operation]
        others = await self._store.changes.others_meanwhile(self.change(attempt))
        meant = [(other, _to_the_same_end(attempt, other)) for other in others if other.operation in touching]
        # What was over when this began was seen by it, unless it came to the same: this would have had nothing to do.
        crossing = any(not alike and not other.before for other, alike in meant)
        return Others(crossing, any(alike for _, alike in meant))

    def change(self, attempt: Attempt, apart: float = 0) -> "Change":
        """Return what others are compared with, `apart` being the seconds by which clocks may differ."""
        from server.store.change_queries import Change

        return Change(
            audience=attempt.audience,
            id=attempt.id,
            task_id=attempt.task_id if attempt.operation != "create_task" else None,
            name=clean(name_in(attempt.sent)),
            began=attempt.began,
            looked=attempt.began - _SEEN,
            since=attempt.began - self._patience - apart,
        )


def _to_the_same_end(attempt: Attempt, other: "OtherChange") -> bool:
    return attempt.operation == other.operation and not differences(attempt.sent or {}, other.sent or {})
