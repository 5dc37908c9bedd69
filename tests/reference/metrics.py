"""The page of metrics."""

from typing import Any

from prometheus_client import CollectorRegistry

from server.observing.instruments import Instruments
from tests.reference.tables import code, table

_HEAD = """\
# Metrics

`/metrics` of `serve --http` has these, for Prometheus. [Operations](../operations.md#metrics) says who may read it and
what to watch. Labels hold no names, no IDs and no people. Beside them are the `process_…` metrics, for memory,
processor time and open files of all workers together. Where calls are counted by tool, reading a resource and
completing count too, as `resource overview`, `resource task`, `resource configuration` and `completion`, and asking to
be told of changes as `subscription`.
"""


def metrics() -> str:
    """Return the page."""
    registry = CollectorRegistry()
    made = [value for value in vars(Instruments(registry)).values() if hasattr(value, "_labelnames")]
    rows = [_row(metric) for metric in made]
    return f"{_HEAD}\n{table(('metric', 'kind', 'labels', 'meaning'), [*rows, _BUILD])}"


_BUILD = ("`waylay_tasks_mcp_build_info`", "gauge", "`version`, `python`", "What runs here; always 1.")


def _row(metric: Any) -> tuple[str, str, str, str]:
    """Return the row of a metric; what it is called is not to be had from it in public."""
    kind, name, labels = metric._type, metric._name, metric._labelnames  # noqa: SLF001
    whole = f"{name}_total" if kind == "counter" else name
    return code(whole), kind, ", ".join(map(code, labels)), metric._documentation  # noqa: SLF001
