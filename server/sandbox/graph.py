"""A rule graph in the two formats of the service, and what can be read off it."""

import re
from collections.abc import Iterator
from typing import Any

from server.sandbox.plugins import PLUGINS, template_graph

Graph = dict[str, Any]

_BINDING = re.compile(r"\$\{nodes\.(\w+)\.rawData\.(\w+)\}")


def graph_of(document: Graph) -> Graph:
    """Return a specification's graph in the simplified format, from its template or its own rule."""
    if "template" in document:
        return template_graph(document["template"])
    return {part: document.get(part, []) for part in ("sensors", "actuators", "relations", "triggers")}


def in_format(graph: Graph, graph_format: str) -> Graph:
    """Return the graph as `simplified` or as `bn` (a Bayesian network: its nodes with their parents and states)."""
    if graph_format == "simplified":
        return graph
    return {"nodes": list(_network_nodes(graph)), "posterior": []}


def nodes_of(graph: Graph) -> list[Graph]:
    """Return the nodes that run plug-ins."""
    return [*graph["sensors"], *graph["actuators"]]


def resources_of(graph: Graph, resource: str | None) -> list[str]:
    """Return the resources that a task uses: its own first, then those of its nodes; `$` stands for its own."""
    named = [node.get("resource") for node in graph["sensors"]]
    others = [name for name in named if name and name != "$" and "${" not in name]
    return list(dict.fromkeys(([resource] if resource else []) + others))


def binding_warnings(graph: Graph) -> list[Graph]:
    """Return an issue for each binding to a raw-data field that the bound node's plug-in does not have."""
    fields = {node["label"]: PLUGINS.get((node["name"], node["version"]), ()) for node in graph["sensors"]}
    return [issue for node in nodes_of(graph) for issue in _node_warnings(node, fields)]


def _node_warnings(node: Graph, fields: dict[str, tuple[str, ...]]) -> Iterator[Graph]:
    for name, value in node.get("properties", {}).items():
        for match in _BINDING.finditer(value if isinstance(value, str) else ""):
            bound, field = match.groups()
            if bound in fields and field not in fields[bound]:
                yield {
                    "type": "BINDING",
                    "message": f"rawData has no field {field}",
                    "severity": "WARNING",
                    "details": {"nodeId": node["label"], "property": name, "binding": match[0]},
                    "suggestion": f"maybe you are looking for one of these: {', '.join(fields[bound])}",
                }


def _network_nodes(graph: Graph) -> Iterator[Graph]:
    for sensor in graph["sensors"]:
        yield {"label": sensor["label"], "type": "SENSOR", "parents": []}
    for gate in graph["relations"]:
        yield {"label": gate["label"], "type": gate["type"], "parents": gate["parentLabels"]}
    for actuator in graph["actuators"]:
        sources = [t["sourceLabel"] for t in graph["triggers"] if t["destinationLabel"] == actuator["label"]]
        yield {"label": actuator["label"], "type": "ACTUATOR", "parents": sources}
