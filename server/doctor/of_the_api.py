"""The service's version, and which of the parameters that are sent to it have their effect."""

import re
import secrets
import uuid
from dataclasses import dataclass
from typing import Any

import anyio

from server.doctor.asking import Asked
from server.doctor.check import Finding, fine, warning
from server.doctor.examined import Examined, known
from server.doctor.of_the_gateway import PAGED
from tools.models.entity import Configuration, TaskListing
from tools.tasks_api import TASKS
from tools.text import plain

_ABOUT = ("rules", "v1")
_WRITTEN_FOR = (6, 20)
_AT_ONCE = 4
_FAR = "4102444800000"
"""The year 2100 in epoch milliseconds."""

_OLD = "forceStop of a delete cannot be tried without deleting; services before 6.20 may ignore it."


@dataclass(frozen=True, slots=True)
class _Filter:
    """A filter that no task can pass.

    Attributes:
        argument: What list_tasks calls it.
        query: The filter as it is sent.
    """

    argument: str
    query: tuple[str, str]


def _filters() -> list[_Filter]:
    """Return filters by names that no task has, so that a service which knows them finds nothing."""
    nobody = f"doctor-{secrets.token_hex(8)}"
    wire = {
        "name": ("name", nobody),
        "template": ("template", nobody),
        "resource": ("resource", nobody),
        "resource_type": ("resourceType", nobody),
        "tags": (f"tags.{nobody}", nobody),
        "tag_keys": ("tags", nobody),
        "plugin": ("plugin", nobody),
        "filter": ("filter", nobody),
        "ids": ("ids", str(uuid.uuid4())),
        "id": ("id", str(uuid.uuid4())),
        "resource_metadata_expression": ("resourceMetadataExpression", nobody),
        "created_after": ("createdAfter", _FAR),
        "created_before": ("createdBefore", "0"),
        "finished_before": ("finishedBefore", "0"),
    }
    return [_Filter(argument, query) for argument, query in wire.items()]


async def look_at_api(examined: Examined) -> Finding:
    """Ask for the version, and for tasks that there cannot be."""
    asking = known(examined.asking)
    about = await asking.ask(_ABOUT, Configuration)
    version = _version(about)
    if not examined.total:
        return _named(version, [], "Which parameters it knows cannot be seen while there are no tasks.")
    ignored: list[str] = []
    limiter = anyio.CapacityLimiter(_AT_ONCE)

    async def try_one(one: _Filter) -> None:
        async with limiter:
            answer = await asking.ask(TASKS, TaskListing, (one.query, ("hits", "1")), PAGED)
            if _is_ignored(answer):
                ignored.append(one.argument)

    filters = _filters()
    async with anyio.create_task_group() as tasks:
        for one in filters:
            tasks.start_soon(try_one, one)
    if await _lacks_health(examined):
        ignored.append("include_health")
    return _named(version, ignored, f"Each of {len(filters) + 1} parameters of list_tasks has its effect.")


def _is_ignored(asked: Asked[TaskListing]) -> bool:
    """Tell whether tasks came back although none can match. A refusal is no reason for doubt: nobody is misled."""
    return asked.reply is not None and bool(asked.reply.body.tasks)


async def _lacks_health(examined: Examined) -> bool:
    query = (("includeHealth", "true"), ("hits", "1"))
    asked = await known(examined.asking).ask(TASKS, TaskListing, query, PAGED)
    tasks = asked.reply.body.tasks if asked.reply is not None else []
    return bool(tasks) and all(task.health is None for task in tasks)


def _version(asked: Asked[Configuration]) -> str | None:
    if asked.reply is None:
        return None
    version: Any = asked.reply.body.root.get("version")
    return version if isinstance(version, str) and version else None


def _named(version: str | None, ignored: list[str], otherwise: str) -> Finding:
    name = f"Rules engine {plain(version, 40)}." if version else "The service does not say which version it is."
    details = {"version": version and plain(version, 40), "without_effect": sorted(ignored)}
    if ignored:
        says = f"{name} It ignores {', '.join(sorted(ignored))}: a list that is filtered by that shows too much."
        cure = "Ask for a newer rules engine, or do not use these. The server says so in a list where it can see it."
        return warning(says, cure, _OLD, **details)
    if version and _is_older(version):
        return warning(
            f"{name} This server was written for 6.20. {otherwise}", "Ask for 6.20 or newer.", _OLD, **details
        )
    return fine(f"{name} {otherwise}", **details)


def _is_older(version: str) -> bool:
    found = re.match(r"(\d{1,6})\.(\d{1,6})", version)
    return found is not None and (int(found[1]), int(found[2])) < _WRITTEN_FOR
