"""The template of a request's path: what it asks for, without whose."""

from collections.abc import Sequence

from tools.tasks_api import TASKS

_BELOW = frozenset({"conf", "command", "start", "stop"})


def route_of(path: Sequence[str]) -> str:
    """Return a path with `{task_id}` in place of the task's ID, as `/rules/v1/tasks/{task_id}/conf`.

    An ID may be any text, also one that the API itself uses: it goes by its place.
    """
    here = len(TASKS)
    if tuple(path[:here]) != TASKS or len(path) == here:
        return "/" + "/".join(path)
    below = [segment if segment in _BELOW else "{other}" for segment in path[here + 1 :]]
    return "/" + "/".join((*TASKS, "{task_id}", *below))
