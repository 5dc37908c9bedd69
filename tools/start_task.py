"""Start a task."""

from tools.contract import Api, Args, Effect, Operation, Outcome, Preview, Request
from tools.models.entity import ACTIVE, Task
from tools.models.queries import TaskRef
from tools.preview import look, preview_of
from tools.task_result import TaskResult, task_statement
from tools.tasks_api import task_path


class StartTask(Args, TaskRef):
    """Arguments of start_task."""


async def _run(api: Api, args: StartTask) -> Outcome:
    reply = await api.send(Request("POST", task_path(args.task_id, "command", "start")), Task)
    return task_statement("Started", reply.body)


async def _preview(api: Api, args: StartTask) -> Preview:
    """Fetch the task; one that runs already is left alone: a service that is asked would call that an error."""
    task, configuration = await look(api, args.task_id)
    active = task.status in ACTIVE
    return preview_of(
        task,
        configuration,
        question="Start this task?",
        words=api.timetable.words(task),
        consequence="It runs with the configuration it has, and does what its actuators do. It can be stopped again.",
        answered=task_statement("Already started, nothing was changed:", task) if active else None,
    )


START_TASK = Operation(
    name="start_task",
    title="Start task",
    description=(
        "Start a stopped or failed task with the configuration it has. A one-time task runs "
        "once more; a running task is left as it is."
    ),
    effect=Effect.WRITE,
    args=StartTask,
    result=TaskResult,
    run=_run,
    preview=_preview,
    repeatable=False,
)
