"""Read a task's specification."""

from typing import Annotated, Any

from pydantic import Field

from tools.contract import Api, Args, Effect, Operation, Outcome
from tools.models.lazy import Lazy
from tools.models.queries import GetConfigurationQuery, TaskRef
from tools.models.scalars import WHOLE
from tools.outcomes import Document, Part
from tools.tasks_api import fetch_configuration


class GetTaskConfiguration(Args, GetConfigurationQuery, TaskRef):
    """Arguments of get_task_configuration."""

    offset: Annotated[int, Field(ge=0), WHOLE] = Field(0, description="Continue a long answer here; join all parts.")


class TaskConfiguration(Lazy):
    """A task's specification, or a part of its JSON text where it is too large for one result."""

    task_id: str
    specification: dict[str, Any] | None = None
    part: Part | None = None


async def _run(api: Api, args: GetTaskConfiguration) -> Outcome:
    graph_format = f', format="{args.format}"' if args.format else ""
    return Document(
        heading=f"Configuration of task {args.task_id}:",
        call=f'get_task_configuration(task_id="{args.task_id}"{graph_format}',
        document=await fetch_configuration(api, args.task_id, args.format),
        field="specification",
        data={"task_id": args.task_id},
        offset=args.offset,
    )


GET_TASK_CONFIGURATION = Operation(
    name="get_task_configuration",
    title="Get task configuration",
    description=(
        "Return a task's configuration as posted: the JSON document to pass as specification, edited to replace_task, "
        "or with another name to create_task for a copy. It holds no ID, status or runs; get_task has those."
    ),
    effect=Effect.READ,
    args=GetTaskConfiguration,
    result=TaskConfiguration,
    run=_run,
)
