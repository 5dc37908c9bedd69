"""Replace a task's specification."""

from typing import Annotated

from pydantic import Field, WithJsonSchema

from tools.contract import Api, Args, Effect, NotPossible, Operation, Outcome, Preview, Request
from tools.difference import differences
from tools.facts import facts_of
from tools.models.entity import ACTIVE, Task
from tools.models.queries import TaskRef
from tools.models.specification import Specification
from tools.preview import look, preview_of
from tools.target import Target
from tools.task_result import TaskResult, task_statement
from tools.tasks_api import fetch_task, task_path
from tools.text import plain
from tools.timing import with_words


class ReplaceTask(Args, TaskRef):
    """Arguments of replace_task."""

    specification: Annotated[Specification, WithJsonSchema({"type": "object"})] = Field(
        description="The whole new document, as create_task describes it."
    )


async def _run(api: Api, args: ReplaceTask) -> Outcome:
    """Replace, and neither stop a task nor start one unless the document says so.

    A configuration holds the `start` it was once posted with, not what the task does now, and the service takes a
    missing one for true: written back as it is, it could end a task's runs or resume them.
    """
    before = await fetch_task(api, args.task_id)
    _refuse_another_status(api.target, before)
    document = _keeping_its_state(args.specification, before)
    reply = await api.send(Request("PUT", task_path(args.task_id), body=document), Task)
    changed = _what_changed(before, reply.body, api.timetable.words(reply.body))
    return task_statement("Replaced the configuration of", reply.body, *changed)


def _refuse_another_status(admitted: Target | None, now: Task) -> None:
    """Let nothing be sent that was put together for another status than this call was admitted for.

    Raises:
        NotPossible: the task was started or stopped, or has failed, a moment ago.
    """
    if admitted is not None and admitted.status != (now.status or "unknown"):
        raise NotPossible(
            f"The task was {plain(admitted.status)} a moment ago, and is {plain(now.status or 'unknown')} now.",
            "get_task shows what it is. Call replace_task again for the task as it is now.",
        )


def _keeping_its_state(document: Specification, before: Task) -> Specification:
    """Return the document with which a stopped task stays stopped where `start` is not given.

    Raises:
        NotPossible: it would stop the task, and nobody was asked whether that is meant.
    """
    start = document.settings.get("start")
    if before.status in ACTIVE and (ending := _what_ends_it(document, before)):
        raise NotPossible(
            f"The task is {before.status}, and {ending} in the specification would end it.",
            "To keep it running, leave that out. If the user wants it stopped, call stop_task first.",
        )
    return document.with_setting("start", value=False) if start is None and before.status == "stopped" else document


def _what_ends_it(document: Specification, before: Task) -> str | None:
    if document.settings.get("start") is False:
        return "start: false"
    once = document.settings.get("type") == "onetime" and before.type != "onetime"
    return "type: onetime" if once else None


def _what_changed(before: Task, after: Task, words: str | None) -> list[str]:
    """Return what it runs by now, and what it did before where that is something else."""
    schedule = facts_of(after).schedule
    lines = [f"Schedule: {with_words(schedule, words)}."] if schedule else []
    return lines if before.status == after.status else [*lines, f"Before: {plain(before.status or 'unknown')}."]


async def _preview(api: Api, args: ReplaceTask) -> Preview:
    """Fetch the task, and say what the new document changes.

    Raises:
        NotPossible: it would stop the task.
    """
    task, configuration = await look(api, args.task_id)
    document = _keeping_its_state(args.specification, task)
    return preview_of(
        task,
        configuration,
        question="Replace this task's configuration?",
        words=api.timetable.words(task),
        consequence=(
            f"The configuration it has now is replaced whole.{_what_starts(task, document)} The old one can be brought "
            "back (undo)."
        ),
        difference=differences(configuration, _as_shown(configuration, args.specification, document)),
    )


def _what_starts(before: Task, document: Specification) -> str:
    """Return what becomes of a task that does not run: whoever agrees to a new configuration may start it thereby."""
    if before.status in ACTIVE:
        return ""
    if document.settings.get("start") is False:
        return " It stays stopped." if before.status == "stopped" else " It is not started."
    return f" It is {plain(before.status or 'unknown')} now, and this starts it."


def _as_shown(configuration: dict[str, object], given: Specification, sent: Specification) -> Specification:
    """Return the document as it is sent, but without a `start` that neither the caller nor the task knows of."""
    return sent if "start" in given.settings or "start" in Specification(configuration).settings else given


REPLACE_TASK = Operation(
    name="replace_task",
    title="Replace task",
    description=(
        "Replace a task's whole configuration, keeping its ID. What the new document leaves out is gone: get "
        "the old one from get_task_configuration, change it, drop start and pass it all. A stopped task then "
        "stays stopped, any other runs; start: true starts it. To stop one, use stop_task."
    ),
    effect=Effect.DESTROY,
    args=ReplaceTask,
    result=TaskResult,
    run=_run,
    preview=_preview,
)
