"""Start a task."""

from tools.contract import Api, Args, Effect, Operation, Outcome, Request
from tools.models.entity import ACTIVE, Task
from tools.models.queries import TaskRef
from tools.task_result import TaskResult, task_statement
from tools.tasks_api import fetch_task, task_path


class StartTask(Args, TaskRef):
    """Arguments of start_task."""


async def _run(api: Api, args: StartTask) -> Outcome:
    """Start the task; one that runs already is left alone, and a service that is asked would call that an error."""
    before = await fetch_task(api, args.task_id)
    if before.status in ACTIVE:
        return task_statement("Already started, nothing was changed:", before)
    reply = await api.send(Request("POST", task_path(args.task_id, "command", "start")), Task)
    return task_statement("Started", reply.body, f'To end it again: stop_task(task_id="{args.task_id}").')


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
    repeatable=False,
)
