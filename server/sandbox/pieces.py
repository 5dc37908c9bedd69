"""Reads the pieces of a rule: sensors, actuators, gates, triggers and notes, as the OpenAPI file has them."""

from typing import cast

from server.sandbox.document import Document
from server.sandbox.errors import ApiError, bad_request
from server.sandbox.graph import graph_of, nodes_of
from server.sandbox.plugins import PLUGINS
from server.sandbox.values import VALUES, is_a

_NODES: dict[str, dict[str, type]] = {
    "sensors": {
        **dict.fromkeys(("label", "name", "version"), str),
        **dict.fromkeys(("iconURL", "resource", "schedule", "timeout", "timeoutState"), str),
        **dict.fromkeys(("loopDef", "pauseExecutionTimeout", "description"), str),
        **dict.fromkeys(("sequence", "evictionTime", "pollingPeriod"), int),
        **dict.fromkeys(("dataTrigger", "tickTrigger", "pauseExecution"), bool),
        **dict.fromkeys(("properties", "retryConfig"), dict),
        "position": list,
    },
    "actuators": {
        **dict.fromkeys(("label", "name", "version", "timeout", "description"), str),
        "properties": dict,
        "sequence": int,
        "position": list,
    },
    "relations": {"label": str, "type": str, "parentLabels": list, "combinations": list, "position": list},
    "triggers": {
        **dict.fromkeys(("sourceLabel", "destinationLabel"), str),
        "stateChangeTrigger": dict,
        "statesTrigger": list,
        "invocationPolicy": int,
    },
    "notes": {"text": str, "position": list},
}
_REQUIRED = {
    "sensors": ("label", "name", "version"),
    "actuators": ("label", "name", "version"),
    "relations": ("label", "type", "parentLabels", "combinations"),
    "triggers": ("sourceLabel", "destinationLabel"),
    "notes": ("text", "position"),
}


def check_rule(document: Document) -> None:
    """Check the pieces of a rule and that their plug-ins are known.

    Raises:
        ApiError: 400 for the first thing that is wrong.
    """
    for part, fields in _NODES.items():
        pieces = document.get(part, [])
        if not isinstance(pieces, list):
            raise bad_request(f"{part}: expected a list")
        for number, piece in enumerate(cast("list[object]", pieces)):
            _check_piece(f"{part}[{number}]", piece, fields, _REQUIRED[part], closed=part != "triggers")
    _check_plugins(document)


def _check_piece(
    where: str, piece: object, fields: dict[str, type], required: tuple[str, ...], *, closed: bool
) -> None:
    if not isinstance(piece, dict):
        raise bad_request(f"{where}: expected an object")
    given = cast("Document", piece)
    missing = [name for name in required if name not in given]
    unknown = [name for name in given if name not in fields] if closed else []
    if missing or unknown:
        raise bad_request(f"{where}: {f'{missing[0]} is missing' if missing else f'unknown field {unknown[0]}'}")
    for name, kind in fields.items():
        if name in given:
            _check_value(f"{where}/{name}", given[name], kind, name)


def _check_value(where: str, value: object, kind: type, name: str) -> None:
    if not is_a(value, kind):
        raise bad_request(f"{where}: expected {kind.__name__}")
    if name in VALUES and not VALUES[name].accepts(value):
        raise bad_request(f"{where}: expected {VALUES[name].expected}")


def _check_plugins(document: Document) -> None:
    for node in nodes_of(graph_of(document)):
        if (node["name"], node["version"]) not in PLUGINS:
            message = f"Plugin {node['name']}:{node['version']} not found"
            plugin = {"name": node["name"], "version": node["version"]}
            details = {"nodeId": node["label"], "plugin": plugin}
            issue = {"type": "PLUGIN", "message": message, "severity": "ERROR", "details": details}
            raise ApiError(400, message, "TRANSFORMATION", [issue])
