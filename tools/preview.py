"""What a person is shown about a task before it is stopped, replaced or deleted."""

from tools.contract import Api, Outcome, Preview
from tools.facts import fact_lines, facts_of
from tools.models.entity import Task
from tools.tasks_api import fetch_configuration, fetch_task

_SHOWN = ("name", "id", "status", "type", "schedule", "template", "resources", "last run")


def preview_of(
    task: Task, configuration: dict[str, object], *, question: str, consequence: str, answered: Outcome | None = None
) -> Preview:
    """Return the preview of an operation on `task`, bound to its status and specification.

    Counters and times move by themselves, so they are shown but not bound.
    """
    facts = tuple((label, value) for label, value in fact_lines(facts_of(task)) if label in _SHOWN)
    state = {"status": task.status, "specification": configuration}
    return Preview(question, facts, consequence, state, answered)


async def look(api: Api, task_id: str) -> tuple[Task, dict[str, object]]:
    """Fetch the task and its specification."""
    return await fetch_task(api, task_id), await fetch_configuration(api, task_id)
