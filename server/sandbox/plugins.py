"""The plug-ins and templates that the engine knows.

A plug-in is listed with the states it can take and the fields of its raw data, which bindings are checked against.
"""

from typing import Any

PLUGINS: dict[tuple[str, str], tuple[str, ...]] = {
    ("streamingDataSensor", "1.1.0"): ("parameter", "threshold", "value"),
    ("streamingDataSensor", "1.1.3"): ("parameter", "threshold", "value"),
    ("dice", "1.0.9"): ("state", "randomValue"),
    ("weatherSensor", "2.0.1"): ("temperature", "humidity", "description"),
    ("meterReading", "1.4.0"): ("consumption", "unit", "since"),
    ("vibrationSpectrum", "1.2.2"): ("rms", "peak", "frequency"),
    ("filterPressure", "2.1.0"): ("pressureDrop", "limit"),
    ("doorContact", "1.0.2"): ("open", "openSince"),
    ("httpGet", "1.3.1"): ("statusCode", "body"),
    ("debugDialog", "1.0.0"): (),
    ("debugDialog", "1.0.4"): (),
    ("sendSms", "1.2.0"): (),
    ("sendMail", "1.5.1"): (),
    ("createAlarm", "2.0.0"): (),
    ("storeMetric", "1.0.6"): (),
}


def _sensor(label: str, plugin: str, version: str, **more: Any) -> dict[str, Any]:
    return {"label": label, "name": plugin, "version": version, "position": [150, 150], **more}


def _actuator(label: str, plugin: str, version: str, **properties: Any) -> dict[str, Any]:
    return {"label": label, "name": plugin, "version": version, "properties": properties, "position": [650, 200]}


def _on(source: str, states: list[str], destination: str) -> dict[str, Any]:
    return {"sourceLabel": source, "destinationLabel": destination, "statesTrigger": states}


def _watch(sensor: dict[str, Any], state: str, *actuators: dict[str, Any]) -> dict[str, Any]:
    """Return a graph in which every actuator fires when the sensor is in `state`."""
    triggers = [_on(sensor["label"], [state], actuator["label"]) for actuator in actuators]
    return {"sensors": [sensor], "actuators": list(actuators), "relations": [], "triggers": triggers}


_TEMPERATURE = _sensor("temperature_1", "streamingDataSensor", "1.1.3", resource="$", properties={"threshold": 6})
_DOOR = _sensor("door_1", "doorContact", "1.0.2", resource="$", pollingPeriod=30_000)
_ALARM = _actuator("alarm_1", "createAlarm", "2.0.0", text="${nodes.temperature_1.rawData.value} degrees")

TEMPLATES: dict[str, dict[str, Any]] = {
    "coldStoreTemperature": {
        "description": "Alarm when a cold store is too warm",
        "taskDefaults": {"type": "reactive"},
        **_watch(_TEMPERATURE, "Above", _ALARM, _actuator("sms_1", "sendSms", "1.2.0", to="${variables.phone}")),
    },
    "coldStoreDoor": {
        "description": "Message when a cold store's door stays open",
        "taskDefaults": {"type": "periodic", "frequency": 60_000},
        **_watch(_DOOR, "Open", _actuator("sms_1", "sendSms", "1.2.0", to="${variables.phone}")),
    },
    "coldStoreDoorAndTemperature": {
        "description": "Alarm when a door is open and the store gets warm",
        "taskDefaults": {"type": "periodic", "frequency": 300_000},
        "sensors": [_TEMPERATURE, _DOOR],
        "actuators": [_ALARM],
        "relations": [
            {
                "label": "AND_1",
                "type": "AND",
                "parentLabels": ["temperature_1", "door_1"],
                "combinations": [["Above", "Open"]],
                "position": [400, 200],
            }
        ],
        "triggers": [
            {
                "sourceLabel": "AND_1",
                "destinationLabel": "alarm_1",
                "stateChangeTrigger": {"stateFrom": "*", "stateTo": "TRUE"},
                "invocationPolicy": 900,
            }
        ],
    },
    "HVAC_filter_check_V2": {
        "description": "Mail when an air filter clogs",
        "taskDefaults": {"type": "scheduled", "cron": "0 0 6 * * ?", "timeZone": "Europe/Brussels"},
        **_watch(
            _sensor("filter_1", "filterPressure", "2.1.0", resource="${variables.resource}"),
            "Clogged",
            _actuator("mail_1", "sendMail", "1.5.1", subject="Filter", body="${nodes.filter_1.rawData.pressureDrop}"),
        ),
    },
    "pumpVibration": {
        "description": "Alarm on a pump's vibration",
        "taskDefaults": {"type": "periodic", "frequency": 300_000},
        **_watch(
            _sensor("spectrum_1", "vibrationSpectrum", "1.2.2", resource="$"), "High", _ALARM | {"properties": {}}
        ),
    },
    "dailyConsumption": {
        "description": "A meter's consumption of the last day",
        "taskDefaults": {"type": "periodic", "frequency": 86_400_000},
        **_watch(
            _sensor("meter_1", "meterReading", "1.4.0", resource="$"),
            "Read",
            _actuator("store_1", "storeMetric", "1.0.6", value="${nodes.meter_1.rawData.consumption}"),
        ),
    },
    "monthlyReport": {
        "description": "A site's report by mail",
        "taskDefaults": {"type": "scheduled", "rrule": "FREQ=MONTHLY;BYMONTHDAY=1;BYHOUR=7;BYMINUTE=0;BYSECOND=0"},
        **_watch(
            _sensor("meter_1", "meterReading", "1.4.0", resource="$"),
            "Read",
            _actuator("mail_1", "sendMail", "1.5.1", subject="Report"),
        ),
    },
    "internet.json": {
        "description": "Is a host reachable",
        "taskDefaults": {"type": "periodic", "frequency": 900_000},
        **_watch(
            _sensor("get_1", "httpGet", "1.3.1", timeout="PT5S"),
            "Failed",
            _actuator("debug_1", "debugDialog", "1.0.4", message="unreachable"),
        ),
    },
}
_GRAPH = ("sensors", "actuators", "relations", "triggers")


def template_graph(name: str) -> dict[str, Any]:
    """Return the graph of a template, in the simplified format; an empty one where the template is gone."""
    return {part: TEMPLATES.get(name, {}).get(part, []) for part in _GRAPH}


def templates_with(plugin: str) -> list[str]:
    """Return the names of the templates that use a plug-in, given as `name` or `name:version`."""
    return [name for name in TEMPLATES if plugin in plugins_of(TEMPLATES[name])]


def plugins_of(graph: dict[str, Any]) -> set[str]:
    """Return the plug-ins of a graph, each as `name` and as `name:version`."""
    nodes = [*graph.get("sensors", []), *graph.get("actuators", [])]
    return {node["name"] for node in nodes} | {f"{node['name']}:{node['version']}" for node in nodes}
