"""A believable estate: the cold stores, air handling, pumps and meters of a food company with five sites."""

import random
from collections.abc import Callable, Iterator
from typing import Any

from server.sandbox.plugins import TEMPLATES

Document = dict[str, Any]

_DAY = 86_400_000
_SITES = ("ghent", "antwerp", "liege", "rotterdam", "lille")


def characters() -> Iterator[tuple[Document, Document]]:
    """Yield the tasks that stories are told about, with what is special about each."""
    flood = _cold_store("Cold store 4 Ghent: door alarm to duty phone", "ghent", "4", "coldStoreDoor")
    yield flood | {"frequency": 1_000}, {"status": "running", "errors": 0.0}
    yield _cold_store("Cold store 4 Ghent: temperature alarm", "ghent", "4", "coldStoreTemperature"), {}
    yield _cold_store("Cold store 2 Ghent: door open too long", "ghent", "2", "coldStoreDoor"), {"status": "running"}
    failing = _pump("Pump P-101 Antwerp: vibration watch", "antwerp", "P-101")
    yield failing, {"status": "failed", "errors": 1.0}
    yield _meter("Meter 7 Liege: daily consumption", "liege", "7"), {"status": "running", "errors": 0.3}
    yield _once("Filter check requested for AHU-3 Lille", "lille", "AHU-3"), {"status": "stopped"}
    safety = _cold_store("Ammonia leak watch Rotterdam", "rotterdam", "1", "coldStoreDoorAndTemperature")
    yield safety, {"status": "running", "protected": 1}
    yield _own_rule("Compressor hall Antwerp: dice rehearsal", "antwerp"), {"status": "stopped"}
    yield _own_rule("Compressor hall Antwerp: weather guard", "antwerp"), {"status": "pending"}


def ordinary(randomness: random.Random, number: int) -> Document:
    """Return the document of one task among many."""
    site = randomness.choice(_SITES)
    kind = randomness.choices(_KINDS, weights=(30, 22, 20, 18, 4, 3, 3))[0]
    return kind(site, number)


def _cold_store(name: str, site: str, unit: str, template: str) -> Document:
    return {
        "name": name,
        "template": template,
        **TEMPLATES[template]["taskDefaults"],
        "resource": f"coldstore-{site}-{unit}",
        "tags": {"site": site, "domain": "cold-chain", "criticality": "high", "unit": unit},
        "variables": {"phone": "+32 470 00 00 00"},
    }


def _pump(name: str, site: str, unit: str) -> Document:
    return {
        "name": name,
        "template": "pumpVibration",
        "resource": f"pump-{site}-{unit}",
        "type": "periodic",
        "frequency": 300_000,
        "tags": {"site": site, "domain": "pumps", "line": unit[-1]},
    }


def _meter(name: str, site: str, unit: str) -> Document:
    return {
        "name": name,
        "template": "dailyConsumption",
        "resource": f"meter-{site}-{unit}",
        "type": "periodic",
        "frequency": _DAY,
        "tags": {"site": site, "domain": "energy", "billed": True},
    }


def _once(name: str, site: str, unit: str) -> Document:
    return {
        "name": name,
        "template": "HVAC_filter_check_V2",
        "type": "onetime",
        "resource": f"ahu-{site}-{unit}",
        "variables": {"resource": f"ahu-{site}-{unit}"},
        "tags": {"site": site, "domain": "hvac", "requestedBy": "agent"},
    }


def _own_rule(name: str, site: str) -> Document:
    return {
        "task": {
            "name": name,
            "type": "periodic",
            "frequency": 900_000,
            "resource": f"hall-{site}",
            "tags": {"site": site, "domain": "compressors"},
        },
        "sensors": [
            {"label": "dice_1", "name": "dice", "version": "1.0.9", "position": [100, 150]},
            {
                "label": "weather_1",
                "name": "weatherSensor",
                "version": "2.0.1",
                "resource": "$",
                "position": [100, 300],
            },
        ],
        "actuators": [
            {
                "label": "debug_1",
                "name": "debugDialog",
                "version": "1.0.4",
                "properties": {"message": "rolled ${nodes.dice_1.rawData.randomValue}"},
                "position": [600, 200],
            }
        ],
        "relations": [],
        "triggers": [{"sourceLabel": "dice_1", "destinationLabel": "debug_1", "statesTrigger": ["ONE", "SIX"]}],
        "notes": [{"text": "A rehearsal: the dice stands for the real sensor", "position": [40, 40]}],
    }


def _hvac(site: str, number: int) -> Document:
    unit = f"AHU-{number % 40 + 1}"
    return {
        "name": f"{unit} {site.title()}: filter check",
        "template": "HVAC_filter_check_V2",
        "resource": f"ahu-{site}-{unit}",
        "type": "scheduled",
        "cron": f"0 {number % 60} 6 * * ?",
        "timeZone": "Europe/Brussels",
        "variables": {"resource": f"ahu-{site}-{unit}"},
        "tags": {"site": site, "domain": "hvac", "floor": str(number % 4)},
    }


def _report(site: str, number: int) -> Document:
    return {
        "name": f"{site.title()}: monthly energy report {number}",
        "template": "monthlyReport",
        **TEMPLATES["monthlyReport"]["taskDefaults"],
        "resource": f"site-{site}",
        "tags": {"site": site, "domain": "energy"},
    }


def _some_cold_store(site: str, number: int) -> Document:
    template = ("coldStoreTemperature", "coldStoreDoor", "coldStoreDoorAndTemperature")[number % 3]
    what = ("temperature alarm", "door open too long", "door and temperature")[number % 3]
    unit = str(number % 30 + 5)
    return _cold_store(f"Cold store {unit} {site.title()}: {what}", site, unit, template)


_KINDS: tuple[Callable[[str, int], Document], ...] = (
    _some_cold_store,
    lambda site, number: _pump(f"Pump P-{200 + number} {site.title()}: vibration watch", site, f"P-{200 + number}"),
    _hvac,
    lambda site, number: _meter(f"Meter {number} {site.title()}: daily consumption", site, str(number)),
    lambda site, number: _once(f"Filter check requested for AHU-{number} {site.title()}", site, f"AHU-{number}"),
    _report,
    lambda site, number: _own_rule(f"Compressor hall {site.title()}: rehearsal {number}", site),
)
