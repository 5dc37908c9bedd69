"""Where the Tasks API keeps things, and the requests that more than one operation makes."""

from tools.contract import Api, Request
from tools.models.entity import Configuration, Task

TASKS = ("rules", "v1", "tasks")


def task_path(task_id: str, *below: str) -> tuple[str, ...]:
    """Return the path segments of a task, or of what lies below it."""
    return (*TASKS, task_id, *below)


async def fetch_task(api: Api, task_id: str, graph_format: str = "simplified") -> Task:
    """Return the task as it is now, its graph in the given format."""
    reply = await api.send(Request("GET", task_path(task_id), query=(("format", graph_format),)), Task)
    return reply.body


async def fetch_configuration(api: Api, task_id: str, graph_format: str | None = None) -> dict[str, object]:
    """Return the task's specification, as it was posted."""
    query = (("format", graph_format),) if graph_format else ()
    reply = await api.send(Request("GET", task_path(task_id, "conf"), query=query), Configuration)
    return reply.body.root
