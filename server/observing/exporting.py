"""Spans on their way out, where OpenTelemetry's own variables ask for that."""

import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from server.settings_sources import SpanExporter, span_exporter
from server.stderr import say
from server.version import NAME, VERSION

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

_NEEDED = {
    "otlp": ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http.trace_exporter"),
    "console": ("opentelemetry.sdk.trace",),
}

_LAST_ONES = 2
"""Seconds in which the last spans are sent: a host does not wait long for a server that it ends."""


@contextmanager
def sending_spans() -> Generator[None]:
    """Send spans out until this is left, if that is asked for; what hinders it is said, and stops nothing."""
    exporter = span_exporter()
    provider = _begun(exporter) if exporter is not None else None
    try:
        yield
    finally:
        if provider is not None:
            _end(provider)


def _begun(exporter: SpanExporter) -> "TracerProvider | None":
    """Return what sends spans out; None where something hinders it, which is said."""
    hindrance = _hindrance(exporter)
    if hindrance is None:
        try:
            return _provider(exporter)
        except ValueError:
            # It would say the value, too, and that may be a secret.
            hindrance = "one of the variables that begin with OTEL_ has a value that OpenTelemetry does not take."
    say(f"No spans are sent: {hindrance}")
    return None


def _hindrance(exporter: SpanExporter) -> str | None:
    if exporter == "other":
        return "OTEL_TRACES_EXPORTER may be otlp, console or none here, and the protocol http/protobuf."
    if not all(map(_is_there, _NEEDED[exporter])):
        return f"they are asked for, and the extra is not installed: pip install '{NAME}[otel]'."
    return None


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        # Nor is what it would be part of.
        return False


def _provider(exporter: SpanExporter) -> "TracerProvider":
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import set_tracer_provider

    provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
    provider.add_span_processor(_processor(exporter))
    set_tracer_provider(provider)
    return provider


def _resource() -> "Resource":
    """Return what these spans come from; the environment may call it otherwise."""
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource

    of_ours = Resource.create({"service.name": NAME, "service.version": VERSION})
    return of_ours.merge(OTELResourceDetector().detect())


def _processor(exporter: SpanExporter) -> "SpanProcessor":
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter

    if exporter == "console":
        # stdout may belong to the protocol.
        return BatchSpanProcessor(ConsoleSpanExporter(out=sys.stderr))
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return BatchSpanProcessor(OTLPSpanExporter())


def _end(provider: "TracerProvider") -> None:
    # A collector that does not answer would hold the end of the process up for as long as it is patient.
    ending = threading.Thread(target=provider.shutdown, daemon=True)
    ending.start()
    ending.join(_LAST_ONES)
