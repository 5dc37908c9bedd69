"""Does the page keep what its filters promise?

An older service ignores query parameters that it does not know, and then answers with more than was asked for
(`status=pending`, tags and health came after version 6.5). What the rows themselves contradict is said.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from tools.models.entity import Task
from tools.models.queries import ListQuery


def doubts(query: ListQuery, tasks: Sequence[Task]) -> Iterator[str]:
    """Yield a note for each filter that rows of the page visibly do not keep."""
    for name, keeps in _checks(query).items():
        broken = sum(1 for task in tasks if not keeps(task))
        if broken:
            yield f"Careful: {broken} rows of this page do not match {name}; this service may ignore that filter."
    if query.include_health and tasks and all(task.health is None for task in tasks):
        yield "Careful: this service reports no health."


def _checks(query: ListQuery) -> Mapping[str, Callable[[Task], bool]]:
    checks: dict[str, Callable[[Task], bool]] = {}
    if query.status:
        checks["status"] = lambda task: task.status == query.status
    if query.type:
        checks["type"] = lambda task: task.type in (query.type, None)
    if query.tags:
        checks["tags"] = lambda task: _has_tags(task, query.tags or {})
    if query.tag_keys:
        checks["tag_keys"] = lambda task: any(key in (task.tags or {}) for key in query.tag_keys or ())
    return checks


def _has_tags(task: Task, wanted: Mapping[str, Sequence[str] | None]) -> bool:
    tags = task.tags or {}
    return all(key in tags and (accepted is None or _one_of(tags[key], accepted)) for key, accepted in wanted.items())


def _one_of(value: object, accepted: Sequence[str]) -> bool:
    """Tell whether a tag has one of the values, as far as that can be said: lists and numbers may compare otherwise."""
    return not isinstance(value, (str, bool)) or str(value).lower() in [text.lower() for text in accepted]
