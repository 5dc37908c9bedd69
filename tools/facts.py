"""What a task is right now, cleaned for showing: the one place that turns a service answer into facts."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from tools.models.entity import Health, Task
from tools.models.lazy import Lazy
from tools.text import clean, iso, quoted, span

MAX_TAGS = 12
_MAX_TAG = 40


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
    tags_left_out: int = 0
    user: str | None = None
    created: str | None = None
    finished: str | None = None
    last_run: str | None = None
    runs: int | None = None
    health: str | None = Field(None, description="How many of the last 64 runs failed.")
    pending_nodes: list[str] = []


def facts_of(task: Task) -> TaskFacts:
    """Return what is known of `task`, safe to show."""
    tags = task.tags or {}
    return TaskFacts(
        id=clean(task.id),
        name=clean(task.name or ""),
        status=clean(task.status or "unknown"),
        type=_cleaned(task.type),
        schedule=_schedule(task),
        template=_cleaned(task.template),
        resources=_resources(task),
        tags={clean(key, _MAX_TAG): _tag(value) for key, value in list(tags.items())[:MAX_TAGS]},
        tags_left_out=max(0, len(tags) - MAX_TAGS),
        user=_cleaned(task.user),
        created=iso(task.create_time),
        finished=iso(task.finished_time),
        last_run=iso(task.last_execution_time),
        runs=task.invocation_count,
        health=health_text(task.health),
        pending_nodes=[clean(node, _MAX_TAG) for node in list(task.pending_nodes or {})[:MAX_TAGS]],
    )


def fact_lines(facts: TaskFacts) -> Iterator[tuple[str, str]]:
    """Yield the facts that there are as label and value, in the order in which a person wants them."""
    values: Mapping[str, Any] = facts.model_dump()
    for label in ("name", "id", "status", "type", "schedule", "template", "resources", "tags", "user"):
        if values[label]:
            yield label, _line(label, values[label])
    for label in ("created", "finished", "last_run", "runs", "health", "pending_nodes"):
        if values[label] not in (None, []):
            yield label.replace("_", " "), _line(label, values[label])
    if facts.tags_left_out:
        yield "tags left out", f"{facts.tags_left_out} (get_task_configuration has them all)"


def health_text(health: Health | None) -> str | None:
    """Return the health as a short text."""
    return None if health is None else f"{health.errors_count}/64 failed ({health.errors_rate:.0%})"


def _line(label: str, value: Any) -> str:
    if label == "name":
        return quoted(value)
    if isinstance(value, dict):
        return ", ".join(f"{key}={text}" for key, text in value.items())  # pyright: ignore[reportUnknownVariableType]
    return ", ".join(value) if isinstance(value, list) else str(value)  # pyright: ignore[reportUnknownArgumentType]


def _tag(value: object) -> str:
    return clean(value if isinstance(value, str) else json.dumps(value), _MAX_TAG)


def _cleaned(value: str | None) -> str | None:
    return clean(value) if value else None


def _resources(task: Task) -> list[str]:
    named = [task.resource] if task.resource else []
    others = [resource for resource in task.resource_ids or [] if resource not in named]
    return [clean(resource, _MAX_TAG) for resource in (named + others)[:MAX_TAGS]]


def _schedule(task: Task) -> str | None:
    if task.frequency:
        return f"every {span(task.frequency)}"
    rule = f"cron {clean(task.cron)}" if task.cron else f"rrule {clean(task.rrule)}" if task.rrule else None
    return f"{rule} ({clean(task.time_zone)})" if rule and task.time_zone else rule
