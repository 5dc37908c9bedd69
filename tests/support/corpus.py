"""Task specifications of every kind that the sandbox takes, by what is special about each."""

from typing import Any

Document = dict[str, Any]

FAMILY = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}\u200d\N{BOY}"
BIDI = "\u202eevil\u202c \u2066left\u2069 \u200f\u05e9\u05dc\u05d5\u05dd\u200e"
COMBINING = "e\u0301 a\u0323\u0308 \ufdfd Z\u0337\u0351a\u0336lgo"
CONTROLS = "".join(map(chr, range(32))) + "\x7f\x85\u2028\u2029\ufeff\ufffc\ufffe\uffff"

PERIODIC: Document = {"name": "Watch", "template": "pumpVibration", "type": "periodic", "frequency": 60_000}
TASK: Document = {"name": "Rule", "type": "reactive"}
STREAM: Document = {"label": "stream_1", "name": "streamingDataSensor", "version": "1.1.0", "resource": "$"}
DEBUG: Document = {"label": "debug_1", "name": "debugDialog", "version": "1.0.4"}
TRIGGER: Document = {"sourceLabel": "stream_1", "destinationLabel": "debug_1", "statesTrigger": ["Above"]}
GRAPH: Document = {"sensors": [STREAM], "actuators": [DEBUG], "triggers": [TRIGGER]}


