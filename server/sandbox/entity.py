"""A stored task as the service shows it: columns, document and what the clock makes of them."""

from server.sandbox.document import Document, settings_of
from server.sandbox.graph import graph_of, in_format, nodes_of, resources_of
from server.sandbox.run_times import frequency_ms, last_run_ms
from server.sandbox.tables import TaskRow

_HEALTH_WINDOW = 64
_SHOWN = ("tags", "resetObservations", "parallel", "gatesNeedFullObservation", "cron", "rrule", "timeZone")


def runs_so_far(row: TaskRow, document: Document, now_ms: int) -> tuple[int, int | None]:
    """Return how often a task has run by now (for schedules about as often), and when it last did."""
    if row.started_ms is None:
        return row.runs, row.last_run_ms
    settings = settings_of(document)
    last = last_run_ms(settings, row.started_ms, row.interval_ms, now_ms)
    if last is None:
        return row.runs, row.last_run_ms
    intervals = (last - row.started_ms) // row.interval_ms if row.interval_ms else 0
    # Periods begin at the start, and a run is at the end of each; a schedule's first run has none before it.
    return row.runs + intervals + (settings["type"] == "scheduled"), last


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
        "pendingNodes": {label: {} for label in _awaited(row, graph)} if row.status == "pending" else None,
        "frequency": frequency_ms(settings),
        **{name: settings[name] for name in _SHOWN if name in settings},
    }
    return {name: value for name, value in shown.items() if value is not None}


def details(row: TaskRow, document: Document, now_ms: int, graph_format: str) -> Document:
    """Return a task as it is shown alone: also with its nodes and their last raw data."""
    shown, graph = entity(row, document, now_ms, graph_format), graph_of(document)
    labels, awaited = [node["label"] for node in nodes_of(graph)], _awaited(row, graph)
    observed = [label for label in labels[:1] if label not in awaited]
    shown["rawData"] = {label: _raw_data(row, shown.get("lastExecutionTime")) for label in observed}
    states = {label: {} if label in awaited else {"mostLikelyState": _state(row)} for label in labels}
    shown["nodes"] = [{"label": label, **states[label]} for label in labels]
    return shown


def health(row: TaskRow, document: Document, now_ms: int) -> Document:
    """Return how the last 64 runs went.

    A task that has been started again has had no error since: each new run pushes one of the earlier runs out.
    """
    runs, _ = runs_so_far(row, document, now_ms)
    counted, faultless = min(runs, _HEALTH_WINDOW), runs - row.runs if row.runs else 0
    errors = round(row.error_rate * max(counted - faultless, 0))
    return {"errorsCount": errors, "errorsRate": errors / counted if counted else 0.0}


def _awaited(row: TaskRow, graph: Document) -> list[str]:
    """Return the labels of the nodes that a task waits for: its first node, while it is pending."""
    return [node["label"] for node in nodes_of(graph)[:1]] if row.status == "pending" else []


def _raw_data(row: TaskRow, collected_ms: int | None) -> Document:
    data: Document = {"collectedTime": collected_ms}
    if row.status == "failed":
        data["error"] = f"resource {row.resource} does not answer: connection timed out after PT50S"
    return data


def _state(row: TaskRow) -> str:
    return "Error" if row.status == "failed" else "Observed"
