"""Whether a task is gone: what stands in front of the service says 404 as well, of tasks that are there."""

from server.upstream.errors import NotFound
from tools.contract import Api, Request
from tools.list_tasks import PAGED
from tools.models.entity import TaskListing
from tools.tasks_api import TASKS


async def confirm_gone(api: Api, task_id: str, said: NotFound) -> None:
    """Make sure that a task is gone: the service says so itself, and does not list it either.

    A list with anything in it confirms nothing: it has the task, or the service does not filter as it was asked to.

    Args:
        api: The Tasks API.
        task_id: The task.
        said: What came back when it was asked for.

    Raises:
        NotFound: that is not certain.
        UpstreamFailure: the list could not be had.
    """
    if not said.names_it:
        raise said
    reply = await api.send(Request("GET", TASKS, query=(("ids", task_id), ("hits", "1")), accept=PAGED), TaskListing)
    if reply.body.tasks or reply.body.total:
        raise said
