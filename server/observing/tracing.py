"""Spans: of a call, the guard, the store, and each request to the service.

Without an SDK that sends them out they cost next to nothing and go nowhere. They hold no argument, no name of a task,
no query, and nothing of what was raised.
"""

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from opentelemetry.context import attach, detach, get_current
from opentelemetry.propagate import extract
from opentelemetry.trace import (
    INVALID_SPAN,
    ProxyTracerProvider,
    Span,
    SpanKind,
    StatusCode,
    Tracer,
    get_current_span,
    get_tracer,
    get_tracer_provider,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from server.version import NAME, VERSION

Value = str | int | bool

PREFIX = "waylay_tasks_mcp"

_W3C = ("traceparent", "tracestate")


class Tracing:
    """Makes spans."""

    def __init__(self) -> None:
        self._tracer: Tracer = get_tracer(NAME, VERSION)

    def span(
        self, name: str, attributes: Mapping[str, Value] | None = None, kind: SpanKind = SpanKind.INTERNAL
    ) -> AbstractContextManager[Span]:
        """Return a span below the current one, to be entered; none is made where there is no SDK to send it out."""
        if isinstance(get_tracer_provider(), ProxyTracerProvider):
            return nullcontext(INVALID_SPAN)
        return self._tracer.start_as_current_span(
            name, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False
        )

    def tell(self, **attributes: Value | None) -> None:
        """Add attributes of ours to the current span: the call's own comes from the library that speaks MCP."""
        current = get_current_span()
        if current.is_recording():
            told = {f"{PREFIX}.{key}": value for key, value in attributes.items() if value is not None}
            current.set_attributes(told)


def continued(meta: Mapping[str, Any] | None) -> AbstractContextManager[None]:
    """Return the trace that a request names, to be entered where nothing has yet: without an SDK nothing does."""
    # Callers may put anything there.
    told = {name: meta[name] for name in _W3C if isinstance(meta.get(name), str)} if meta else {}
    if not told or get_current_span().get_span_context().is_valid:
        return nullcontext()
    return _entered(told)


@contextmanager
def _entered(told: Mapping[str, str]) -> Generator[None]:
    token = attach(extract(told, get_current()))
    try:
        yield
    finally:
        detach(token)


def failed(span: Span, kind: str) -> None:
    """Mark a span as failed."""
    span.set_attribute("error.type", kind)
    span.set_status(StatusCode.ERROR)


def traceparent() -> Mapping[str, str]:
    """Return the headers that let the service continue the current trace.

    Baggage, which callers may fill with anything, is not passed on, whatever the environment says of propagators.
    """
    headers: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(headers)
    return headers
