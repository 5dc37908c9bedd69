"""What a cell is played with: a sandbox, a proxy before it, and a server whose gateway that is."""

import random
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from server.app import Running, build
from server.settings import Settings
from server.store.store import Store
from tests.faults.cell import Cell
from tests.faults.gateway import DOMAIN
from tests.faults.plan import Plan
from tests.faults.proxy import Proxy
from tests.faults.stage import Stage
from tests.faults.unreadable import ROOM
from tests.faults.wall_clock import WallClock
from tests.support.world import Sandbox, settings

SECRET = "canary-5d0c"
"""What the credentials of every cell begin with."""

_PATIENCE = {"read_timeout": 0.8, "total_timeout": 2.4}
"""Where only that ends a request."""


@dataclass(frozen=True, slots=True)
class Act:
    """What a cell is played with."""

    sandbox: Sandbox
    plan: Plan
    proxy: Proxy
    settings: Settings
    store: Store
    running: Running

    def another_server(self) -> Running:
        """Return a server that shares nothing with the first one but the store, as another worker would."""
        return build(self.settings, store=self.store, clock=self.sandbox.clock)


@asynccontextmanager
async def act(cell: Cell, stage: Stage, rng: random.Random, before: int) -> AsyncGenerator[Act]:
    """Yield what a cell is played with.

    Args:
        cell: Which.
        stage: What all share.
        rng: Where chance comes from.
        before: How many requests the operation makes before the one that changes something.
    """
    host, tls = f"{rng.getrandbits(64):x}.{DOMAIN}", cell.fault.tls
    sandbox = Sandbox(clock=WallClock())
    plan = Plan(cell.fault, "reads" if cell.aims_at_reads else "write", lasting=cell.hit != "once", before=before)
    async with AsyncExitStack() as stack:
        stack.callback(sandbox.close)
        stack.enter_context(stage.known(host, sandbox.recorder, plan.resolve))
        proxy = Proxy((host, stage.port), plan, rng, stage.identities, tls=tls, clock=sandbox.clock)
        await stack.enter_async_context(proxy.listening())
        given = _settings(cell, f"{'https' if tls else 'http'}://{host}:{proxy.port}", rng)
        store = Store("sqlite://", sandbox.clock, given.confirm_seconds)
        running = build(given, store=store, clock=sandbox.clock)
        stack.push_async_callback(running.aclose)
        yield Act(sandbox, plan, proxy, given, store, running)


def _settings(cell: Cell, gateway: str, rng: random.Random) -> Settings:
    return settings(
        gateway_url=gateway,
        allow_plain_http=True,
        api_key=f"{SECRET}-key",
        api_secret=f"{SECRET}-{rng.getrandbits(64):x}",
        max_answer=ROOM,
        settle_seconds=0.2,
        **(_PATIENCE if cell.fault.hangs else {}),
    )