def nested(levels: int) -> Document:
    """Return objects and lists in each other, so many levels deep."""
    inner: Document = {}
    for _ in range(levels // 2 - 1):
        inner = {"in": [inner]}
    return inner


def gate(kind: str, *combinations: list[str], **more: Any) -> Document:
    """Return a rule with a gate over two sensors."""
    door = {"label": "door_1", "name": "doorContact", "version": "1.0.2"}
    relation = {
        "label": "gate_1",
        "type": kind,
        "parentLabels": ["stream_1", "door_1"],
        "combinations": [*combinations],
    }
    fired = {"sourceLabel": "gate_1", "destinationLabel": "debug_1"}
    return {
        "task": TASK,
        "sensors": [STREAM, door],
        "actuators": [DEBUG],
        "relations": [{**relation, **more}],
        "triggers": [{**fired, "stateChangeTrigger": {"stateFrom": "*", "stateTo": "TRUE"}, "invocationPolicy": 900}],
    }


def sensing(**more: Any) -> Document:
    """Return a rule whose one sensor has more to it."""
    return {"task": {**TASK, "resource": "r-1"}, **GRAPH, "sensors": [{**STREAM, **more}]}


def sensor(name: str, version: str) -> Document:
    """Return a rule around a sensor."""
    return {"task": TASK, "sensors": [{"label": f"{name}_1", "name": name, "version": version}]}


def actuator(name: str, version: str, **properties: Any) -> Document:
    """Return a rule around an actuator."""
    node = {"label": f"{name}_1", "name": name, "version": version, "properties": properties}
    fires = {"sourceLabel": "stream_1", "destinationLabel": f"{name}_1"}
    return {"task": TASK, "sensors": [STREAM], "actuators": [node], "triggers": [fires]}


def scheduled(**schedule: Any) -> Document:
    """Return a task with a schedule."""
    return {"name": "At times", "template": "monthlyReport", "type": "scheduled", **schedule}


CORPUS: dict[str, Document] = {
    # Every template, with its own type and with others.
    "cold store, type of the template": {"name": "Store 4", "template": "coldStoreTemperature"},
    "door, type of the template": {"name": "Door 4", "template": "coldStoreDoor", "variables": {"phone": "+32 470"}},
    "door and temperature": {"name": "Both", "template": "coldStoreDoorAndTemperature", "resource": "coldstore-1"},
    "filter, type of the template": {"name": "AHU-3", "template": "HVAC_filter_check_V2"},
    "filter, once": {"name": "AHU-3", "template": "HVAC_filter_check_V2", "type": "onetime", "resource": "ahu-3"},
    "pump": PERIODIC,
    "consumption": {"name": "Meter 7", "template": "dailyConsumption", "type": "periodic", "frequency": 86_400_000},
    "report, type of the template": {"name": "Monthly", "template": "monthlyReport"},
    "internet": {"template": "internet.json", "type": "reactive", "name": "Is it there"},
    "template beside empty pieces": {**PERIODIC, "sensors": [], "actuators": [], "relations": [], "triggers": []},
    # Every type and schedule.
    "polling interval of old clients": {
        "name": "Old",
        "template": "pumpVibration",
        "type": "periodic",
        "pollingInterval": 30,
    },
    "both ways to say how often": {**PERIODIC, "pollingInterval": 60},
    "how often, as a float": {**PERIODIC, "frequency": 60_000.0},
    "the longest period there is": {**PERIODIC, "frequency": 2**53 - 1},
    "cron": scheduled(cron="0 0 6 * * ?"),
    "cron with a year and a zone": scheduled(cron="0 15 10 ? * 6#3 2027", timeZone="America/St_Johns"),
    "cron of the last weekday": scheduled(cron="0 0 0 LW * ?", timeZone="Europe/Brussels"),
    "cron that never occurs": scheduled(cron="0 0 0 30 2 ?"),
    "rule of recurrence": scheduled(rrule="FREQ=WEEKLY;BYDAY=MO,WE;BYHOUR=7", timeZone="Asia/Kathmandu"),
    "rule that ends": scheduled(rrule="FREQ=DAILY;COUNT=3"),
    "rule that has ended": scheduled(rrule="FREQ=DAILY;UNTIL=20200101T000000Z", timeZone="UTC"),
    "once": {"name": "Once", "template": "pumpVibration", "type": "onetime"},
    "once, with a frequency that does not count": {**PERIODIC, "type": "onetime"},
    "reactive": {"name": "Reacts", "template": "coldStoreTemperature", "type": "reactive", "resource": "coldstore-9"},
    "reactive, with a cron that does not count": {**PERIODIC, "type": "reactive", "cron": "0 0 6 * * ?"},
    # What starts, and flags.
    "created stopped": {**PERIODIC, "start": False},
    "created stopped, start first": {"start": False, **PERIODIC},
    "created stopped, by a rule": {"task": {**TASK, "start": False}, **GRAPH},
    "created stopped, once": {**PERIODIC, "type": "onetime", "start": False},
    "started in so many words": {**PERIODIC, "start": True},
    "all flags": {**PERIODIC, "resetObservations": True, "parallel": True, "gatesNeedFullObservation": True},
    "no flag": {**PERIODIC, "resetObservations": False, "parallel": False, "gatesNeedFullObservation": False},
    "not protected": {**PERIODIC, "protected": False},
    "not protected, by a rule": {"task": {**TASK, "protected": False}, **GRAPH},
    # Tags, variables, resources.
    "tags of every kind": {
        **PERIODIC,
        "tags": {"text": "ghent", "yes": True, "no": False, "null": None, "int": 7, "float": 1.5, "list": ["a", 1]}
        | {"object": {"a": {"b": []}}, "empty": "", "": "empty key", "a.b": "dots", "k=v&x": "%2F", "ключ": "значение"},
    },
    "no tags": {**PERIODIC, "tags": {}},
    "tags in a rule": {"task": {**TASK, "tags": {"site": "lille", "floor": 3}}, **GRAPH},
    "nested variables": {
        **PERIODIC,
        "variables": {"limits": {"low": [1, [2, {"three": None}]], "high": {}}, "on": True},
    },
    "no variables": {**PERIODIC, "variables": {}},
    "variables that bind": {**PERIODIC, "variables": {"to": "${variables.phone}", "$": "$", "{}": "{{x}}"}},
    "empty resource": {**PERIODIC, "resource": ""},
    "resource with slashes": {**PERIODIC, "resource": "site/1?x=%20#y"},
    "resource in a rule": {"task": {**TASK, "resource": "pump-101"}, **GRAPH},
    "sensors with resources of their own": {"task": TASK, **GRAPH, "sensors": [{**STREAM, "resource": "other-1"}]},
    "resource bound to a variable": sensing(resource="${variables.resource}"),
    # Fields that nobody documents.
    "unknown fields": {
        **PERIODIC,
        "x-owner": "ops",
        "_rev": 3,
        "templateVersion": {"major": 2},
        "Name": "not the name",
    },
    "unknown fields around a rule": {
        "$schema": "https://example.com/s",
        "task": {**TASK, "extra": [1]},
        **GRAPH,
        "z": 0,
    },
    "unknown fields of a trigger": {"task": TASK, **GRAPH, "triggers": [{**TRIGGER, "comment": "why", "weight": 0.5}]},
    "unknown null and empty fields": {**PERIODIC, "a": None, "b": [], "c": {}, "d": "", "e": 0, "f": False},
    "names of our own arguments": {**PERIODIC, "task_id": "x", "confirmation": "y", "specification": {"name": "z"}},
    # Rules: pieces, gates, triggers, notes.
    "rule without pieces": {"task": {"name": "Bare", "type": "periodic", "frequency": 1}},
    "rule of empty lists": {"task": TASK, "sensors": [], "actuators": [], "relations": [], "triggers": [], "notes": []},
    "rule": {"task": TASK, **GRAPH},
    "rule, scheduled": {"task": {"name": "R", "type": "scheduled", "cron": "0 0/5 * * * ?"}, **GRAPH},
    "rule, once": {"task": {"name": "R", "type": "onetime"}, **GRAPH},
    "gate AND": gate("AND", ["Above", "Open"]),
    "gate OR": gate("OR", ["Above", "*"], ["*", "Open"], position=[0, 0]),
    "gate NAND": gate("NAND", ["Above", "Open"], position=[-10, 10_000]),
    "gate GENERAL": gate("GENERAL", ["Above", "Open"], ["Below", "Closed"], [], position=[1.0, 2.0]),
    "trigger on any run": {"task": TASK, **GRAPH, "triggers": [{"sourceLabel": "a", "destinationLabel": "b"}]},
    "trigger on no state": {"task": TASK, **GRAPH, "triggers": [{**TRIGGER, "statesTrigger": []}]},
    "notes": {"task": TASK, "notes": [{"text": "", "position": [1, 2]}, {"text": 'a\nb\t"c"', "position": [0, -1]}]},
    "sensor with everything": sensing(
        position=[100, 150],
        properties={"threshold": 6.0, "unit": "°C", "deep": {"er": [None]}},
        dataTrigger=True,
        tickTrigger=False,
        sequence=2,
        evictionTime=0,
        pollingPeriod=1,
        timeout="PT5.5S",
        timeoutState="Late",
        loopDef="${variables.all}",
        pauseExecution=True,
        pauseExecutionTimeout="P1DT12H",
        description="Looks",
        iconURL="https://example.com/i.png",
        retryConfig={"maxRetries": 3, "minBackoff": "PT1S", "maxBackoff": "PT1M", "errorState": "Lost", "jitter": 0.1},
    ),
    "sensor on a cron schedule": sensing(schedule="0 0 6 * * ?"),
    "sensor on a rule of recurrence": sensing(schedule="FREQ=HOURLY"),
    "sensor with bound durations": sensing(
        timeout="${variables.timeout}", pauseExecutionTimeout="${nodes.a.rawData.b}"
    ),
    "durations as nobody writes them": sensing(timeout="pt5s"),
    "binding that warns": actuator("debugDialog", "1.0.4", message="${nodes.stream_1.rawData.nothing}"),
    "actuator with everything": {
        **actuator("sendMail", "1.5.1", subject="Hot", body="${nodes.stream_1.rawData.value}"),
        "actuators": [{**DEBUG, "sequence": 1, "timeout": "PT1M", "description": "", "position": [650, 200]}],
    },
    "two nodes of one label": {"task": TASK, "sensors": [STREAM, STREAM], "actuators": [DEBUG, DEBUG]},
    # Every other plug-in.
    "streaming data, newer": sensor("streamingDataSensor", "1.1.3"),
    "dice": sensor("dice", "1.0.9"),
    "weather": sensor("weatherSensor", "2.0.1"),
    "meter": sensor("meterReading", "1.4.0"),
    "vibration": sensor("vibrationSpectrum", "1.2.2"),
    "filter pressure": sensor("filterPressure", "2.1.0"),
    "http": sensor("httpGet", "1.3.1"),
    "debug, older": actuator("debugDialog", "1.0.0", message=""),
    "text message": actuator("sendSms", "1.2.0", to="+32 470 00 00 00"),
    "mail": actuator("sendMail", "1.5.1", to=["a@example.com", "b@example.com"]),
    "alarm": actuator("createAlarm", "2.0.0", severity=3, text=None),
    "metric": actuator("storeMetric", "1.0.6", value=1e-7),
    # Texts.
    "name of one space": {**PERIODIC, "name": " "},
    "name with wildcards and quotes": {**PERIODIC, "name": "100% *pump_* \\ 'x' \"y\" ; -- <b>&amp;</b>"},
    "name of ten thousand characters": {**PERIODIC, "name": "n" * 10_000},
    "bidirectional text": {**PERIODIC, "name": BIDI, "tags": {BIDI: BIDI}},
    "emoji": {**PERIODIC, "name": f"{FAMILY} \U0001f3f3\ufe0f\u200d\U0001f308", "variables": {FAMILY: [FAMILY]}},
    "combining characters": {**PERIODIC, "name": COMBINING, "resource": COMBINING},
    "control characters": {**PERIODIC, "variables": {"all": CONTROLS, CONTROLS: 1}, "tags": {"c": CONTROLS}},
    "control characters in the name": {**PERIODIC, "name": f"a{CONTROLS}b"},
    "the last characters of Unicode": {**PERIODIC, "variables": {"last": "\U0010ffff\U0010fffe", "tag": "\U000e0041"}},
    "line breaks": {"task": {**TASK, "name": "first\r\nsecond\nthird"}, **GRAPH},
    # Numbers, depth, size, order.
    "integers of any size": {**PERIODIC, "variables": {"n": [0, -1, 2**53, 2**64, -(2**127), 10**40]}},
    "floats": {
        **PERIODIC,
        "variables": {"f": [0.1, -0.0, 1.0, 1e22, 1e-7, 5e-324, 1.7976931348623157e308, 2.2250738585072011e-308]}
        | {"g": [0.1 + 0.2, 123456789.12345679, 9007199254740993.0, 1 / 3, 1e16, 123456789012345680.0]},
    },
    "one, in three ways": {**PERIODIC, "variables": {"a": 1, "b": 1.0, "c": True, "d": "1"}},
    "ninety levels": {**PERIODIC, "variables": nested(90)},
    "ninety levels in a rule": {"task": {**TASK, "variables": nested(90)}, **GRAPH},
    "a hundred thousand characters": {**PERIODIC, "variables": {"text": "long €" * 17_000}},
    "five hundred nodes": {
        "task": TASK,
        "sensors": [
            {**STREAM, "label": f"s{n}", "properties": {"threshold": n, "about": "x" * 60}} for n in range(500)
        ],
        "triggers": [{**TRIGGER, "sourceLabel": f"s{n}"} for n in range(500)],
        "actuators": [DEBUG],
    },
    "a thousand variables": {
        **PERIODIC,
        "variables": {f"v{n % 7}.{n}": {"n": n, "list": [n] * 5} for n in range(1_000)},
    },
    "keys out of order": {"variables": {"z": 1, "a": 2, "M": 3, "10": 4, "9": 5}, "frequency": 1, "type": "periodic"}
    | {"template": "pumpVibration", "tags": {"b": 1, "a": 2}, "name": "last"},
    "the rule's pieces before its task": {**GRAPH, "notes": [], "task": {"type": "reactive", "name": "R"}},
    "keys that look alike": {
        **PERIODIC,
        "variables": {"\u00e9": 1, "e\u0301": 2, "K": 3, "\u212a": 4, "a": 5, "a ": 6, "a\u200b": 7, "": 8},
    },
}
"""Every document is different from every other, and the sandbox takes each."""

NOT_BY_OUR_MODELS = frozenset({"durations as nobody writes them"})
"""What the engine takes although our models refuse it; its tasks can be undone like any other."""
