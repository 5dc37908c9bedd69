"""A stored task as the service shows it: columns, document and what the clock makes of them."""

from typing import Any

from server.sandbox.graph import graph_of, in_format, nodes_of, resources_of
from server.sandbox.plugins import TEMPLATES
from server.sandbox.schedule import last_run_ms
from server.sandbox.store import TaskRow

Document = dict[str, Any]

_HEALTH_WINDOW = 64
_SHOWN = ("tags", "resetObservations", "parallel", "gatesNeedFullObservation", "cron", "rrule", "timeZone", "frequency")


def settings_of(document: Document) -> Document:
    """Return a stored document's settings, with the defaults of its template."""
    settings: Document = document.get("task", document)
    if "template" in document and "type" not in document:
        return TEMPLATES[document["template"]]["taskDefaults"] | settings
    return settings


def runs_so_far(row: TaskRow, document: Document, now_ms: int) -> tuple[int, int | None]:
    """Return how often a task has run by now, and when it last did."""
    if row.started_ms is None:
        return row.runs, row.last_run_ms
    last = last_run_ms(settings_of(document), row.started_ms, row.interval_ms, now_ms)
    since = (now_ms - row.started_ms) // row.interval_ms if row.interval_ms else 0
    return row.runs + max(since, 1 if last else 0), last or row.last_run_ms


def entity(row: TaskRow, document: Document, now_ms: int, graph_format: str) -> Document:
    """Return a task with its runtime information, as a listing shows it."""
    settings, graph = settings_of(document), graph_of(document)
    runs, last_run = runs_so_far(row, document, now_ms)
    shown: Document = {
        "ID": row.id,
        "name": row.name,
        "status": row.status,
        "type": row.type,
        "user": row.user,
        "createTime": row.created_ms,
        "template": row.template,
        "resource": row.resource,
        "resourceIds": resources_of(graph, row.resource),
        "network": in_format(graph, graph_format),
        "invocationCount": runs,
        "lastExecutionTime": last_run,
        "finishedTime": row.finished_ms,
        **{name: settings[name] for name in _SHOWN if name in settings},
    }
    return {name: value for name, value in shown.items() if value is not None}


def details(row: TaskRow, document: Document, now_ms: int, graph_format: str) -> Document:
    """Return a task as it is shown alone: also with its nodes and their last raw data."""
    shown = entity(row, document, now_ms, graph_format)
    nodes = nodes_of(graph_of(document))
    if row.status == "pending":
        shown["pendingNodes"] = {node["label"]: {} for node in nodes[:1]}
    shown["rawData"] = {node["label"]: _raw_data(row, shown.get("lastExecutionTime")) for node in nodes[:1]}
    shown["nodes"] = [{"label": node["label"], "mostLikelyState": _state(row)} for node in nodes]
    return shown


def health(row: TaskRow, document: Document, now_ms: int) -> Document:
    """Return how the last 64 runs went."""
    runs = min(runs_so_far(row, document, now_ms)[0], _HEALTH_WINDOW)
    errors = round(row.error_rate * runs)
    return {"errorsCount": errors, "errorsRate": errors / runs if runs else 0.0}


def _raw_data(row: TaskRow, collected_ms: int | None) -> Document:
    data: Document = {"collectedTime": collected_ms}
    if row.status == "failed":
        data["error"] = f"resource {row.resource} does not answer: connection timed out after PT50S"
    return data


def _state(row: TaskRow) -> str:
    return "Error" if row.status == "failed" else "Observed"
