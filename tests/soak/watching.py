"""What goes on beside the load: workers are killed, memory is sampled, metrics are fetched."""

import asyncio
import contextlib
import os
import random
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from tests.faults.stage import say
from tests.soak.caller import Notes
from tests.soak.deeds import Deeds
from tests.soak.memory import Memory
from tests.soak.server import WORKERS, Soaked
from tests.support.served import kill

_SAMPLE = 3
"""Seconds between samples of the memory."""

_TELL = 60
"""Seconds between lines that say how far it is."""

_SCRAPE = 15
"""Seconds between looks at the metrics, as Prometheus would take them."""

_PAUSE, _STILL = 20, 4
"""Seconds between times at which a worker stands still, as a machine does that sleeps; and those that it lasts."""

_WRITE = 5
"""Seconds in which a change comes along, with which a worker is killed."""


@dataclass(slots=True)
class Watch:
    """What was seen.

    Attributes:
        spared: The worker that is never killed.
        memory: That of the processes.
        kills: Workers that were killed.
        pauses: How often the other one stood still.
        scrapes: The seconds that the metrics took, each time.
    """

    spared: int
    memory: Memory = field(default_factory=Memory)
    kills: int = 0
    pauses: int = 0
    scrapes: list[float] = field(default_factory=list[float])


async def sampling(server: Soaked, watch: Watch, ends: float) -> None:
    """Sample the memory of the supervisor and of the worker that is spared."""
    while time.monotonic() < ends:
        watch.memory.sample((server.served.process.pid, watch.spared))
        await asyncio.sleep(_SAMPLE)


async def telling(watch: Watch, processes: Mapping[str, int], notes: Notes, ends: float) -> None:
    """Say now and then how far it is."""
    began = time.monotonic()
    while time.monotonic() < ends:
        await asyncio.sleep(min(_TELL, max(0, ends - time.monotonic())))
        sizes = ", ".join(f"{name} {watch.memory.last(process):,} kB" for name, process in processes.items())
        claims, reads = len(notes.books.claims), len(notes.reads)
        minutes = (time.monotonic() - began) / 60
        say(f"{minutes:4.1f} min: {claims} calls for changes, {reads} reads, {watch.kills} kills; {sizes}")


async def scraping(server: Soaked, watch: Watch, ends: float) -> None:
    """Look at the metrics now and then, over connections that any worker may get."""
    while time.monotonic() < ends:
        # The worker may be the one that is being killed.
        with contextlib.suppress(httpx.TransportError):
            async with httpx.AsyncClient(base_url=server.served.address) as client:
                began = time.monotonic()
                (await client.get("/metrics")).raise_for_status()
                watch.scrapes.append(time.monotonic() - began)
        await asyncio.sleep(_SCRAPE)


async def pausing(server: Soaked, deeds: Deeds, watch: Watch, rng: random.Random, *, ends: float) -> None:
    """Let the worker that is spared stand still now and then, for longer than it waits for anything."""
    while time.monotonic() + _PAUSE < ends:
        await asyncio.sleep(_PAUSE)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(deeds.next(), _WRITE)
        await asyncio.sleep(rng.uniform(0, 0.02))
        os.kill(watch.spared, signal.SIGSTOP)
        try:
            await asyncio.sleep(_STILL)
        finally:
            os.kill(watch.spared, signal.SIGCONT)
        watch.pauses += 1


async def killing(server: Soaked, deeds: Deeds, watch: Watch, rng: random.Random, *, every: float, ends: float) -> None:
    """Kill a worker again and again, at the moment when some change arrives at the service, or right after."""
    while time.monotonic() + every < ends:
        await asyncio.sleep(every)
        others = await server.served.workers_are(WORKERS) - {watch.spared}
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(deeds.next(), _WRITE)
        await asyncio.sleep(rng.uniform(0, 0.02))
        # One that has ended by itself meanwhile is no kill, and is told from the log in the end.
        with contextlib.suppress(ProcessLookupError):
            kill(others.pop())
            watch.kills += 1
