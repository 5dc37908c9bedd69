"""The service of a soak: a sandbox on a real socket, and now and then a fault on the way to it."""

import asyncio
import random
import ssl
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.faults.exchange import Exchange
from tests.faults.fault import Fault
from tests.faults.faults import FAULTS
from tests.faults.gateway import Identities
from tests.faults.plan import Plan
from tests.faults.proxy import Proxy
from tests.faults.wall_clock import WallClock
from tests.soak.deeds import Deeds
from tests.support.serving import serve
from tests.support.world import Sandbox

_OF_READS, _OF_WRITES = 0.03, 0.15
"""The shares of requests that a fault hits."""

TASKS = 200
"""Tasks that are there besides the ones that the load is about."""

_NOT_HERE = frozenset({"processed long after", "an answer about another task", "closed while idle"})
"""What needs a call to tell when it is over, or a task that was asked for."""

_LATEST = 5
"""Seconds after which the service has carried out what nobody waits for any more."""


async def _some_seconds_after(exchange: Exchange) -> None:
    await exchange.request()
    await exchange.gone()
    await asyncio.sleep(exchange.rng.uniform(0, _LATEST))
    await exchange.carried_out()


_LATE = Fault(name="processed some seconds after", fate="late", strikes=_some_seconds_after, hangs=True)
_OFTEN = 4
"""How often it is among the faults: nothing else shows whether a call says too early that nothing was done."""


class Chance(Plan):
    """Hits some requests with any fault that can befall one.

    Args:
        rng: Where chance comes from.
    """

    def __init__(self, rng: random.Random) -> None:
        super().__init__(None)
        self._rng = rng
        known = [fault for fault in FAULTS if fault.strikes and fault.name not in _NOT_HERE]
        self._faults: list[Fault] = [*known, *[_LATE] * _OFTEN]
        self._calm = False
        self.hits = Counter[str]()
        """How often each fault hit what changes something, by what becomes of it."""

    def lift(self) -> None:
        """Let everything pass from now on."""
        self._calm = True

    async def strike(self, exchange: Exchange) -> None:
        """Do to a request what is to be done to it."""
        fault = self._rng.choice(self._faults)
        spared = exchange.begun == b"DELE" and "delete_task" in fault.leaves_out
        if (
            self._calm
            or spared
            or fault.strikes is None
            or self._rng.random() > (_OF_WRITES if exchange.writes else _OF_READS)
        ):
            await exchange.passed_on()
            return
        self.struck += 1
        self.hits[fault.fate] += exchange.writes
        await fault.strikes(exchange)


@dataclass(frozen=True, slots=True)
class Service:
    """What a server has for its gateway.

    Attributes:
        sandbox: Its tasks.
        deeds: What it does.
        plan: Decides about faults.
        gateway: The address of the way with faults on it.
    """

    sandbox: Sandbox
    deeds: Deeds
    plan: Chance
    gateway: str


@asynccontextmanager
async def service(rng: random.Random) -> AsyncGenerator[Service]:
    """Yield the service."""
    sandbox, plan, plain = Sandbox(TASKS, WallClock()), Chance(rng), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    deeds = Deeds(sandbox.app)
    try:
        async with serve(deeds) as address:
            proxy = Proxy(
                ("sandbox", int(address.rpartition(":")[2])),
                plan,
                rng,
                Identities(plain, plain),
                tls=False,
                clock=sandbox.clock,
            )
            async with proxy.listening():
                yield Service(sandbox, deeds, plan, f"http://127.0.0.1:{proxy.port}")
    finally:
        sandbox.close()
