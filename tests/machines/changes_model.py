"""What was changed, and what undoing it has to come to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.machines.deeds import Act, State, act


@dataclass
class Change:
    """A change that was made.

    Attributes:
        task_id: The task that it was made to, or that it made.
        before: The task before; None for one that was created.
        sent: The document that was sent, where one was.
    """

    id: str
    act: Act
    task_id: str
    before: State | None
    sent: Mapping[str, Any]
    undone_by: str | None = None


def undoing(change: Change, look: Callable[[str], State | None]) -> Act | str:
    """Return the act that undoes a change, or what has to become of the attempt."""
    if change.undone_by is not None:
        return "not_possible"
    document: Mapping[str, Any] = change.before.document if change.before else {}
    if change.act.operation == "delete_task":
        assert change.before is not None
        return act("create_task", specification=starting_as(document, active=change.before.status == "running"))
    now = look(change.task_id)
    if now is None:
        return "not_found"
    if now.document != (change.sent or document):
        return "not_possible"
    return _undoing_on(change, now, document)


def _undoing_on(change: Change, now: State, document: Mapping[str, Any]) -> Act | str:
    if change.act.operation == "create_task":
        return act("delete_task", task_id=change.task_id, force_stop=True)
    if change.act.operation == "replace_task":
        back = starting_as(document, active=now.status == "running")
        return act("replace_task", task_id=change.task_id, specification=back)
    runs = change.act.operation == "start_task"
    if now.status != ("running" if runs else "stopped"):
        return "not_possible"
    return act("stop_task" if runs else "start_task", task_id=change.task_id)


def starting_as(document: Mapping[str, Any], *, active: bool) -> dict[str, Any]:
    """Return a document that leaves its task running, or stopped."""
    kept = {name: value for name, value in document.items() if name != "start"}
    return kept if active else {**kept, "start": False}
