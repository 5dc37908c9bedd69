"""Fills an empty engine with an estate's tasks, each with a life behind it.

The same seed gives the same tasks; their times count back from the moment of seeding.
"""

import random
import uuid
from collections.abc import Iterator
from dataclasses import replace

from server.sandbox.document import Document, resource_type_of, settings_of
from server.sandbox.engine import described
from server.sandbox.entity import runs_so_far
from server.sandbox.estate import characters, ordinary
from server.sandbox.hostile import hostile_tasks
from server.sandbox.run_times import finish_ms, interval_ms
from server.sandbox.tables import NewTask, TaskRow

_DAY = 86_400_000
_USERS = ("an.peeters@example.com", "marc.dubois@example.com", "noor.devries@example.com", "system")
_RUNNING_SHARE = 0.82
_FAILED_SHARE = 0.06


def seed_tasks(count: int, seed: int, now_ms: int, *, hostile: bool = False) -> Iterator[NewTask]:
    """Yield `count` tasks; the first few are always the same characters. The hostile ones come before them all."""
    if hostile:
        # With a randomness of their own, so that the ordinary ones are the same with them and without.
        apart = random.Random(f"hostile {seed}")  # noqa: S311 - nor do these
        yield from (_aged(apart, document, wanted, now_ms) for document, wanted in hostile_tasks())
    randomness = random.Random(seed)  # noqa: S311 - a believable estate needs no secrecy
    known = list(characters())
    for number in range(count):
        document, wanted = known[number] if number < len(known) else (ordinary(randomness, number), {})
        yield _aged(randomness, document, wanted, now_ms)


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
        resource_type=resource_type_of(settings),
        user=wanted.get("user") or randomness.choice(_USERS),
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
    return described(_lived(randomness, row, document, now_ms), document)


def _status(randomness: random.Random, settings: Document) -> str:
    if settings["type"] == "onetime":
        return "stopped"
    lot = randomness.random()
    return "running" if lot < _RUNNING_SHARE else "failed" if lot < _RUNNING_SHARE + _FAILED_SHARE else "stopped"


def _lived(randomness: random.Random, row: TaskRow, document: Document, now_ms: int) -> TaskRow:
    """Return the row with the runs of its life so far: until now, or until it stopped or failed."""
    alive = replace(row, started_ms=row.created_ms)
    if row.status in ("running", "pending"):
        return alive if row.status == "running" else row
    ended = row.created_ms + randomness.randint(_DAY // 2, max(_DAY, now_ms - row.created_ms - _DAY // 4))
    ended = min(ended, now_ms - 60_000)
    if over := finish_ms(settings_of(document), row.created_ms):
        return replace(row, finished_ms=over, last_run_ms=row.created_ms, runs=1)
    runs, last = runs_so_far(alive, document, ended)
    if row.status == "failed" and not runs:
        # What has never run has not failed: it waits for its first run.
        return replace(alive, status="running")
    error_rate = 1.0 if row.status == "failed" else row.error_rate
    return replace(row, finished_ms=ended, last_run_ms=last, runs=runs, error_rate=error_rate)
