"""Reads a posted task specification the way the documentation says the service does.

Written from the vendor's OpenAPI file and prose, and from nothing of this project: an engine that shared our models
would share our mistakes.
"""

from typing import Any

from server.sandbox.errors import ApiError, bad_request, not_authorized
from server.sandbox.graph import binding_warnings, graph_of
from server.sandbox.pieces import check_rule, is_a
from server.sandbox.plugins import TEMPLATES
from server.sandbox.schedule import valid_cron, valid_rrule, valid_zone

Document = dict[str, Any]

_TYPES = ("scheduled", "periodic", "onetime", "reactive")
_RULE = ("task", "sensors", "actuators", "relations", "triggers", "notes")
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
    check_rule(document)  # pyright: ignore[reportUnknownArgumentType]
    return settings  # pyright: ignore[reportUnknownVariableType]


def _check_settings(settings: Document) -> None:
    if not settings.get("name"):
        raise bad_request("name: expected a text")
    for name, kind in _SETTINGS.items():
        if name in settings and not is_a(settings[name], kind):
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
