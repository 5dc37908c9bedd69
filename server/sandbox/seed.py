"""A believable estate of tasks: cold stores, air handling, pumps and meters of a food company with five sites.

The same seed gives the same tasks; their times count back from the moment of seeding.
"""

import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from server.sandbox.engine import described
from server.sandbox.entity import settings_of
from server.sandbox.schedule import interval_ms
from server.sandbox.store import NewTask, TaskRow

Document = dict[str, Any]

_DAY = 86_400_000
_SITES = ("ghent", "antwerp", "liege", "rotterdam", "lille")
_USERS = ("an.peeters@example.com", "marc.dubois@example.com", "noor.devries@example.com", "system")
_RUNNING_SHARE = 0.82
_FAILED_SHARE = 0.06


def seed_tasks(count: int, seed: int, now_ms: int) -> Iterator[NewTask]:
    """Yield `count` tasks; the first few are always the same characters."""
    randomness = random.Random(seed)  # noqa: S311 - a believable estate needs no secrecy
    characters = list(_characters())
    for number in range(count):
        known = characters[number] if number < len(characters) else None
        document, wanted = known or (_ordinary(randomness, number), {})
        yield _aged(randomness, document, wanted, now_ms)


def _characters() -> Iterator[tuple[Document, Document]]:
    """Yield the tasks that stories are told about, with what is special about each."""
    flood = _cold_store("Cold store 4 Ghent: door alarm to duty phone", "ghent", "4", "coldStoreDoor")
    yield flood | {"type": "periodic", "frequency": 1_000}, {"status": "running", "errors": 0.0}
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


def _ordinary(randomness: random.Random, number: int) -> Document:
    site = randomness.choice(_SITES)
    kind = randomness.choices(_KINDS, weights=(30, 22, 20, 18, 4, 3, 3))[0]
    return kind(site, number)


def _cold_store(name: str, site: str, unit: str, template: str) -> Document:
    return {
        "name": name,
        "template": template,
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


def _aged(randomness: random.Random, document: Document, wanted: Document, now_ms: int) -> NewTask:
    """Return a task that was created some time in the last two years and has lived since."""
    settings = settings_of(document)
    created = now_ms - randomness.randint(_DAY, 730 * _DAY)
    row = TaskRow(
        id=str(uuid.UUID(int=randomness.getrandbits(128), version=4)),
        name=settings["name"],
        status=wanted.get("status") or _status(randomness, settings),
        type=settings["type"],
        template=document.get("template"),
        resource=settings.get("resource"),
        resource_type=str(settings.get("resource", "")).partition("-")[0] or None,
        user=randomness.choice(_USERS),
        created_ms=created,
        started_ms=None,
        finish_ms=None,
        finished_ms=None,
        interval_ms=interval_ms(settings, created) or (45_000 if settings["type"] == "reactive" else None),
        runs=0,
        last_run_ms=None,
        error_rate=wanted.get("errors", randomness.choice((0.0, 0.0, 0.0, 0.02, 0.1))),
        protected=wanted.get("protected", 0),
    )
    return described(_lived(randomness, row, now_ms), document)


def _status(randomness: random.Random, settings: Document) -> str:
    if settings["type"] == "onetime":
        return "stopped"
    lot = randomness.random()
    return "running" if lot < _RUNNING_SHARE else "failed" if lot < _RUNNING_SHARE + _FAILED_SHARE else "stopped"


def _lived(randomness: random.Random, row: TaskRow, now_ms: int) -> TaskRow:
    """Return the row with the runs of its life so far: until now, or until it stopped or failed."""
    if row.status in ("running", "pending"):
        return replace(row, started_ms=row.created_ms if row.status == "running" else None)
    ended = row.created_ms + randomness.randint(_DAY // 2, max(_DAY, now_ms - row.created_ms - _DAY // 4))
    ended = min(ended, now_ms - 60_000)
    runs = (ended - row.created_ms) // row.interval_ms if row.interval_ms else 1
    error_rate = 1.0 if row.status == "failed" else row.error_rate
    return replace(row, finished_ms=ended, last_run_ms=ended, runs=runs, error_rate=error_rate)
