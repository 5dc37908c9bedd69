"""What callers put where a trace is named: it fails no call, whatever it is, and none of it is told on."""

from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp.types import INTERNAL_ERROR
from opentelemetry.context import Context

from tests.support.serving import over_stdio
from tests.support.world import Era, World

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SECRET = "password=hunter2 in /home/somebody"


@pytest.mark.parametrize("era", ["modern", "legacy"])
@pytest.mark.parametrize(
    "meta",
    [
        {"baggage": [["a"]]},
        {"baggage": [{"who": "somebody"}]},
        {"traceparent": [["x"]]},
        {"traceparent": [TRACE], "tracestate": [["x"]]},
        {"traceparent": TRACE, "tracestate": [{"a": "b"}]},
        {"traceparent": {"a": "b"}, "tracestate": {"c": {}}, "baggage": {"d": {}}},
        {"traceparent": 7, "tracestate": None, "baggage": False},
    ],
)
async def test_a_call_is_carried_out_whatever_its_trace_is_said_to_be(world: World, meta: Any, era: Era) -> None:
    async with world.client(era) as client:
        result = await client.call_tool("list_tasks", {}, meta=meta)
    assert not result.is_error


@pytest.mark.parametrize("era", ["modern", "legacy"])
async def test_what_the_tracing_fails_over_is_told_without_its_text(
    world: World, monkeypatch: pytest.MonkeyPatch, era: Era
) -> None:
    def fail(meta: object) -> Context | None:
        raise OSError(SECRET)

    async with world.client(era) as client:
        monkeypatch.setattr("mcp.server._otel.extract_trace_context", fail)
        with pytest.raises(MCPError) as caught:
            await client.call_tool("list_tasks", {})
    assert caught.value.code == INTERNAL_ERROR
    assert "list_changes" in caught.value.message
    assert SECRET not in caught.value.message


async def test_no_words_of_a_caller_come_into_the_log_by_a_trace(tmp_path: Path) -> None:
    log = tmp_path / "log"
    words = ",".join(f"somebody {number}" for number in range(20))
    async with over_stdio(log=log) as transport, Client(transport) as client:
        for name in ("traceparent", "tracestate", "baggage"):
            meta: Any = {"traceparent": TRACE, name: words}
            assert not (await client.call_tool("list_tasks", {}, meta=meta)).is_error
    assert "somebody" not in log.read_text()
