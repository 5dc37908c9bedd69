"""The upstream client: a request to the Tasks API, made until it is answered or there is nothing more to hope for."""

from collections.abc import Callable
from itertools import count
from typing import TypeVar
from urllib.parse import quote

import anyio
import httpx

from server.upstream.bounding import ANSWER, PACKED, bound
from server.upstream.breaker import Breaker
from server.upstream.errors import UpstreamFailure
from server.upstream.health import Health
from server.upstream.limits import Limits
from server.upstream.places import Places
from server.upstream.reading import read
from server.upstream.retrying import Retrying
from server.upstream.sending import Sending
from server.upstream.watching import Exchange, Watcher
from tools.contract import Reply, Request

ResultT = TypeVar("ResultT")


class Upstream:
    """The Tasks API over httpx; what operations see as `Api`.

    Args:
        client: The HTTP client, with address, signing and time limits set.
        limits: How patient it is, and how much it takes on.
        watcher: Watches the requests.
        then_close: Closes what lies behind the client.
    """

    def __init__(
        self, client: httpx.AsyncClient, limits: Limits, watcher: Watcher, then_close: Callable[[], None] | None = None
    ) -> None:
        client.event_hooks = {"response": [bound]}
        self._client = client
        self._root = str(client.base_url).removesuffix("/")
        self._limits = limits
        self._watcher = watcher
        self._then_close = then_close
        self._places = Places(limits.in_flight, limits.waiting)
        self._breaker = Breaker(limits.failures, limits.open_seconds)
        self._retrying = Retrying(limits)

    async def send(self, request: Request, returns: type[ResultT]) -> Reply[ResultT]:
        """Send `request` and read the answer as `returns`.

        Raises:
            UpstreamFailure: whichever of its kinds fits.
        """
        deadline = anyio.current_time() + self._limits.total_timeout
        attempts = count(1)
        return await self._retrying(lambda: self._attempt(request, returns, deadline, next(attempts)))

    def health(self) -> Health:
        """Return how the way to the gateway is now."""
        breaker, places = self._breaker, self._places
        return Health(breaker.circuit, breaker.open_seconds, breaker.retry_seconds, places.in_flight, places.waiting)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()
        if self._then_close is not None:
            self._then_close()

    async def _attempt(self, request: Request, returns: type[ResultT], deadline: float, attempt: int) -> Reply[ResultT]:
        # Before it waits for its turn, so that nobody waits for what is going to be refused; then once more.
        self._breaker.check()
        async with self._places.one(deadline):
            with self._breaker.passing(), self._watcher.request(request) as exchange:
                exchange.attempt = attempt
                try:
                    return await self._exchange(request, returns, deadline, exchange)
                except UpstreamFailure as failure:
                    exchange.failure = failure.kind
                    raise

    async def _exchange(
        self, request: Request, returns: type[ResultT], deadline: float, exchange: Exchange
    ) -> Reply[ResultT]:
        sending = Sending(self._client, request, self._wire(request, exchange))
        try:
            response = await sending.answer(deadline, self._limits.total_timeout)
        finally:
            exchange.status = sending.status
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(read(request, response, returns), headers, response.status_code)

    def _wire(self, request: Request, exchange: Exchange) -> httpx.Request:
        return self._client.build_request(
            request.method,
            self._address(request),
            json=dict(request.body) if request.body is not None else None,
            headers={**exchange.headers, "Accept": request.accept, "Accept-Encoding": PACKED},
            extensions={ANSWER: self._limits.answer},
        )

    def _address(self, request: Request) -> str:
        """Return the whole address: httpx would take it apart three times if it had to put it together itself."""
        path = "/".join(quote(segment, safe="") for segment in request.path)
        query = f"?{httpx.QueryParams(list(request.query))}" if request.query else ""
        return f"{self._root}/{path}{query}"
