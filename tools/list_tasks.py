"""List tasks, a page at a time."""

from collections.abc import Mapping
from typing import Any, cast

from pydantic import Field

from tools.contract import Api, Args, Effect, Operation, Outcome, Reply, Request
from tools.doubts import doubts
from tools.models.entity import TaskListing
from tools.models.queries import ListQuery
from tools.models.scalars import TextList
from tools.paging import Page, TaskPage
from tools.rows import ALWAYS, Column, row_of
from tools.tasks_api import TASKS
from tools.text import clean

PAGED = "application/vnd.waylay.paged+json"
_NOT_FILTERS = frozenset({"hits", "start_index", "fields", "include_health", "format"})
_MAX_SHOWN, _MAX_ITEMS, _MAX_KEYS = 60, 3, 10


class ListTasks(Args, ListQuery):
    """Arguments of list_tasks."""

    fields: TextList[Column] = Field([], max_length=20, description="Extra columns.")


async def _run(api: Api, args: ListTasks) -> Outcome:
    asked = args.model_copy(update={"include_health": True}) if "health" in args.fields else args
    reply = await api.send(Request("GET", TASKS, query=ListQuery.pairs(asked), accept=PAGED), TaskListing)
    columns = _columns(asked)
    given = args.model_dump(mode="json", exclude_unset=True)
    return Page(
        rows=[row_of(task, columns) for task in reply.body.tasks],
        columns=columns,
        total=_total(reply),
        start_index=args.start_index,
        hits=args.hits,
        arguments={name: value for name, value in given.items() if name != "start_index"},
        filters={name: _filter(value) for name, value in given.items() if name not in _NOT_FILTERS},
        notes=list(doubts(asked, reply.body.tasks)),
    )


def _columns(args: ListTasks) -> tuple[str, ...]:
    wanted = [*args.fields, *(["health"] if args.include_health else [])]
    return tuple(dict.fromkeys((*ALWAYS, *wanted)))


def _total(reply: Reply[TaskListing]) -> int | None:
    """Return how many tasks match: the service says so in the page, or in the header `X-Count`."""
    header = reply.headers.get("x-count", "")
    return reply.body.total if reply.body.total is not None else int(header) if header.isdigit() else None


def _filter(value: Any) -> Any:
    """Return a filter's value as it is repeated to the reader: short and on one line."""
    if isinstance(value, Mapping):
        pairs = list(cast("Mapping[str, Any]", value).items())
        return {clean(key, _MAX_SHOWN): _filter(item) for key, item in pairs[:_MAX_KEYS]}
    if isinstance(value, list):
        items = cast("list[Any]", value)
        left_out = len(items) - _MAX_ITEMS
        return [*map(_filter, items[:_MAX_ITEMS]), *([f"and {left_out} more"] if left_out > 0 else [])]
    return clean(value, _MAX_SHOWN) if isinstance(value, str) else value


LIST_TASKS = Operation(
    name="list_tasks",
    title="List tasks",
    description=(
        "Find tasks and their IDs; all given filters must match. Answers with a summary and CSV rows. When there is "
        "more, the last line is the next call. get_task shows one task in full."
    ),
    effect=Effect.READ,
    args=ListTasks,
    result=TaskPage,
    run=_run,
)
