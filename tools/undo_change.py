"""Undo a change that was made through this server."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from tools.contract import Api, Args, Effect, NotPossible, Operation, Performed
from tools.create_task import CREATE_TASK, CreateTask
from tools.delete_task import DELETE_TASK, DeleteTask
from tools.difference import differences
from tools.facts import TaskFacts
from tools.issues import IssueFacts
from tools.journal import Change
from tools.models.entity import ACTIVE
from tools.models.lazy import Lazy
from tools.models.specification import Specification
from tools.not_undone import LOOK, not_made, undone_before
from tools.preview import look
from tools.replace_task import REPLACE_TASK, ReplaceTask
from tools.start_task import START_TASK, StartTask
from tools.stop_task import STOP_TASK, StopTask
from tools.telling import told
from tools.text import plain

_CHANGE_ID = re.compile(r"[0-9a-f]{10}")


def _checked(value: str) -> str:
    if not _CHANGE_ID.fullmatch(value):
        raise PydanticCustomError("change_id", "expected a change ID such as 3f9a04c1d2; list_changes shows them")
    return value


class UndoChange(Args):
    """Arguments of undo_change."""

    change_id: Annotated[str, AfterValidator(_checked), Field(description="From a result, or list_changes.")]


class Undone(Lazy):
    """What the operation that undid the change came to."""

    undone: str
    task: TaskFacts | None = None
    task_id: str | None = Field(None, description="The new task.")
    warnings: list[IssueFacts] = []
    deleted: str | None = None


async def _stands_for(api: Api, args: UndoChange) -> Performed:
    """Return the operation that undoes the change.

    Raises:
        NotPossible: there is no such change, it was not made, it is undone, or the task has changed since.
    """
    change = await api.journal.find(args.change_id)
    if change is None:
        raise NotPossible(f"There is no change {args.change_id} on this tenant.", "list_changes shows what there is.")
    if change.outcome == "unverified":
        raise not_made(change)
    if change.undone_by is not None:
        raise await undone_before(api, change, change.undone_by)
    if change.outcome != "done":
        raise not_made(change)
    undo = _UNDOING.get(change.operation)
    if undo is None:
        raise NotPossible(f"Change {change.id} was made by an operation that this server does not know.", LOOK)
    return await undo(api, change)


async def _undo_stop(api: Api, change: Change) -> Performed:
    await _unchanged(api, change, _before(change), lambda status: status == "stopped")
    return Performed(START_TASK, StartTask(task_id=_task_id(change)), change.id)


async def _undo_start(api: Api, change: Change) -> Performed:
    status = await _unchanged(api, change, _before(change), lambda status: True)
    if status not in ACTIVE:
        raise NotPossible(
            f"The task does not run any more: it is {plain(status)}, so there is nothing to stop.",
            "What its runs have done cannot be undone.",
        )
    return Performed(STOP_TASK, StopTask(task_id=_task_id(change)), change.id)


async def _undo_replace(api: Api, change: Change) -> Performed:
    status = await _unchanged(api, change, change.sent or {}, lambda status: True)
    document, but = _starting_as(_before(change), active=status in ACTIVE)
    arguments = ReplaceTask.model_construct(task_id=_task_id(change), specification=document)
    note = f"It has the configuration from before the change again{but}."
    if _was_active(change) != (status in ACTIVE):
        way = "stop_task" if status in ACTIVE else "start_task"
        note += f" Unlike before the change it is {plain(status)}; {way} changes that."
    return Performed(REPLACE_TASK, arguments, change.id, note)


async def _undo_create(api: Api, change: Change) -> Performed:
    await _unchanged(api, change, change.sent or {}, lambda status: True)
    return Performed(DELETE_TASK, DeleteTask(task_id=_task_id(change), force_stop=True), change.id)


async def _undo_delete(api: Api, change: Change) -> Performed:
    document, but = _starting_as(_before(change), active=_was_active(change))
    note = (
        f"It is the deleted task {_task_id(change)} again, under a new ID{but}. Its state and history did not come "
        "back: counters, last runs and pending data start anew. What refers to the old ID has to be changed."
    )
    return Performed(CREATE_TASK, CreateTask.model_construct(specification=document), change.id, note)


_UNDOING: Mapping[str, Callable[[Api, Change], Awaitable[Performed]]] = {
    "stop_task": _undo_stop,
    "start_task": _undo_start,
    "replace_task": _undo_replace,
    "create_task": _undo_create,
    "delete_task": _undo_delete,
}


async def _unchanged(
    api: Api, change: Change, expected: Mapping[str, Any], in_order: Callable[[str | None], bool]
) -> str | None:
    """Return the task's status, if it is still as the change left it.

    Raises:
        NotPossible: it has changed since; with the difference.
    """
    task, configuration = await look(api, _task_id(change))
    lines = told(differences(expected, configuration), room=1_000).all_lines
    if not in_order(task.status):
        lines.insert(0, f"status: now {plain(task.status)}")
    if lines:
        raise NotPossible(
            f"The task has changed since ({'; '.join(lines)}), so the change is not undone.",
            "Look at it with get_task and get_task_configuration; if the user still wants it, use the tools directly.",
        )
    return task.status


def _starting_as(document: Mapping[str, Any], *, active: bool) -> tuple[Specification, str]:
    """Return a specification that leaves the task running or stopped as it is to be, and what of it is new in that."""
    whole = Specification(document)
    held_back = whole.settings.get("start") is False
    if active and held_back:
        return whole.without_setting("start"), ", but without start: false, so that it runs"
    if active or held_back:
        return whole, ""
    return whole.with_setting("start", value=False), ", but with start: false, so that it stays stopped"


def _before(change: Change) -> Mapping[str, Any]:
    return (change.before or {}).get("specification") or {}


def _was_active(change: Change) -> bool:
    return (change.before or {}).get("status") in ACTIVE


def _task_id(change: Change) -> str:
    return change.task_id or ""


UNDO_CHANGE = Operation(
    name="undo_change",
    title="Undo change",
    description=(
        "Undo a change: a stopped task is started, a started one stopped, a replaced one gets its configuration back, "
        "a deleted one is created again under a new ID, a created one deleted. Refused when the task has changed since."
    ),
    effect=Effect.DESTROY,
    args=UndoChange,
    result=Undone,
    repeatable=False,
    stands_for=_stands_for,
    performs=(CREATE_TASK, REPLACE_TASK, START_TASK, STOP_TASK, DELETE_TASK),
)
