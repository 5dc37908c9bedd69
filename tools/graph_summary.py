"""A rule graph in one line."""

from collections.abc import Mapping
from typing import Any

from tools.models.entity import Task

_PARTS = (("sensors", "sensor"), ("relations", "gate"), ("actuators", "actuator"), ("triggers", "trigger"))


def graph_summary(task: Task) -> str:
    """Return for example `2 sensors, 1 actuator, 3 triggers`, whichever format the service answered in."""
    if task.network is None:
        return "not given"
    network: Mapping[str, Any] = task.network
    counts = [(len(network[part]), word) for part, word in _PARTS if isinstance(network.get(part), list)]
    if not counts and isinstance(network.get("nodes"), list):
        counts = [(len(network["nodes"]), "node")]
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts if count) or "empty"
