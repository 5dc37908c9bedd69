"""The overview of an estate: how many tasks there are, by the service's own counts, and those that have failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import anyio

from server.errors import CallFailure
from server.reads import Reading
from server.resources.fenced import fenced
from server.upstream.errors import TimedOut, UpstreamFailure
from tools.contract import Shown
from tools.models.queries import TaskStatus, TaskType
from tools.text import iso

LIST_TASKS = "list_tasks"
STATUSES: tuple[str, ...] = ("failed", *(status for status in get_args(TaskStatus) if status != "failed"))
"""What has failed comes first."""

TYPES: tuple[str, ...] = get_args(TaskType)
FAILED: Mapping[str, Any] = {"status": "failed", "hits": 10}

_AT_ONCE = 4
"""Requests under way for one overview: tool calls of others need their turns too."""

_PATIENCE = 10.0
"""Seconds that counting may take; what was not learnt by then is unknown."""

_ROOM = 4_000
"""Characters for the tasks that have failed."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What was counted; None where that could not be learnt.

    Attributes:
        as_of: Epoch seconds at which counting began.
        total: All tasks.
        statuses: Tasks by status.
        types: Tasks by type.
        failed: The first of those that have failed, as list_tasks tells of them.
    """

    as_of: float
    total: int | None
    statuses: Mapping[str, int | None]
    types: Mapping[str, int | None]
    failed: Shown | None


def queries() -> list[Mapping[str, Any]]:
    """Return the arguments of every list_tasks that an overview is made of; what only counts asks for no rows."""
    others = [{"status": status, "hits": 0} for status in STATUSES[1:]]
    return [{"hits": 0}, FAILED, *others, *({"type": kind, "hits": 0} for kind in TYPES)]


async def look_over(reading: Reading, now: float) -> Overview:
    """Count.

    Raises:
        CallFailure: nothing at all could be learnt, or who asks may not.
    """
    asked = queries()
    answers = await _answers(reading, asked)
    counts = [None if answer is None else answer.data.get("total") for answer in answers]
    total, *rest = counts
    statuses, types = rest[: len(STATUSES)], rest[len(STATUSES) :]
    return Overview(
        now, total, dict(zip(STATUSES, statuses, strict=True)), dict(zip(TYPES, types, strict=True)), answers[1]
    )


async def _answers(reading: Reading, asked: Sequence[Mapping[str, Any]]) -> list[Shown | None]:
    """Return the answers in order, None for those that did not come, or not in time.

    Raises:
        CallFailure: none came, or who asks may not.
    """
    answers: list[Shown | None] = [None] * len(asked)
    failures: list[CallFailure] = []
    limiter = anyio.CapacityLimiter(_AT_ONCE)

    async def ask(place: int) -> None:
        async with limiter:
            try:
                answers[place] = (await reading.outcome(LIST_TASKS, asked[place])).fit(_ROOM)
            except CallFailure as failure:
                failures.append(failure)

    with anyio.move_on_after(_PATIENCE):
        async with anyio.create_task_group() as group:
            for place in range(len(asked)):
                group.start_soon(ask, place)
    refusal = next((failure for failure in failures if not isinstance(failure, UpstreamFailure)), None)
    if refusal is not None or not any(answers):
        raise refusal or next(iter(failures), _too_late())
    return answers


def _too_late() -> UpstreamFailure:
    return TimedOut(f"The Waylay service counted nothing within {_PATIENCE:g} seconds.", hint="Try again later.")


def overview_text(overview: Overview) -> str:
    """Return an overview as Markdown."""
    total = "an unknown number of tasks" if overview.total is None else f"{overview.total} tasks"
    lines = [
        f"As of {iso(round(overview.as_of * 1000))}: {total}.",
        "",
        f"- By status: {_counts(overview.statuses)}",
        f"- By type: {_counts(overview.types)}",
        "",
    ]
    failed = "The list of failed tasks could not be read." if overview.failed is None else fenced(overview.failed.text)
    return "\n".join([*lines, failed])


def _counts(counts: Mapping[str, int | None]) -> str:
    return ", ".join(f"{'an unknown number of' if count is None else count} {name}" for name, count in counts.items())
