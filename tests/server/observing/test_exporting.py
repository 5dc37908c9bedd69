"""Spans on their way out: by OpenTelemetry's own variables, and never in the way."""

import os
import socket
import time
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

import anyio
import pytest
from mcp import Client
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.observing import exporting
from server.settings_sources import span_exporter
from tests.support.serving import PATIENCE, over_stdio, serve

MISSING = "they are asked for, and the extra is not installed: pip install"


class Collector:
    """What spans are sent to."""

    def __init__(self) -> None:
        self.sent = ExportTraceServiceRequest()
        self.app = Starlette(routes=[Route("/v1/traces", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        self.sent.MergeFromString(await request.body())
        return Response(b"", media_type="application/x-protobuf")


@pytest.mark.parametrize("for_others", [{}, {"OTEL_PYTHON_TRACER_PROVIDER": "sdk_tracer_provider"}])
async def test_the_spans_of_a_server_on_stdio_reach_a_collector(for_others: dict[str, str]) -> None:
    collector = Collector()
    async with serve(collector.app) as address:
        given = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": address,
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=tests",
            **for_others,
        }
        async with over_stdio(given) as transport, Client(transport) as client:
            await client.call_tool("list_tasks", {})
    (resource,) = {str(each.resource): each.resource for each in collector.sent.resource_spans}.values()
    attributes = {each.key: each.value.string_value for each in resource.attributes}
    assert attributes["service.name"] == "waylay-tasks-mcp"
    assert attributes["deployment.environment.name"] == "tests"
    names = {
        span.name
        for each in collector.sent.resource_spans for scope in each.scope_spans for span in scope.spans
    }  # fmt: skip
    assert {"tools/call list_tasks", "guard", "GET /rules/v1/tasks"} <= names


async def test_a_collector_that_says_nothing_does_not_hold_up_the_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        given = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        with anyio.fail_after(PATIENCE):
            async with over_stdio(given) as transport, Client(transport) as client:
                await client.call_tool("list_tasks", {})
                began = time.monotonic()
    assert time.monotonic() - began < 8


@pytest.mark.parametrize("name", ["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_BSP_MAX_QUEUE_SIZE"])
async def test_a_value_that_is_none_stops_nothing_and_is_not_said(tmp_path: Path, name: str) -> None:
    log = tmp_path / "log"
    given = {"OTEL_TRACES_EXPORTER": "otlp", name: "-77"}
    async with over_stdio(given, log=log) as transport, Client(transport) as client:
        assert not (await client.call_tool("list_tasks", {})).is_error
    said = log.read_text()
    assert "No spans are sent: one of the variables that begin with OTEL_" in said
    assert "77" not in said


@pytest.mark.parametrize(
    ("given", "exporter"),
    [
        ({}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, "otlp"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, "otlp"),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, "otlp"),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, "otlp"),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "other"),
        ({"OTEL_TRACES_EXPORTER": "Console"}, "console"),
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "other"),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, None),
        ({"OTEL_SDK_DISABLED": "true", "OTEL_TRACES_EXPORTER": "otlp"}, None),
    ],
)
def test_where_spans_go_is_for_the_shared_variables_to_say(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], exporter: str | None
) -> None:
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert span_exporter() == exporter


@pytest.mark.parametrize(
    ("asked", "missing", "line"),
    [
        ("otlp", "opentelemetry.exporter.otlp.proto.http.trace_exporter", MISSING),
        ("console", "opentelemetry.sdk.trace", MISSING),
        ("zipkin", "", "OTEL_TRACES_EXPORTER may be otlp, console or none here, and the protocol http/protobuf."),
    ],
)
def test_what_hinders_them_is_said_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], asked: str, missing: str, line: str
) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", asked)

    def find(name: str) -> ModuleSpec | None:
        if name == missing:
            raise ModuleNotFoundError(name)
        return find_spec(name)

    monkeypatch.setattr(exporting, "find_spec", find)
    with exporting.sending_spans():
        pass
    assert capsys.readouterr().err.startswith(f"No spans are sent: {line}")
