"""Stop a task."""

from tools.contract import Api, Args, Effect, NotPossible, Operation, Outcome, Preview, Request
from tools.models.entity import Task
from tools.models.queries import TaskRef
from tools.outcomes import Statement
from tools.preview import look, preview_of
from tools.task_result import TaskResult, task_statement
from tools.tasks_api import task_path


class StopTask(Args, TaskRef):
    """Arguments of stop_task."""


async def _run(api: Api, args: StopTask) -> Outcome:
    reply = await api.send(Request("POST", task_path(args.task_id, "command", "stop")), Task)
    return task_statement("Stopped", reply.body)


async def _preview(api: Api, args: StopTask) -> Preview:
    """Fetch the task; a stopped one is answered without asking.

    Raises:
        NotPossible: the task has failed; the service stops only what runs or is pending.
    """
    task, configuration = await look(api, args.task_id)
    if task.status == "failed":
        raise NotPossible(
            "The task has failed: it no longer runs, so there is nothing to stop.",
            "start_task runs it again; delete_task removes it.",
        )
    return preview_of(
        task,
        configuration,
        question="Stop this task?",
        words=api.timetable.words(task),
        consequence=(
            "It does not run again until it is started again: what it watches for goes unnoticed meanwhile. Its "
            "configuration and history stay, and it can be started again."
        ),
        answered=_nothing_to_do(task) if task.status == "stopped" else None,
    )


def _nothing_to_do(task: Task) -> Statement:
    return task_statement("Already stopped, nothing was changed:", task)


STOP_TASK = Operation(
    name="stop_task",
    title="Stop task",
    description=(
        "Stop a running or pending task. It keeps its configuration and history and can be started again with "
        "start_task; to remove it, use delete_task."
    ),
    effect=Effect.DESTROY,
    args=StopTask,
    result=TaskResult,
    run=_run,
    preview=_preview,
)
