"""Mixed load on a server with two workers, with faults on the way to the service and workers killed now and then.

`python -m tests.soak`: 30 minutes; `--minutes 2 --kill-every 15` is for every day.
"""

import argparse
import asyncio
import random
import secrets
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from mcp import Client

from tests.faults.stage import say
from tests.soak.actor import Actor
from tests.soak.books import Books, books
from tests.soak.memory import Memory
from tests.soak.service import service
from tests.support.served import Served, kill, served
from tests.support.serving import over_http

ACTORS, WORKERS = 4, 2
SAMPLE = 2
"""Seconds between samples of the memory."""

PATIENCE = {"CONNECT_TIMEOUT": "1", "READ_TIMEOUT": "1", "TOTAL_TIMEOUT": "3", "SETTLE_SECONDS": "0.5"}
UNDER_WAY = 4 * 3
"""Seconds after which no request of a call can be under way any more."""

LOOKS = 10


def main() -> int:
    """Soak; 1 when the books do not agree."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--kill-every", type=float, default=30, metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    given = parser.parse_args()
    say(f"{given.minutes:g} minutes, a worker killed every {given.kill_every:g} s, seed {given.seed}")
    with TemporaryDirectory() as folder:
        return int(asyncio.run(soak(given.minutes * 60, given.kill_every, given.seed, Path(folder))))


async def soak(seconds: float, kill_every: float, seed: int, folder: Path) -> bool:
    """Soak, and say what came of it; true when anything is wrong."""
    rng = random.Random(seed)  # noqa: S311 - tests that can be repeated
    memory = Memory()
    async with service(rng) as (sandbox, plan, gateway):
        with served("--workers", str(WORKERS), **_environment(gateway, folder)) as server:
            await server.workers_are(WORKERS)
            actors = [Actor(f"actor {number}", server.address, sandbox, rng) for number in range(ACTORS)]
            ends = time.monotonic() + seconds
            async with asyncio.TaskGroup() as tasks:
                for actor in actors:
                    tasks.create_task(actor.work(lambda: time.monotonic() < ends))
                tasks.create_task(_watch(server, memory, ends))
                killing = tasks.create_task(_kill(server, kill_every, ends))
            plan.lift()
            await asyncio.sleep(UNDER_WAY)
            for _ in range(LOOKS):
                await _look(server)
        say(f"{killing.result()} workers killed, {plan.struck} faults on {len(sandbox.recorder.requests)} requests")
        return _say_what_came(actors, books(sandbox, folder), memory)


def _environment(gateway: str, folder: Path) -> dict[str, str]:
    given = {
        **PATIENCE,
        "STATE_DIR": str(folder),
        "STATE_KEYS": secrets.token_hex(32),
        "DESTRUCTIVE_PER_HOUR": "1000000",
        "CALLS_PER_MINUTE": "0",
    }
    credentials = {"WAYLAY_GATEWAY_URL": gateway, "WAYLAY_API_KEY": "soak", "WAYLAY_API_SECRET": "soaking-secret"}
    return {**credentials, **{f"WAYLAY_MCP_{name}": value for name, value in given.items()}}


async def _watch(server: Served, memory: Memory, ends: float) -> None:
    while time.monotonic() < ends:
        memory.sample((server.process.pid, *server.workers))
        await asyncio.sleep(SAMPLE)


async def _kill(server: Served, every: float, ends: float) -> int:
    """Kill workers again and again, but never the first, whose memory is watched; return how often."""
    killed, first = 0, min(server.workers)
    while time.monotonic() + every < ends:
        await asyncio.sleep(every)
        kill(max(await server.workers_are(WORKERS) - {first}))
        killed += 1
    return killed


async def _look(server: Served) -> None:
    """Look at the changes, so that what is open is looked up."""
    async with over_http(server.address) as transport, Client(transport, cache=None) as client:
        await client.call_tool("list_changes", {"hits": 1})


def _say_what_came(actors: list[Actor], found: Books, memory: Memory) -> bool:
    claims = [claim for actor in actors for claim in actor.claims]
    for tool, said in sorted(Counter((claim.tool, claim.said) for claim in claims).items()):
        say(f"{said:>6} {tool[0]}: {tool[1]}")
    say(f"{sum(actor.reads for actor in actors)} reads, {sum(actor.unanswered for actor in actors)} lives cut short")
    wrong = [*found.disagreeing(), *(f"told {claim}, which is not so" for claim in found.lies(claims))]
    for line in [*memory.slopes(), *wrong]:
        say(line)
    doubled, lost = found.doubled(), found.lost()
    for deed in [*doubled, *lost]:
        say(f"doubled or lost: {deed}")
    counted = f"{len(doubled)} double, {len(lost)} not in the journal, {len(wrong)} disagree"
    say(f"{found.carried_out.total()} writes carried out, {counted}")
    return bool(doubled or lost or wrong)


if __name__ == "__main__":
    sys.exit(main())
