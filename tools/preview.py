"""What a person is shown about a task before it is stopped, replaced or deleted."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from tools.contract import Api, Outcome, Preview, Target
from tools.difference import Difference
from tools.facts import fact_lines, facts_of, resources_of
from tools.models.entity import Task
from tools.tasks_api import fetch_configuration, fetch_task
from tools.timing import with_words

_SHOWN = (
    "name",
    "id",
    "status",
    "type",
    "schedule",
    "template",
    "resources",
    "tags",
    "created",
    "finished",
    "last run",
)
_MOVING = ("last run",)


def preview_of(
    task: Task,
    configuration: dict[str, object],
    *,
    question: str,
    consequence: str,
    words: str | None = None,
    answered: Outcome | None = None,
    difference: Sequence[Difference] = (),
) -> Preview:
    """Return the preview of an operation on `task`, bound to its status and specification.

    So are the facts that are shown, but for those that move by themselves. `words` say what its schedule says, and
    nothing that consent could be bound to besides.
    """
    facts = tuple((label, value) for label, value in fact_lines(facts_of(task)) if label in _SHOWN)
    still = [fact for fact in facts if fact[0] not in _MOVING]
    shown = tuple((label, with_words(value, words) if label == "schedule" else value) for label, value in facts)
    state = {"status": task.status, "specification": configuration, "facts": still}
    before = {"status": task.status, "specification": configuration, **runs_of(task)}
    return Preview(question, shown, consequence, state, answered, _target(task, configuration), before, difference)


def runs_of(task: Task) -> dict[str, int | None]:
    """Return what tells later whether a task has been started since."""
    return {"last_run": task.last_execution_time, "finished": task.finished_time}


def _target(task: Task, configuration: Mapping[str, Any]) -> Target:
    settings = configuration.get("task", configuration)
    protected = isinstance(settings, Mapping) and cast("Mapping[str, Any]", settings).get("protected") is True
    return Target(
        id=task.id,
        name=task.name or "",
        status=task.status or "unknown",
        type=task.type,
        template=task.template,
        resources=tuple(resources_of(task)),
        tags=task.tags or {},
        protected=protected,
    )


async def look(api: Api, task_id: str) -> tuple[Task, dict[str, object]]:
    """Fetch the task and its specification.

    The specification first: if the task is replaced in between, what is shown is newer than what consent is bound to,
    and the next look notices. The other way around a person would agree to what they were not shown.
    """
    configuration = await fetch_configuration(api, task_id)
    return await fetch_task(api, task_id), configuration
