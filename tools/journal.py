"""What an operation may know of the changes that were made before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

ChangeOutcome = Literal["under_way", "done", "not_yet", "not_done", "unknown", "unverified"]


@dataclass(frozen=True, slots=True)
class Change:
    """A change that was made through this server, as its journal has it.

    Attributes:
        id: Names the change.
        operation: The operation that made it, or was to make it.
        task_id: The task; None while one is being created.
        task_name: Its name, safe to show.
        before: Its `status`, `specification` and last run before; None for a task that was created.
        sent: The specification that was sent, where one was.
        outcome: What came of it; `under_way` while it is being made, `not_yet` while the service may still make it,
            `unverified` where somebody else may have written or altered it.
        began: Epoch seconds.
        caller: Who made it, and with which client; safe to show.
        undoes: The change that it undoes.
        undone_by: The change that undoes it.
    """

    id: str
    operation: str
    task_id: str | None
    task_name: str
    before: Mapping[str, Any] | None
    sent: Mapping[str, Any] | None
    outcome: ChangeOutcome
    began: float
    caller: str
    undoes: str | None
    undone_by: str | None


class Journal(Protocol):
    """What was changed through this server.

    A change that was left without an outcome, because the server died or no answer came, is looked up in the service
    before it is returned.
    """

    async def page(
        self, *, task_id: str | None, operation: str | None, start_index: int, hits: int
    ) -> tuple[Sequence[Change], int]:
        """Return a page of changes, newest first, and how many there are."""
        ...

    async def find(self, change_id: str) -> Change | None:
        """Return a change; None when there is none of that ID."""
        ...
