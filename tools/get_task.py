"""Look at one task."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from tools.contract import Api, Args, Effect, Operation, Outcome
from tools.facts import TaskFacts, facts_of
from tools.graph_summary import graph_summary
from tools.models.entity import Task
from tools.models.lazy import Lazy
from tools.models.queries import GetQuery, TaskRef
from tools.models.scalars import WHOLE
from tools.outcomes import Document, Part, Statement
from tools.task_result import task_description
from tools.tasks_api import fetch_task
from tools.text import without_invisible
from tools.timing import Timing, times_of, timing_lines

_WHOLE = frozenset({"resourceIds", "pendingNodes", "rawData"})
"""What the details repeat whole, though the facts show some of it."""


class GetTask(Args, GetQuery, TaskRef):
    """Arguments of get_task."""

    offset: Annotated[int, Field(ge=0), WHOLE] = Field(0, description="Continue a long answer here.")

    @model_validator(mode="after")
    def _continues_something(self) -> Self:
        """Refuse an offset into an answer that has no parts.

        Raises:
            PydanticCustomError: there is no format.
        """
        if self.offset and self.format is None:
            raise PydanticCustomError("offset", "offset continues an answer with format: give the same format")
        return self


class TaskDetails(Lazy):
    """A task, and with a graph format all that the service says of it."""

    task: TaskFacts
    schedule_in_words: str | None = None
    next_runs: list[str] = []
    next_runs_note: str | None = None
    graph: str | None = Field(default=None, description="The rule graph in one line.")
    details: dict[str, Any] | None = Field(default=None, description="Graph and runtime data as the service has them.")
    part: Part | None = None


async def _run(api: Api, args: GetTask) -> Outcome:
    task = await fetch_task(api, args.task_id, args.format or "simplified")
    timing = await api.timetable.timing(task)
    if args.format is None:
        return _facts(task, timing)
    facts = facts_of(task)
    return Document(
        heading=f"{_described(facts, timing)}\nRuntime data and graph:",
        call=f'get_task(task_id="{args.task_id}", format="{args.format}"',
        document=_details(task),
        field="details",
        data={"task": facts.model_dump(mode="json", exclude_none=True), **_timed(timing)},
        offset=args.offset,
    )


def _facts(task: Task, timing: Timing | None) -> Statement:
    facts, graph = facts_of(task), graph_summary(task)
    text = f'{_described(facts, timing)}\ngraph: {graph} (format="simplified" shows it with the runtime data)'
    return Statement(text, TaskDetails(task=facts, graph=graph, **_timed(timing)))


def _described(facts: TaskFacts, timing: Timing | None) -> str:
    """Return the facts one on a line, and behind the schedule what it comes to."""
    return task_description(facts, timing_lines(timing, facts.status) if timing else ())


def _timed(timing: Timing | None) -> dict[str, Any]:
    """Return what a schedule comes to, as data."""
    if timing is None:
        return {}
    told = {"schedule_in_words": timing.words, "next_runs": times_of(timing), "next_runs_note": timing.note}
    return {name: value for name, value in told.items() if value}


def _details(task: Task) -> dict[str, Any]:
    """Return the graph, every field that is not among the facts, and those of which the facts show only a part.

    The graph first: it stays what it is while a long answer is read part by part, and runtime data may not.
    """
    sent = task.model_dump(mode="json", by_alias=True, exclude_unset=True)
    facts = {field.alias for field in Task.model_fields.values()} - _WHOLE
    return without_invisible({"network": sent.get("network")} | {key: sent[key] for key in sent if key not in facts})


GET_TASK = Operation(
    name="get_task",
    title="Get task",
    description=(
        "Show one task: status, schedule, tags, runs, last run, errors, pending nodes and a summary of its rule graph. "
        "With format also the graph and the last data of its nodes. For something to edit or copy, use "
        "get_task_configuration; for failed-run counts, list_tasks with ids and fields health."
    ),
    effect=Effect.READ,
    args=GetTask,
    result=TaskDetails,
    run=_run,
)
