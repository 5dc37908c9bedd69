"""A soak: a server under load, with faults and kills, and what is in the books when all is over."""

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from mcp.client.session import ClientSession
from mcp.types import CallToolResult

from tests.faults.stage import say
from tests.soak.actor import LONGEST, Actor, Stage
from tests.soak.caller import Notes, caller
from tests.soak.journal import histories, rows
from tests.soak.judging import doubled, lost, unasked, untrue
from tests.soak.lives import LIVES
from tests.soak.memory import Growth
from tests.soak.server import UNDER_WAY, WORKERS, Soaked, soaked
from tests.soak.service import Service, service
from tests.soak.watching import Watch, killing, pausing, sampling, scraping, telling

ACTORS = 10
PAUSE = 0.15
"""Seconds between the calls of an actor, on average: together they keep about half a processor busy here."""

SETTLED = 200
"""Seconds after which nothing may be open: it takes the server a while to say that something will never be done."""

LOOK = 4
"""Seconds between looks."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a soak is to be.

    Attributes:
        seconds: How long the load lasts.
        kill_every: Seconds between kills.
        seed: Of chance.
        folder: Where the server keeps what it keeps.
    """

    seconds: float
    kill_every: float
    seed: int
    folder: Path


@dataclass(frozen=True, slots=True)
class Soak:
    """What came of it.

    Attributes:
        notes: What was called, told and carried out.
        watch: What was seen beside that.
        service: What the server had for its gateway.
        seconds: How long the load lasted.
        settled: The seconds after which nothing was open.
        busy: The share of a processor that load and service took.
        log: What the server said.
        exit_status: How it ended.
        growth: How the memory of its processes grew.
        store: The bytes of the store.
        wrong: What is wrong, by what it is.
    """

    notes: Notes
    watch: Watch
    service: Service
    seconds: float
    settled: float
    busy: float
    log: str
    exit_status: int
    growth: dict[str, Growth | None]
    store: int
    wrong: dict[str, list[str]]


async def soak(plan: Plan) -> Soak:
    """Soak a server."""
    rng, notes = random.Random(plan.seed), Notes()  # noqa: S311 - tests that can be repeated
    with patch.object(ClientSession, "validate_tool_result", _unchecked):
        async with service(rng) as gateway:
            with soaked(gateway.gateway, plan.folder) as server:
                watch = Watch(spared=min(await server.served.workers_are(WORKERS)))
                began, worked = time.monotonic(), time.process_time()
                await _load(plan, server, gateway, watch, notes, rng)
                seconds, busy = time.monotonic() - began, time.process_time() - worked
                gateway.plan.lift()
                await asyncio.sleep(UNDER_WAY)
                settled = await _settle(server)
                spared = watch.spared in server.served.workers
                status = await asyncio.to_thread(server.ends)
                notes.books.done, notes.books.sent = gateway.deeds.done, gateway.deeds.sent
                notes.books.rows = rows(server.store)
                growth = _growth(server, watch)
                wrong = {
                    name: [*found] for name, found in _wrong(notes, server, watch, growth, spared=spared, status=status)
                }
                return Soak(
                    notes, watch, gateway, seconds, settled, busy / seconds, server.log.read_text(), status, growth,
                    server.store_size, wrong,
                )  # fmt: skip


async def _load(plan: Plan, server: Soaked, gateway: Service, watch: Watch, notes: Notes, rng: random.Random) -> None:
    ends = time.monotonic() + plan.seconds
    stage = Stage(server.served.address, gateway.sandbox, notes, rng, PAUSE)
    async with asyncio.TaskGroup() as tasks:
        for number in range(ACTORS):
            tasks.create_task(Actor(f"Actor {number}", stage).work(LIVES, lambda: time.monotonic() < ends))
        tasks.create_task(sampling(server, watch, ends))
        tasks.create_task(telling(watch, _processes(server, watch), notes, ends))
        tasks.create_task(scraping(server, watch, ends))
        tasks.create_task(pausing(server, gateway.deeds, watch, rng, ends=ends))
        tasks.create_task(killing(server, gateway.deeds, watch, rng, every=plan.kill_every, ends=ends))


async def _settle(server: Soaked) -> float:
    """Look at the changes now and then, as callers are told to, until nothing is open; return the seconds it took."""
    began, notes = time.monotonic(), Notes()
    while still := _open(server):
        if time.monotonic() > began + SETTLED:
            say(f"{still} changes are still open; looks at them came to {notes.reads}, and ended with {notes.broken}")
            say("\n".join(histories(server.store)))
            break
        await asyncio.sleep(LOOK)
        await _look(server, notes)
    return time.monotonic() - began


def _open(server: Soaked) -> int:
    return sum(row.outcome not in ("done", "not_done") for row in rows(server.store))


async def _look(server: Soaked, notes: Notes) -> None:
    """Look at the changes, over a connection that any worker may get."""
    try:
        async with asyncio.timeout(LONGEST), caller("modern, token", server.served.address, notes) as calls:
            await calls.read("list_changes", hits=1)
    except Exception as error:  # noqa: BLE001 - it is told in the end
        notes.broken[type(error).__name__] += 1


def _growth(server: Soaked, watch: Watch) -> dict[str, Growth | None]:
    return {name: watch.memory.growth(process) for name, process in _processes(server, watch).items()}


def _processes(server: Soaked, watch: Watch) -> dict[str, int]:
    """Return the processes that live all the time."""
    return {"supervisor": server.served.process.pid, "spared worker": watch.spared}


def _wrong(
    notes: Notes, server: Soaked, watch: Watch, growth: dict[str, Growth | None], *, spared: bool, status: int
) -> Iterator[tuple[str, Iterator[str]]]:
    yield "double writes", doubled(notes.books)
    yield "writes nobody agreed to", unasked(notes.books)
    yield "lost or wrong in the journal", lost(notes.books)
    yield "untrue answers", untrue(notes.books)
    yield "wrong at once", iter(notes.wrong)
    yield "memory", (f"{name}: {grown}" for name, grown in growth.items() if grown and grown.judgement == "GROWS")
    yield "the server", _of_server(server, watch.kills, spared=spared, status=status)


def _of_server(server: Soaked, kills: int, *, spared: bool, status: int) -> Iterator[str]:
    """Yield what the server should not have done or said."""
    ended = [line for line in server.log.read_text().splitlines() if "a worker ended" in line]
    if len(ended) != kills or not all("signal 9" in line for line in ended):
        yield f"{kills} workers were killed, and it said: {ended}"
    if not spared:
        yield "the worker that was to be spared has died"
    if status:
        yield f"it ended with {status}"
    for line in server.log.read_text().splitlines():
        if server.secret in line or "Traceback" in line or "Error" in line or "ERROR" in line:
            yield f"it said: {line.replace(server.secret, 'THE SECRET')}"


async def _unchecked(session: ClientSession, name: str, result: CallToolResult) -> None:
    """Spare what takes most of a call's time, and is done in every other test."""
