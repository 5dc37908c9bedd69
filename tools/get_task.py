"""Look at one task."""

from typing import Any

from pydantic import Field

from tools.contract import Api, Args, Effect, Operation, Outcome
from tools.facts import TaskFacts, facts_of
from tools.graph_summary import graph_summary
from tools.models.entity import Task
from tools.models.lazy import Lazy
from tools.models.queries import GetQuery, TaskRef
from tools.outcomes import Document, Part, Statement
from tools.task_result import task_description
from tools.tasks_api import fetch_task


class GetTask(Args, GetQuery, TaskRef):
    """Arguments of get_task."""

    offset: int = Field(0, ge=0, description="Continue a long answer here.")


class TaskDetails(Lazy):
    """A task, and with a graph format all that the service says of it."""

    task: TaskFacts
    graph: str | None = Field(default=None, description="The rule graph in one line.")
    details: dict[str, Any] | None = Field(default=None, description="Graph and runtime data as the service has them.")
    part: Part | None = None


async def _run(api: Api, args: GetTask) -> Outcome:
    task = await fetch_task(api, args.task_id, args.format or "simplified")
    if args.format is None:
        return _facts(task)
    return Document(
        heading=f"{task_description(task)}\nRuntime data and graph:",
        call=f'get_task(task_id="{args.task_id}", format="{args.format}"',
        document=_details(task),
        field="details",
        data={"task": facts_of(task).model_dump(mode="json", exclude_none=True)},
        offset=args.offset,
    )


def _facts(task: Task) -> Statement:
    graph = graph_summary(task)
    text = f'{task_description(task)}\ngraph: {graph} (format="simplified" shows it with the runtime data)'
    return Statement(text, TaskDetails(task=facts_of(task), graph=graph))


def _details(task: Task) -> dict[str, Any]:
    """Return every field that is not among the facts, and then the graph, as the service sent them."""
    sent = task.model_dump(mode="json", by_alias=True, exclude_unset=True)
    facts = {field.alias for field in Task.model_fields.values()} - {"pendingNodes"}
    return {key: value for key, value in sent.items() if key not in facts} | {"network": sent.get("network")}


GET_TASK = Operation(
    name="get_task",
    title="Get task",
    description=(
        "Show one task: status, schedule, tags, runs, last run, pending nodes and a summary of its rule graph. With "
        "format also the graph and the last data of its nodes. For something to edit or copy, use "
        "get_task_configuration; for failed runs, list_tasks with ids and include_health."
    ),
    effect=Effect.READ,
    args=GetTask,
    result=TaskDetails,
    run=_run,
)
