"""The upstream client: a request to the Tasks API, made until it is answered or there is nothing more to hope for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import anyio
import httpx

from server.upstream.answer_body import read
from server.upstream.bounding import ANSWER, PACKED, bound
from server.upstream.breaker import Breaker
from server.upstream.concurrency import Slots
from server.upstream.errors import UpstreamFailure
from server.upstream.health import Health
from server.upstream.last_look import LastLook, Seen, look_at_last
from server.upstream.limits import Limits
from server.upstream.retrying import Retrying
from server.upstream.sending import Sending
from server.upstream.watching import Exchange, Watcher
from tools.contract import Reply, Request

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class _Order(Generic[ResultT]):
    """A request, what its answer is read as, until when it may take, and the last look at what it is about."""

    request: Request
    returns: type[ResultT]
    deadline: float
    look: LastLook | None = None


class _InPlace:
    """Whom a look asks whose write has its turn already.

    Args:
        make: Makes one attempt.
        deadline: The event loop's time at which it is given up.
    """

    def __init__(self, make: Callable[[_Order[Any]], Awaitable[Reply[Any]]], deadline: float) -> None:
        self._make = make
        self._deadline = deadline

    async def send(self, request: Request, returns: type[ResultT]) -> Reply[ResultT]:
        """Send `request` once: the write that waits for its answer is what is tried again."""
        return await self._make(_Order(request, returns, self._deadline))


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
        client.event_hooks = {"request": [look_at_last], "response": [bound]}
        self._client = client
        self._root = str(client.base_url).removesuffix("/")
        self._limits = limits
        self._watcher = watcher
        self._then_close = then_close
        self._slots = Slots(limits.in_flight, limits.waiting)
        self._breaker = Breaker(limits.failures, limits.open_seconds)
        self._retrying = Retrying(limits)

    async def send(self, request: Request, returns: type[ResultT], seen: Seen | None = None) -> Reply[ResultT]:
        """Send `request` and read the answer as `returns`.

        Args:
            request: The request.
            returns: What its answer is read as.
            seen: What a write is about; looked at again where that was not just seen.

        Raises:
            UpstreamFailure: whichever of its kinds fits. Besides, what `seen` raises; then nothing was changed.
        """
        deadline = anyio.current_time() + self._limits.total_timeout
        look = LastLook(seen, self._limits.moment, _InPlace(self._make, deadline)) if seen else None
        order, attempts = _Order(request, returns, deadline, look), count(1)
        return await self._retrying(lambda: self._attempt(order, next(attempts)))

    async def send_once(self, request: Request, returns: type[ResultT]) -> Reply[ResultT]:
        """Send `request`, which reads, and do not try again.

        Raises:
            UpstreamFailure: whichever of its kinds fits.
        """
        return await self._attempt(_Order(request, returns, anyio.current_time() + self._limits.total_timeout), 1)

    def health(self) -> Health:
        """Return how the way to the gateway is now."""
        breaker, slots = self._breaker, self._slots
        return Health(breaker.circuit, breaker.open_seconds, breaker.retry_seconds, slots.in_flight, slots.waiting)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()
        if self._then_close is not None:
            self._then_close()

    async def _attempt(self, order: _Order[ResultT], attempt: int) -> Reply[ResultT]:
        # Before it waits for its turn, so that nobody waits for what is going to be refused; then once more.
        self._breaker.check()
        async with self._slots.one(order.deadline):
            with self._breaker.passing(hurried=self._is_hurried(order.deadline)):
                if order.look is not None:
                    await order.look.take()
                return await self._make(order, attempt)

    async def _make(self, order: _Order[ResultT], attempt: int = 1) -> Reply[ResultT]:
        with self._watcher.request(order.request) as exchange:
            exchange.attempt = attempt
            try:
                return await self._exchange(order, exchange)
            except UpstreamFailure as failure:
                exchange.failure = failure.kind
                raise

    async def _exchange(self, order: _Order[ResultT], exchange: Exchange) -> Reply[ResultT]:
        sending = Sending(self._client, order.request, self._wire(order.request, exchange), order.look)
        try:
            response = await sending.answer(order.deadline, self._limits.total_timeout)
        finally:
            exchange.status = sending.status
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(read(order.request, response, order.returns), headers, response.status_code)

    def _is_hurried(self, deadline: float) -> bool:
        """Tell whether so little time is left that it would be used up at a gateway that is well, too."""
        enough = min(self._limits.connect_timeout, self._limits.total_timeout / 2)
        return deadline - anyio.current_time() < enough

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
