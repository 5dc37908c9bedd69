"""Delete a task."""

from types import NoneType

from tools.contract import Api, Args, Effect, NotPossible, Operation, Outcome, Preview, Request
from tools.models.entity import ACTIVE, Task
from tools.models.lazy import Lazy
from tools.models.queries import DeleteQuery, TaskRef
from tools.outcomes import Statement
from tools.preview import look, preview_of
from tools.target import Target
from tools.tasks_api import task_path
from tools.text import quoted


class DeleteTask(Args, DeleteQuery, TaskRef):
    """Arguments of delete_task."""


class DeletedTask(Lazy):
    """What is gone."""

    deleted: str


async def _run(api: Api, args: DeleteTask) -> Outcome:
    await api.send(Request("DELETE", task_path(args.task_id), query=DeleteQuery.pairs(args)), NoneType)
    return Statement(_told(api.target, args.task_id), DeletedTask(deleted=args.task_id))


def _told(task: Target | None, task_id: str) -> str:
    named = f"{quoted(task.name)} (ID {task_id})" if task else f"task {task_id}"
    stopped = ", after stopping it" if task and task.status in ACTIVE else ""
    return f"Deleted {named}{stopped}."


async def _preview(api: Api, args: DeleteTask) -> Preview:
    """Fetch the task.

    Raises:
        NotPossible: it is active and was not to be stopped first.
    """
    task, configuration = await look(api, args.task_id)
    if task.status in ACTIVE and not args.force_stop:
        raise NotPossible(
            f"The task is {task.status}, and only a task that does not run can be deleted.",
            "If the user wants it stopped and deleted: stop_task, then delete_task. Or delete_task with "
            "force_stop=true, where the policy allows that.",
        )
    return preview_of(
        task,
        configuration,
        question="Delete this task?",
        words=api.timetable.words(task),
        consequence=_consequence(task),
    )


def _consequence(task: Task) -> str:
    first = f"It is {task.status} and is stopped first. " if task.status in ACTIVE else ""
    return (
        f"{first}Its state and history are lost for good. From its configuration it can be created again (undo), "
        "with a new ID."
    )


DELETE_TASK = Operation(
    name="delete_task",
    title="Delete task",
    description=(
        "Delete a task for good, with its state and history; undo_change creates it again from its configuration, with "
        "a new ID. To only end its runs, use stop_task. A running or pending task is refused without force_stop, which "
        "stops it."
    ),
    effect=Effect.DESTROY,
    args=DeleteTask,
    result=DeletedTask,
    run=_run,
    preview=_preview,
)
