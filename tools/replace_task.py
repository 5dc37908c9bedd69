"""Replace a task's specification."""

from typing import Annotated

from pydantic import Field, WithJsonSchema

from tools.contract import Api, Args, Effect, Operation, Outcome, Preview, Request
from tools.models.entity import Task
from tools.models.queries import TaskRef
from tools.models.specification import Specification
from tools.preview import look, preview_of
from tools.task_result import TaskResult, task_statement
from tools.tasks_api import task_path


class ReplaceTask(Args, TaskRef):
    """Arguments of replace_task."""

    specification: Annotated[Specification, WithJsonSchema({"type": "object"})] = Field(
        description="The whole new document, as create_task describes it."
    )


async def _run(api: Api, args: ReplaceTask) -> Outcome:
    reply = await api.send(Request("PUT", task_path(args.task_id), body=args.specification), Task)
    return task_statement("Replaced the configuration of", reply.body)


async def _preview(api: Api, args: ReplaceTask) -> Preview:
    task, configuration = await look(api, args.task_id)
    return preview_of(
        task,
        configuration,
        question="Replace this task's configuration?",
        consequence="The configuration it has now is replaced whole and is lost unless it was saved.",
    )


REPLACE_TASK = Operation(
    name="replace_task",
    title="Replace task",
    description=(
        "Replace a task's whole configuration, keeping its ID: what the new document leaves out is gone. Get the "
        "document from get_task_configuration, change it and pass it all. start in it decides whether the task runs "
        "afterwards (default true)."
    ),
    effect=Effect.DESTROY,
    args=ReplaceTask,
    result=TaskResult,
    run=_run,
    preview=_preview,
)
