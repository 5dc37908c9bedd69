"""Reads a posted task specification the way the documentation says the service does.

Written from the vendor's OpenAPI file and prose, and from nothing of this project: an engine that shared our models
would share our mistakes.
"""

import re
from typing import Any

from server.sandbox.errors import ApiError, bad_request, not_authorized
from server.sandbox.graph import binding_warnings, graph_of, nodes_of
from server.sandbox.plugins import PLUGINS, TEMPLATES
from server.sandbox.schedule import valid_cron, valid_rrule, valid_zone

Document = dict[str, Any]

_TYPES = ("scheduled", "periodic", "onetime", "reactive")
_GATES = ("AND", "OR", "GENERAL", "NAND")
_RULE = ("task", "sensors", "actuators", "relations", "triggers", "notes")
_LARGEST = 2**53 - 1
"""The largest integer that every JSON reader agrees about."""

_SETTINGS: dict[str, type] = {
    "name": str,
    "resource": str,
    "resetObservations": bool,
    "parallel": bool,
    "gatesNeedFullObservation": bool,
    "protected": bool,
    "start": bool,
    "tags": dict,
    "variables": dict,
    "frequency": int,
    "pollingInterval": int,
    "cron": str,
    "rrule": str,
    "timeZone": str,
}
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


def read_settings(document: object) -> Document:
    """Check a document whole and return its settings, with the defaults of its template.

    Raises:
        ApiError: 400 for what is not a specification, 403 for one that is protected.
    """
    if not isinstance(document, dict):
        raise bad_request("Task specification: expected an object")
    settings = _from_template(document) if "template" in document else _from_rule(document)  # pyright: ignore[reportUnknownArgumentType]
    _check_settings(settings)
    _check_type(settings)
    if settings.get("protected"):
        raise not_authorized()
    return settings


def warnings_of(document: Document) -> list[Document]:
    """Return what is doubtful about a valid document, as issues of severity WARNING."""
    return binding_warnings(graph_of(document))


def fail_on(warnings: list[Document]) -> None:
    """Refuse because of warnings, in the words of the first.

    Raises:
        ApiError: 400 where there is a warning.
    """
    if warnings:
        where = warnings[0]["details"]
        place = f"SensorLocation({where['nodeId']})/{where['property']}/binding '{where['binding']}'"
        raise ApiError(400, f"Binding error at {place} : {warnings[0]['message']}", "VALIDATION", warnings)


def _from_template(document: Document) -> Document:
    also = [part for part in _RULE if part in document]
    if also:
        raise bad_request(f"Task specification: template and {', '.join(also)} exclude each other")
    if document["template"] not in TEMPLATES:
        raise ApiError(400, f"No template with name {document['template']}")
    return TEMPLATES[document["template"]]["taskDefaults"] | document if "type" not in document else document


def _from_rule(document: Document) -> Document:
    settings = document.get("task")
    if not isinstance(settings, dict):
        raise bad_request("Task specification: expected template, or task with a rule")
    for part, fields in _NODES.items():
        for number, piece in enumerate(_list(document, part)):
            _check_piece(f"{part}[{number}]", piece, fields, _REQUIRED[part], closed=part != "triggers")
    _check_gates(document)
    _check_plugins(document)
    return settings  # pyright: ignore[reportUnknownVariableType]


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
        if name in fields and not _is(value, fields[name]):  # pyright: ignore[reportUnknownArgumentType]
            raise bad_request(f"{where}/{name}: expected {fields[name].__name__}")
    _check_values(where, piece)  # pyright: ignore[reportUnknownArgumentType]


def _check_values(where: str, piece: Document) -> None:
    position = piece.get("position", [0, 0])
    if len(position) != len("xy") or not all(_is(number, int) for number in position):
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


def _check_settings(settings: Document) -> None:
    if not settings.get("name"):
        raise bad_request("name: expected a text")
    for name, kind in _SETTINGS.items():
        if name in settings and not _is(settings[name], kind):
            raise bad_request(f"{name}: expected {kind.__name__}")
    if settings.get("type") not in _TYPES:
        raise bad_request(f"type: expected one of {', '.join(_TYPES)}")


def _check_type(settings: Document) -> None:
    if settings["type"] == "periodic" and settings.get("frequency", settings.get("pollingInterval", 0)) < 1:
        raise bad_request("frequency: a periodic task needs one, in milliseconds")
    if settings["type"] == "scheduled" and ("cron" in settings) == ("rrule" in settings):
        raise bad_request("a scheduled task needs exactly one of cron and rrule")
    if "cron" in settings and not valid_cron(settings["cron"]):
        raise bad_request(f"cron: '{settings['cron']}' is not a cron expression")
    if "rrule" in settings and not valid_rrule(settings["rrule"]):
        raise bad_request(f"rrule: '{settings['rrule']}' is not a recurrence rule")
    if "timeZone" in settings and not valid_zone(settings["timeZone"]):
        raise bad_request(f"timeZone: '{settings['timeZone']}' is not a time zone")


def _is(value: object, kind: type) -> bool:
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST
    return isinstance(value, kind)
