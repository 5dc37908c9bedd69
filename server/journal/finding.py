"""What is looked for in the service, and what is found there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self

from tools.models.entity import Task

if TYPE_CHECKING:
    from server.store.change_rows import ChangeOutcome, NewChange


class Attempt(Protocol):
    """A change that was begun: what the journal keeps of it."""

    @property
    def id(self) -> str:
        """Names the change."""
        ...

    @property
    def audience(self) -> str:
        """The server and tenant."""
        ...

    @property
    def operation(self) -> str:
        """The operation that was to make it."""
        ...

    @property
    def task_id(self) -> str | None:
        """The task; None where one was to be created."""
        ...

    @property
    def before(self) -> Mapping[str, Any] | None:
        """Its status, specification and last run before."""
        ...

    @property
    def sent(self) -> Mapping[str, Any] | None:
        """The specification that was sent."""
        ...

    @property
    def began(self) -> float:
        """When that was, in epoch seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Begun:
    """A change that the running call has begun."""

    id: str
    audience: str
    operation: str
    task_id: str | None
    before: Mapping[str, Any] | None
    sent: Mapping[str, Any] | None
    began: float

    @classmethod
    def of(cls, change: "NewChange", change_id: str, began: float) -> Self:
        """Return it as the journal has it."""
        return cls(change_id, change.audience, change.operation, change.task_id, change.before, change.sent, began)


@dataclass(frozen=True, slots=True)
class Finding:
    """What the service has.

    Attributes:
        outcome: `done` where it is what the change was to make of it, `not_done` where it is what it was, `unknown`
            where it is neither, or where that cannot be told.
        seen: What is there, as a clause for people.
        at: When that was, in epoch seconds.
        task: The task as it is now, where there is one.
        made: The ID of the task that the change made.
        alone: Whether nothing else explains it. Else a request without an answer may still come, and have its effect.
    """

    outcome: "ChangeOutcome"
    seen: str
    at: float
    task: Task | None = None
    made: str | None = None
    alone: bool = True


def name_in(document: Mapping[str, Any] | None) -> str:
    """Return the name that a specification gives its task, in either of its forms."""
    settings: Mapping[str, Any] = (document or {}).get("task") or document or {}
    return str(settings.get("name", ""))
