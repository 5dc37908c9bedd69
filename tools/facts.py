"""What a task is right now, cleaned for showing: the one place that turns a service answer into facts."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from pydantic import Field

from tools.models.entity import Health, Task
from tools.models.lazy import Lazy
from tools.text import clean, iso, plain, quoted, span

MAX_ITEMS = 12
_MAX_ITEM = 40
_MAX_ERROR = 200
_IN_ORDER = (
    *("name", "id", "status", "type", "schedule", "template", "resources", "tags", "user", "created", "finished"),
    *("last_run", "runs", "health", "pending_nodes", "errors"),
)
_LABELS = {name: name.replace("_", " ") for name in _IN_ORDER}

LISTS = ("resources", "tags", "pending_nodes")
_WORDED = ("schedule", "health")
_NAMES = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT"
_RULE = re.compile(rf"(?:[0-9*?/,#LW-]|{_NAMES})+(?: (?:[0-9*?/,#LW-]|{_NAMES})+){{4,6}}|[A-Z]+=[A-Z0-9=;:,+-]+")
"""What cron expressions and recurrence rules are made of: no sentence is."""


class TaskFacts(Lazy):
    """A task; times are ISO 8601 in UTC, values from outside are cleaned and capped."""

    id: str
    name: str
    status: str
    type: str | None = None
    schedule: str | None = Field(None, description="When it runs, in words.")
    template: str | None = None
    resources: list[str] = []
    tags: dict[str, str] = {}
    user: str | None = None
    created: str | None = None
    finished: str | None = None
    last_run: str | None = None
    runs: int | None = None
    health: str | None = Field(None, description="Failures of the last runs, at most 64.")
    pending_nodes: list[str] = []
    errors: dict[str, str] = Field({}, description="What went wrong, by node.")
    left_out: dict[str, int] = Field({}, description="How many values of a list are not shown.")


def facts_of(task: Task) -> TaskFacts:
    """Return what is known of `task`, safe to show."""
    tags = {clean(key, _MAX_ITEM): _tag(value) for key, value in list((task.tags or {}).items())[:MAX_ITEMS]}
    resources, nodes = resources_of(task), list(task.pending_nodes or {})
    return TaskFacts(
        id=clean(task.id),
        name=clean(task.name or ""),
        status=clean(task.status or "unknown"),
        type=_cleaned(task.type),
        schedule=_schedule(task),
        template=_cleaned(task.template),
        resources=[clean(resource, _MAX_ITEM) for resource in resources[:MAX_ITEMS]],
        tags=tags,
        user=_cleaned(task.user),
        created=iso(task.create_time),
        finished=iso(task.finished_time),
        last_run=iso(task.last_execution_time),
        runs=task.invocation_count,
        health=health_text(task.health),
        pending_nodes=[clean(node, _MAX_ITEM) for node in nodes[:MAX_ITEMS]],
        errors=_errors(task.raw_data or {}),
        left_out=_left_out(
            tags=len(task.tags or {}) - len(tags),
            resources=len(resources) - MAX_ITEMS,
            pending_nodes=len(nodes) - MAX_ITEMS,
        ),
    )


def fact_lines(facts: TaskFacts) -> Iterator[tuple[str, str]]:
    """Yield the facts that there are as label and value, in the order in which a person wants them."""
    for name, label in _LABELS.items():
        value = getattr(facts, name)
        if value or value == 0:
            yield label, _line(name, value) + more(facts.left_out.get(name))


def more(left_out: int | None) -> str:
    """Return what stands behind a list of which not everything is shown."""
    return f" +{left_out} more" if left_out else ""


def health_text(health: Health | None) -> str | None:
    """Return the health as a short text; the service counts over at most 64 runs and does not say over how many."""
    if health is None or health.errors_count is None:
        return None
    rate = "" if health.errors_rate is None else f" ({health.errors_rate:.0%})"
    return f"{health.errors_count} failed{rate}"


def _line(name: str, value: Any) -> str:
    if name == "name":
        return quoted(value)
    if name == "errors":
        return "; ".join(f"{plain(node)}: {quoted(text)}" for node, text in value.items())
    return ", ".join(parts(value)) if name in LISTS else _one(name, value)


def parts(value: Any) -> list[str]:
    """Return the items of a list, or of tags, each as a text that cannot pose as another item."""
    if isinstance(value, Mapping):
        return [f"{plain(key)}={plain(text)}" for key, text in cast("Mapping[str, str]", value).items()]
    return [plain(item) for item in value]


def _one(name: str, value: object) -> str:
    """Return a single value; what is worded here is not quoted as a whole."""
    return str(value) if name in _WORDED else plain(value)


def _left_out(**counts: int) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count > 0}


def _errors(raw_data: Mapping[str, Any]) -> dict[str, str]:
    """Return the error texts among the nodes' last data, where a node has one."""
    data = [(node, cast("Mapping[str, object]", data)) for node, data in raw_data.items() if isinstance(data, dict)]
    found = [(node, one["error"]) for node, one in data if isinstance(one.get("error"), str)]
    return {clean(node, _MAX_ITEM): clean(text, _MAX_ERROR) for node, text in found[:MAX_ITEMS]}


def _tag(value: object) -> str:
    return clean(value if isinstance(value, str) else json.dumps(value), _MAX_ITEM)


def _cleaned(value: str | None) -> str | None:
    return clean(value) if value else None


def resources_of(task: Task) -> list[str]:
    """Return the resources of a task, each once."""
    return list(dict.fromkeys([*([task.resource] if task.resource else []), *(task.resource_ids or [])]))


def _schedule(task: Task) -> str | None:
    """Return when the task runs; what its type does not go by is only left over from another one."""
    if task.frequency and task.type in ("periodic", None):
        return f"every {span(task.frequency)}"
    if task.type not in ("scheduled", None):
        return None
    rule = f"cron {_rule(task.cron)}" if task.cron else f"rrule {_rule(task.rrule)}" if task.rrule else None
    return f"{rule} ({plain(task.time_zone)})" if rule and task.time_zone else rule


def _rule(value: str) -> str:
    return clean(value) if _RULE.fullmatch(value) else quoted(value)
