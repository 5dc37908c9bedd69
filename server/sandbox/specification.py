"""Reads a posted task specification the way the documentation says the service does.

Written from the vendor's OpenAPI file and prose, and from no model of this project: an engine that shared our models
would share our mistakes.
"""

from typing import cast

from server.sandbox.document import TYPES, Document, settings_of
from server.sandbox.errors import ApiError, bad_request, not_authorized
from server.sandbox.graph import binding_warnings, graph_of
from server.sandbox.pieces import check_rule
from server.sandbox.plugins import TEMPLATES
from server.sandbox.run_times import frequency_ms
from server.sandbox.values import is_a
from server.schedules.local_time import valid_zone
from server.schedules.quartz import valid_cron
from server.schedules.rule_times import valid_rrule

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


def read_document(document: object) -> Document:
    """Check a document whole, and return it.

    Raises:
        ApiError: 400 for what is not a specification, 403 for one that is protected.
    """
    if not isinstance(document, dict):
        raise bad_request("Task specification: expected an object")
    checked = cast("Document", document)
    _check_form(checked)
    settings = settings_of(checked)
    _check_settings(settings)
    _check_type(settings)
    if settings.get("protected"):
        raise not_authorized()
    return checked


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


def _check_form(document: Document) -> None:
    """Check that a document has one of the two forms. Other fields beside them are not forbidden."""
    if "template" not in document:
        _check_rule_form(document)
    elif "task" in document:
        raise bad_request("Task specification: template and task exclude each other")
    elif not isinstance(document["template"], str):
        raise bad_request("template: expected str")
    elif document["template"] not in TEMPLATES:
        raise ApiError(400, f"No template with name {document['template']}")


def _check_rule_form(document: Document) -> None:
    if not isinstance(document.get("task"), dict):
        raise bad_request("Task specification: expected template, or task with a rule")
    check_rule(document)


def _check_settings(settings: Document) -> None:
    if not settings.get("name"):
        raise bad_request("name: expected a text")
    for name, kind in _SETTINGS.items():
        if name in settings and not is_a(settings[name], kind):
            raise bad_request(f"{name}: expected {kind.__name__}")
    if settings.get("type") not in TYPES:
        raise bad_request(f"type: expected one of {', '.join(TYPES)}")


def _check_type(settings: Document) -> None:
    frequency = frequency_ms(settings)
    if settings["type"] == "periodic" and (frequency is None or frequency < 1):
        raise bad_request("frequency: a periodic task needs one, in milliseconds")
    if frequency is not None and not is_a(frequency, int):
        raise bad_request("pollingInterval: too large")
    if settings["type"] == "scheduled" and ("cron" in settings) == ("rrule" in settings):
        raise bad_request("a scheduled task needs exactly one of cron and rrule")
    if "cron" in settings and not valid_cron(settings["cron"]):
        raise bad_request(f"cron: '{settings['cron']}' is not a cron expression")
    if "rrule" in settings and not valid_rrule(settings["rrule"]):
        raise bad_request(f"rrule: '{settings['rrule']}' is not a recurrence rule")
    if "timeZone" in settings and not valid_zone(settings["timeZone"]):
        raise bad_request(f"timeZone: '{settings['timeZone']}' is not a time zone")
