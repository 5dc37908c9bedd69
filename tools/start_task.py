"""Start a task."""

from tools.contract import Api, Args, Effect, Operation, Outcome, Request
from tools.models.entity import Task
from tools.models.queries import TaskRef
from tools.task_result import TaskResult, task_statement
from tools.tasks_api import task_path


class StartTask(Args, TaskRef):
    """Arguments of start_task."""


async def _run(api: Api, args: StartTask) -> Outcome:
    reply = await api.send(Request("POST", task_path(args.task_id, "command", "start")), Task)
    return task_statement("Started", reply.body, f'To undo: stop_task(task_id="{args.task_id}").')


START_TASK = Operation(
    name="start_task",
    title="Start task",
    description=(
        "Start a stopped or failed task with the configuration it has. A running task is refused unchanged. "
        "A one-time task runs once more."
    ),
    effect=Effect.WRITE,
    args=StartTask,
    result=TaskResult,
    run=_run,
)
