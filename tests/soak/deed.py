"""What is done to tasks, under one name at the service, in the journal and with those who call."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

Said = Literal["done", "not done", "not yet", "unknown", "no answer"]
"""What a call says of a change. `not yet` was not done by a time that it names; `no answer` is none at all."""


@dataclass(frozen=True, slots=True, order=True)
class Deed:
    """An operation on a task. Nobody means to have the same deed done twice.

    Attributes:
        tool: The operation.
        about: The task's ID; of a creation the new task's name; of a replacement both.
    """

    tool: str
    about: str

    @property
    def asks(self) -> bool:
        """Whether somebody has to agree to it."""
        return self.tool in ("stop_task", "delete_task")

    def __str__(self) -> str:
        return f"{self.tool} of {self.about}"


def deed(tool: str, task_id: str | None, document: Mapping[str, Any] | None = None) -> Deed:
    """Return the deed that an operation is.

    Args:
        tool: The operation.
        task_id: The task; None for one that is to be created.
        document: The specification that is sent.
    """
    name = str((document or {}).get("name"))
    return Deed(
        tool, name if tool == "create_task" else f"{task_id} as {name}" if tool == "replace_task" else task_id or ""
    )


@dataclass(frozen=True, slots=True)
class Done:
    """A deed that the service carried out, and when, in epoch seconds."""

    deed: Deed
    at: float


@dataclass(frozen=True, slots=True)
class Row:
    """A change in the journal."""

    deed: Deed
    change_id: str
    outcome: str | None
    answered: str | None
    """The answer that the audit has to its question."""


@dataclass(frozen=True, slots=True)
class Yes:
    """A user's consent to a deed, and when, in epoch seconds."""

    deed: Deed
    at: float


@dataclass(frozen=True, slots=True)
class Claim:
    """What a call said of a deed.

    Attributes:
        tool: What was called.
        deed: What it was to do.
        said: What it said.
        seconds: How long it took.
        change_id: The change that it names.
        as_of: The time by which it was not done, in epoch seconds.
        made: The task that it says it made.
        kind: What the error is called, or what else there is instead of a change.
    """

    tool: str
    deed: Deed
    said: Said
    seconds: float = 0
    change_id: str | None = None
    as_of: float | None = None
    made: str | None = None
    kind: str = ""


def document_of(found: object) -> Mapping[str, Any]:
    """Return a JSON object as such."""
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else {}
