"""Spans: of a call down to the requests that it leads to, in the trace of whoever called, and private."""

import json
from collections.abc import Sequence
from typing import Any

import anyio
import httpx
import pytest
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from server.observing.tracing import continued, traceparent
from tests.server.observing.conftest import Watched
from tests.support.answers import ACCEPT, User

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
META = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "vendor=1", "baggage": "who=a-stranger"}
CLIENT = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "tests", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
HEADERS = {
    "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28", "MCP-Method": "tools/call",
    "MCP-Name": "list_tasks",
}  # fmt: skip
PATH = "/rules/v1/tasks/{task_id}"


def named(spans: Sequence[ReadableSpan], name: str) -> list[ReadableSpan]:
    return [span for span in spans if span.name == name]


def parents(spans: Sequence[ReadableSpan], span: ReadableSpan) -> list[str]:
    """Return the names of the spans that a span is in, from the nearest."""
    by_id = {each.context.span_id: each for each in spans if each.context}
    above: list[str] = []
    while span.parent is not None and span.parent.span_id in by_id:
        span = by_id[span.parent.span_id]
        above.append(span.name)
    return above


async def test_a_call_is_one_span_with_those_of_guard_store_and_requests_in_it(
    watched: Watched, spans: Sequence[ReadableSpan]
) -> None:
    task_id = watched.world.sandbox.create()
    async with watched.world.client("modern", User(ACCEPT)) as client:
        await client.call_tool("stop_task", {"task_id": task_id})
    calls = [span for span in named(spans, "tools/call stop_task") if span.kind is SpanKind.SERVER]
    told = [dict(call.attributes or {}) for call in calls]
    assert [each["waylay_tasks_mcp.outcome"] for each in told] == ["question", "done"]
    assert told[1]["waylay_tasks_mcp.answered"] == "accepted"
    assert told[1]["waylay_tasks_mcp.changed"] == "yes"
    assert told[1]["gen_ai.tool.name"] == "stop_task"
    assert told[1]["waylay_tasks_mcp.change_id"]
    (stop,) = named(spans, f"POST {PATH}/command/stop")
    assert parents(spans, stop)[0] == "tools/call stop_task"
    assert all("guard" in parents(spans, look) for look in named(spans, f"GET {PATH}/conf")[:1])
    (begun,) = named(spans, "store Changes.begin")
    assert parents(spans, begun)[0] == "tools/call stop_task"
    assert len({span.context.trace_id for span in (stop, begun, calls[1]) if span.context}) == 1


async def test_a_request_is_described_as_opentelemetry_has_it(watched: Watched, spans: Sequence[ReadableSpan]) -> None:
    await watched.world.call("get_task", task_id=watched.world.sandbox.create())
    (request,) = named(spans, f"GET {PATH}")
    assert request.kind is SpanKind.CLIENT
    assert dict(request.attributes or {}) == {
        "http.request.method": "GET",
        "url.template": PATH,
        "server.address": "sandbox",
        "http.response.status_code": 200,
    }


async def test_each_attempt_has_a_span_that_says_how_it_failed(watched: Watched, spans: Sequence[ReadableSpan]) -> None:
    watched.gateway.failing = 1
    await watched.world.call("list_tasks")
    first, second = named(spans, "GET /rules/v1/tasks")
    assert (first.status.status_code, first.status.description) == (StatusCode.ERROR, None)
    assert (first.attributes or {})["error.type"] == "server_fault"
    assert (first.attributes or {})["http.response.status_code"] == 503
    assert second.status.status_code is StatusCode.UNSET
    assert (second.attributes or {})["http.request.resend_count"] == 1


async def test_a_request_that_is_given_up_ends_as_cancelled(watched: Watched, spans: Sequence[ReadableSpan]) -> None:
    begun = anyio.Event()

    async def hang(method: str, path: str) -> None:
        begun.set()
        await anyio.sleep_forever()

    watched.world.sandbox.recorder.before = hang
    async with anyio.create_task_group() as group:
        group.start_soon(watched.world.call, "list_tasks")
        await begun.wait()
        group.cancel_scope.cancel()
    (request,) = named(spans, "GET /rules/v1/tasks")
    assert (request.attributes or {})["error.type"] == "cancelled"


async def test_the_callers_trace_goes_on_to_the_service_and_its_baggage_does_not(
    watched: Watched, spans: Sequence[ReadableSpan]
) -> None:
    # By hand, as the SDK's client would name a trace of its own.
    body = {
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "list_tasks", "arguments": {}, "_meta": {**CLIENT, **META}},
    }  # fmt: skip
    async with httpx.AsyncClient(headers=HEADERS) as client:
        await client.post(f"{watched.address}/mcp", json=body)
    (request,) = named(spans, "GET /rules/v1/tasks")
    assert request.context is not None
    headers = watched.gateway.headers[-1]
    assert headers[b"traceparent"] == f"00-{TRACE}-{request.context.span_id:016x}-01".encode()
    assert headers[b"tracestate"] == b"vendor=1"
    assert b"baggage" not in headers


async def test_spans_hold_no_argument_no_name_and_no_query(watched: Watched, spans: Sequence[ReadableSpan]) -> None:
    task_id = watched.world.sandbox.create("A name of a stranger's", tags={"site": "Ghent"})
    async with watched.world.client("modern", User(ACCEPT)) as client:
        for tool in ("get_task", "stop_task", "start_task"):
            await client.call_tool(tool, {"task_id": task_id})
        await client.call_tool("list_tasks", {"name": "*stranger*", "hits": 7})
        await client.call_tool("get_task", {"task_id": "stranger", "secret": "Ghent"})
    told = json.dumps([json.loads(span.to_json()) for span in spans])
    assert "tools/call start_task" in told
    for private in (task_id, "stranger", "Ghent", "hits", "exception"):
        assert private not in told


def test_without_an_sdk_the_callers_trace_is_passed_on_as_it_came() -> None:
    with continued(META):
        assert traceparent() == {"traceparent": META["traceparent"], "tracestate": "vendor=1"}
    assert traceparent() == {}


def test_no_trace_is_continued_where_the_environment_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    # As the library has it where `OTEL_PROPAGATORS` is `none`.
    monkeypatch.setattr("opentelemetry.propagate._HTTP_TEXT_FORMAT", CompositePropagator([]))
    with continued(META):
        assert traceparent() == {}


def test_what_names_no_trace_is_let_be() -> None:
    wrong: list[Any] = [
        None,
        {},
        {"traceparent": 7},
        {"traceparent": "no"},
        {"traceparent": [[]]},
        {"tracestate": [{}]},
    ]
    for meta in wrong:
        with continued(meta):
            assert "traceparent" not in traceparent()
