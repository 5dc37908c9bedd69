"""What a server makes of a gateway's answers, over real sockets, and how it asks."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

from mcp import Client
from mcp.types import CallToolResult
from starlette.responses import JSONResponse, Response

from server.app import build
from server.sandbox.app import build_sandbox
from tests.support.gateways import TASK, Answers
from tests.support.serving import serve
from tests.support.world import Recorder, settings

READ = ("get_task", {"task_id": "t1"})


@asynccontextmanager
async def server(gateway: str, **given: Any) -> AsyncGenerator[Client]:
    """Yield a client of a server whose tenant is at `gateway`."""
    running = build(settings(gateway_url=gateway, api_key="the-key", api_secret="the-secret", **given))
    try:
        async with Client(running.server, cache=None) as client:
            yield client
    finally:
        await running.aclose()


async def answered_with(response: Response, call: tuple[str, dict[str, Any]]) -> CallToolResult:
    """Call a tool while the gateway answers everything with `response`."""
    async with serve(response) as gateway, server(gateway) as client:
        return await client.call_tool(*call)


async def test_the_time_to_wait_and_the_number_of_attempts_are_passed_on() -> None:
    answers = Answers(Response(status_code=503), Response(status_code=429, headers={"Retry-After": "17"}))
    async with serve(answers) as gateway, server(gateway, total_timeout=10) as client:
        found = cast("dict[str, Any]", (await client.call_tool(*READ)).structured_content)["error"]
    assert (found["kind"], found["hint"], found["retry_after"]) == ("rate_limited", "Try again in 17 seconds.", 17)
    assert found["attempts"] == 2
    assert found["message"].endswith("It was tried 2 times.")


async def test_a_list_in_the_plain_form_is_read_with_its_count_from_the_header() -> None:
    result = await answered_with(JSONResponse([TASK], headers={"X-Count": "41"}), ("list_tasks", {}))
    page = cast("dict[str, Any]", result.structured_content)
    assert (page["total"], page["returned"]) == (41, 1)


async def test_a_list_without_any_count_says_that_the_total_is_unknown() -> None:
    result = await answered_with(JSONResponse([TASK]), ("list_tasks", {"hits": 1}))
    assert "total" not in cast("dict[str, Any]", result.structured_content)
    assert "of an unknown total" in str(result.content)


async def test_filters_that_an_older_service_ignores_are_called_out() -> None:
    result = await answered_with(
        JSONResponse([TASK], headers={"X-Count": "1"}),
        ("list_tasks", {"status": "pending", "type": "onetime", "tags": {"site": "ghent"}, "tag_keys": ["a"],
                        "include_health": True}),
    )  # fmt: skip
    shown = str(result.content)
    for name in ("status", "tags", "tag_keys"):
        assert f"Careful: 1 rows of this page do not match {name}; this service may ignore that filter." in shown
    assert "do not match type" not in shown
    assert "Careful: this service reports no health." in shown


async def test_a_name_that_was_cut_in_the_middle_of_a_character_is_shown_all_the_same() -> None:
    cut = Response(
        b'[{"ID": "t1", "name": "Pump \\ud83d", "status": "running"}, {"ID": "t2"}]', media_type="application/json"
    )
    result = await answered_with(cut, ("list_tasks", {}))
    assert not result.is_error
    assert "t1,Pump ?,running" in str(result.content)


async def test_connections_are_kept_alive() -> None:
    ports: set[object] = set()

    async def note_port(scope: Any, receive: Any, send: Any) -> None:
        ports.add(scope.get("client"))
        await JSONResponse(TASK)(scope, receive, send)

    async with serve(note_port) as gateway, server(gateway) as client:
        for _ in range(5):
            await client.call_tool(*READ)
    assert len(ports - {None}) == 1


async def test_requests_are_signed_and_ids_are_encoded() -> None:
    seen: list[Any] = []

    async def note(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            seen.append((scope["raw_path"], dict(scope["headers"])[b"authorization"]))
        await JSONResponse({**TASK, "ID": "a:b~c"})(scope, receive, send)

    async with serve(note) as gateway, server(gateway) as client:
        await client.call_tool("get_task", {"task_id": "a:b~c"})
    assert seen == [(b"/rules/v1/tasks/a%3Ab~c", b"Basic dGhlLWtleTp0aGUtc2VjcmV0")]


async def test_a_gateway_below_a_path_is_reached_there() -> None:
    sandbox = build_sandbox(tasks=3)
    recorder = Recorder(sandbox)
    async with serve(recorder) as gateway, server(f"{gateway}/tenant/") as client:
        await client.call_tool("list_tasks", {})
    assert recorder.requests[0][1].startswith("/tenant/rules/v1/tasks")
    sandbox.state.store.close()
