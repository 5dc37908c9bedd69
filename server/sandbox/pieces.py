"""Reads the pieces of a rule: sensors, actuators, gates, triggers and notes, as the OpenAPI file has them."""

import re
from typing import Any

from server.sandbox.errors import ApiError, bad_request
from server.sandbox.graph import graph_of, nodes_of
from server.sandbox.plugins import PLUGINS

Document = dict[str, Any]

_LARGEST = 2**53 - 1
"""The largest integer that every JSON reader agrees about."""

_GATES = ("AND", "OR", "GENERAL", "NAND")
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
        for number, piece in enumerate(_list(document, part)):
            _check_piece(f"{part}[{number}]", piece, fields, _REQUIRED[part], closed=part != "triggers")
    _check_gates(document)
    _check_plugins(document)


def is_a(value: object, kind: type) -> bool:
    """Tell whether a JSON value is of a kind; true and false are no integers, nor is what no reader can hold."""
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST
    return isinstance(value, kind)


def _list(document: Document, part: str) -> list[Any]:
    pieces = document.get(part, [])
    if not isinstance(pieces, list):
        raise bad_request(f"{part}: expected a list")
    return pieces  # pyright: ignore[reportUnknownVariableType]


def _check_piece(
    where: str, piece: object, fields: dict[str, type], required: tuple[str, ...], *, closed: bool
) -> None:
    if not isinstance(piece, dict):
        raise bad_request(f"{where}: expected an object")
    missing = [name for name in required if name not in piece]
    unknown = [name for name in piece if name not in fields] if closed else []  # pyright: ignore[reportUnknownVariableType]
    if missing or unknown:
        raise bad_request(f"{where}: {f'{missing[0]} is missing' if missing else f'unknown field {unknown[0]}'}")
    for name, value in piece.items():  # pyright: ignore[reportUnknownVariableType]
        if name in fields and not is_a(value, fields[name]):  # pyright: ignore[reportUnknownArgumentType]
            raise bad_request(f"{where}/{name}: expected {fields[name].__name__}")
    _check_values(where, piece)  # pyright: ignore[reportUnknownArgumentType]


def _check_values(where: str, piece: Document) -> None:
    position = piece.get("position", [0, 0])
    if len(position) != len("xy") or not all(is_a(number, int) for number in position):
        raise bad_request(f"{where}/position: expected two integers")
    if "version" in piece and not re.search(r"\d+\.\d+\.\d+", piece["version"]):
        raise bad_request(f"{where}/version: expected a semantic version")
    for name, least in (("evictionTime", 0), ("pollingPeriod", 1), ("invocationPolicy", 1)):
        if piece.get(name, least) < least:
            raise bad_request(f"{where}/{name}: expected at least {least}")


def _check_gates(document: Document) -> None:
    for gate in document.get("relations", []):
        if gate["type"] not in _GATES:
            raise bad_request(f"relations/{gate['label']}/type: expected one of {', '.join(_GATES)}")


def _check_plugins(document: Document) -> None:
    for node in nodes_of(graph_of(document)):
        if (node["name"], node["version"]) not in PLUGINS:
            message = f"Plugin {node['name']}:{node['version']} not found"
            plugin = {"name": node["name"], "version": node["version"]}
            details = {"nodeId": node["label"], "plugin": plugin}
            issue = {"type": "PLUGIN", "message": message, "severity": "ERROR", "details": details}
            raise ApiError(400, message, "TRANSFORMATION", [issue])
