"""Watches calls, the requests that they lead to, the guard and the store: counts, times, and makes spans."""

import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from urllib.parse import urlsplit

from opentelemetry.trace import Span, SpanKind

from server.journal.visit import Visit
from server.observing.meter import Meter, NoMeter
from server.observing.routes import route_of
from server.observing.tracing import Tracing, failed, traceparent
from server.observing.unfailing import Unfailing
from server.upstream.health import Health
from server.upstream.watching import Exchange
from tools.contract import Request


class Observing:
    """Watches a server. Nothing here raises what was not raised within.

    Args:
        meter: What counts; None counts nothing, and only spans are made.
        where: The gateway, or what stands for it.
    """

    def __init__(self, meter: Meter | None, where: str) -> None:
        self._meter = meter or NoMeter()
        self._host = urlsplit(where.partition(",")[0]).hostname or where
        self._tracing = Tracing()
        self._unfailing = Unfailing()
        self.health: Callable[[], Health] = Health
        """Tells how the way to the service is."""

    @contextmanager
    def calling(self, visit: Visit) -> Generator[None]:
        """Watch a call."""
        began = time.perf_counter()
        self._unfailing(self._meter.call_began)
        try:
            yield
        finally:
            took = time.perf_counter() - began
            self._unfailing(self._meter.call_ended, visit.operation, visit.outcome, took)
            self._unfailing(self._meter.loaded, self.health())
            self._told(visit)

    @contextmanager
    def request(self, request: Request) -> Generator[Exchange]:
        """Watch one attempt at a request, and let the service continue its trace."""
        route, began = route_of(request.path), time.perf_counter()
        about = {"http.request.method": request.method, "url.template": route, "server.address": self._host}
        self._unfailing(self._meter.loaded, self.health())
        with self._tracing.span(f"{request.method} {route}", about, SpanKind.CLIENT) as span:
            exchange = Exchange(traceparent())
            try:
                yield exchange
            finally:
                took = time.perf_counter() - began
                self._unfailing(self._meter.requested, request.method, route, _result(exchange), took)
                if exchange.attempt > 1:
                    self._unfailing(self._meter.repeated, request.method, route)
                _tell(span, exchange)

    def guarding(self) -> AbstractContextManager[object]:
        """Watch the guard decide, and ask where it does."""
        return self._tracing.span("guard")

    @contextmanager
    def storing(self, work: str) -> Generator[None]:
        """Watch a piece of work of the store's."""
        began, done = time.perf_counter(), False
        with self._tracing.span(f"store {work}", {"db.operation.name": work}) as span:
            try:
                yield
                done = True
            finally:
                self._unfailing(self._meter.stored, time.perf_counter() - began, failed=not done)
                if not done:
                    failed(span, "store")

    def asked(self, way: str) -> None:
        """Note that a question was put."""
        self._unfailing(self._meter.asked, way)

    def _told(self, visit: Visit) -> None:
        """Tell what came of a call. Its span is made by the library that speaks MCP, and ends later."""
        trace = visit.trace
        if trace.way is not None and trace.answered is not None:
            self._unfailing(self._meter.answered, trace.way, trace.answered)
        self._tracing.tell(
            outcome=visit.outcome,
            changed=visit.changed,
            change_id=visit.change_id,
            requirement=trace.requirement,
            asked=trace.way,
            answered=trace.answered,
        )


def _result(exchange: Exchange) -> str:
    """Return the status, or where there is none the kind of failure."""
    return str(exchange.status) if exchange.status is not None else exchange.failure or "cancelled"


def _tell(span: Span, exchange: Exchange) -> None:
    if exchange.attempt > 1:
        span.set_attribute("http.request.resend_count", exchange.attempt - 1)
    if exchange.status is not None:
        span.set_attribute("http.response.status_code", exchange.status)
    if exchange.failure is not None or exchange.status is None:
        failed(span, exchange.failure or "cancelled")
