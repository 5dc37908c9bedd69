"""Whether this process can serve now, for whoever decides where requests go."""

import time
from collections.abc import Callable
from http import HTTPStatus

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse

from server.store.unavailable import StoreUnavailable
from server.upstream.health import Health

_FRESH = 2
"""Seconds for which a look at the store holds: anybody may ask, and as often as they like."""

_PATIENCE = 2
"""Seconds after which a store that says nothing cannot be used."""

_OK = "ok"


class Readiness:
    """Answers /readyz.

    A process is ready as long as the store can be used and it was not told to end. That the service is away does not
    make it unready: every replica would be taken away at once, and callers would hear of no server where they could
    hear of the service. The body says so.

    Args:
        check: Looks at the store, and raises StoreUnavailable; runs in a thread.
        health: How the way to the service is; None as long as nobody has gone it.
        ending: Whether this process was told to end.
    """

    def __init__(
        self, check: Callable[[], object], health: Callable[[], Health | None], ending: Callable[[], bool]
    ) -> None:
        self._check = check
        self._health = health
        self._ending = ending
        self._store, self._until = "", 0.0
        self._looking = anyio.Lock()

    async def answer(self, request: Request) -> JSONResponse:
        """Answer with a line for each check; 503 where one of those fails that count."""
        checks = {"process": "ends" if self._ending() else _OK, "store": await self._of_store()}
        ready = all(said == _OK for said in checks.values())
        body = {"status": "ready" if ready else "not ready", "checks": {**checks, "service": _of(self._health())}}
        return JSONResponse(body, HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE)

    async def _of_store(self) -> str:
        async with self._looking:
            if time.monotonic() >= self._until:
                self._store = await self._looked()
                self._until = time.monotonic() + _FRESH
            return self._store

    async def _looked(self) -> str:
        try:
            with anyio.fail_after(_PATIENCE):
                # A thread that hangs is left behind; it ends by the store's own time limits.
                await anyio.to_thread.run_sync(self._check, abandon_on_cancel=True)
        except TimeoutError:
            return f"did not answer within {_PATIENCE} seconds"
        except StoreUnavailable:
            return "cannot be used; the log says why"
        return _OK


def _of(health: Health | None) -> str:
    if health is None:
        return "not asked yet"
    if health.circuit == "closed":
        return _OK
    next_try = f"the next request goes out in {health.retry_seconds:.0f} s" if health.retry_seconds else "trying again"
    return f"failed too often, so nothing is sent to it for a while; {next_try}"
