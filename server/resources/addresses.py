"""The addresses of resources, and what they name."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from server.resources.catalog import CONFIGURATION, OVERVIEW_URI, TASK, TASK_ID
from server.resources.kinds import Live

if TYPE_CHECKING:
    from mcp.shared.uri_template import UriTemplate

_MOST = 500
"""Characters that an address of ours has at most; an ID has no more than 128."""


@dataclass(frozen=True, slots=True)
class Address:
    """What an address names: a resource, and for templates the task."""

    resource: Live
    task_id: str | None = None


def address_of(uri: str, among: Iterable[Live]) -> Address | None:
    """Return what an address names among these; None when it names nothing there. The task need not exist."""
    for resource in among:
        if not resource.is_template:
            if uri == resource.uri:
                return Address(resource)
        elif (found := _matched(resource.uri, uri)) is not None:
            return Address(resource, found)
    return None


def task_uri(task_id: str) -> str:
    """Return the address of a task."""
    return _expanded(TASK.uri, task_id)


def configuration_uri(task_id: str) -> str:
    """Return the address of a task's configuration."""
    return _expanded(CONFIGURATION.uri, task_id)


def touched(task_id: str | None) -> Iterator[str]:
    """Yield the addresses of what may be different after a change to a task; None is one that is not known."""
    if task_id is not None:
        yield task_uri(task_id)
        yield configuration_uri(task_id)
    yield OVERVIEW_URI


def _matched(template: str, uri: str) -> str | None:
    """Return the task's ID in an address; only the one spelling counts by which subscribers are told as well."""
    found = _parsed(template).match(uri, max_uri_length=_MOST)
    task_id = found.get(TASK_ID) if found else None
    return task_id if isinstance(task_id, str) and task_id and _expanded(template, task_id) == uri else None


def _expanded(template: str, task_id: str) -> str:
    return _parsed(template).expand({TASK_ID: task_id})


@cache
def _parsed(template: str) -> "UriTemplate":
    from mcp.shared.uri_template import UriTemplate

    return UriTemplate.parse(template)
