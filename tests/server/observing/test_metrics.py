"""What is counted, and that it says nothing of anybody."""

import subprocess
import sys

import httpx
import pytest
from mcp import Client

from server.web.app import http_app
from tests.server.observing.conftest import Watched
from tests.support.answers import ACCEPT, DECLINE, User
from tests.support.resources import OVERVIEW, complete_id, read, refusal
from tests.support.serving import PATIENCE, clean_environment, over_http, serve
from tests.support.world import Era, World, text

ROUTE = "route=/rules/v1/tasks/{task_id}"


async def test_calls_are_counted_by_tool_and_by_what_came_of_them(watched: Watched) -> None:
    task_id = watched.world.sandbox.create()
    for tool, arguments in (
        ("list_tasks", {}), ("list_tasks", {}), ("get_task", {"task_id": task_id}), ("get_task", {"task_id": "none"}),
        ("get_task", {"id": task_id}), ("stop_task", {"task_id": task_id}), ("start_task", {"task_id": task_id}),
    ):  # fmt: skip
        await watched.world.call(tool, **arguments)
    told = await watched.scraped()
    assert {name: value for name, value in told.items() if name.startswith("calls_total")} == {
        "calls_total{outcome=done,tool=list_tasks}": 2,
        "calls_total{outcome=done,tool=get_task}": 1,
        "calls_total{outcome=not_found,tool=get_task}": 1,
        "calls_total{outcome=invalid_arguments,tool=get_task}": 1,
        "calls_total{outcome=question,tool=stop_task}": 1,
        "calls_total{outcome=nothing_to_do,tool=start_task}": 1,
    }
    assert told["call_duration_seconds_count{tool=get_task}"] == 3
    assert told["call_duration_seconds_bucket{le=+Inf,tool=get_task}"] == 3
    assert told["calls_in_progress"] == 0


@pytest.mark.parametrize("era", ["modern", "legacy"])
async def test_questions_and_answers_are_counted_by_way(watched: Watched, era: Era) -> None:
    sandbox = watched.world.sandbox
    for answer in (ACCEPT, DECLINE):
        async with watched.world.client(era, User(answer)) as client:
            await client.call_tool("stop_task", {"task_id": sandbox.create()})
    await watched.world.call("stop_task", task_id=sandbox.create())
    told = await watched.scraped()
    assert told["questions_total{way=question}"] == 2
    assert told["questions_total{way=token}"] == 1
    assert told["answers_total{answer=accepted,way=question}"] == 1
    assert told["answers_total{answer=declined,way=question}"] == 1
    assert told["calls_total{outcome=done,tool=stop_task}"] == 1


async def test_requests_to_the_service_are_counted_by_route_and_status(watched: Watched) -> None:
    await watched.world.call("get_task", task_id=watched.world.sandbox.create())
    # An ID that is a word of the API is an ID nevertheless.
    await watched.world.call("get_task", task_id="conf")
    told = await watched.scraped()
    assert told[f"upstream_requests_total{{method=GET,result=200,{ROUTE}}}"] == 1
    assert told[f"upstream_requests_total{{method=GET,result=404,{ROUTE}}}"] == 1
    assert told[f"upstream_request_duration_seconds_count{{method=GET,{ROUTE}}}"] == 2
    assert told["upstream_requests_in_flight"] == 0


async def test_each_attempt_is_counted_and_those_that_repeat_another(watched: Watched) -> None:
    task_id, watched.gateway.failing = watched.world.sandbox.create(), 1
    assert "Pump watch" in text(await watched.world.call("get_task", task_id=task_id))
    told = await watched.scraped()
    assert told[f"upstream_requests_total{{method=GET,result=503,{ROUTE}}}"] == 1
    assert told[f"upstream_requests_total{{method=GET,result=200,{ROUTE}}}"] == 1
    assert told[f"upstream_retries_total{{method=GET,{ROUTE}}}"] == 1
    assert told["calls_total{outcome=done,tool=get_task}"] == 1


async def test_a_service_that_is_left_alone_is_told_of(watched: Watched) -> None:
    watched.gateway.failing = 99
    assert (await watched.scraped())["upstream_circuit_open"] == 0
    for _ in range(3):
        await watched.world.call("list_tasks")
    told = await watched.scraped()
    assert told["upstream_circuit_open"] == 1
    assert told["calls_total{outcome=unavailable,tool=list_tasks}"] >= 1


async def test_a_store_that_fails_is_counted(watched: Watched) -> None:
    watched.world.store.database.run_now(lambda connection: connection.exec_driver_sql("DROP TABLE consents"))
    await watched.world.call("stop_task", task_id=watched.world.sandbox.create())
    told = await watched.scraped()
    assert told["store_failures_total"] >= 1
    assert told["store_duration_seconds_count"] >= 2


async def test_what_is_refused_before_it_is_a_call_is_counted_by_status(watched: Watched) -> None:
    async with httpx.AsyncClient() as client:
        for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
            await client.post(f"{watched.address}/mcp", json={}, headers=headers)
        await client.get(f"{watched.address}/elsewhere")
    told = await watched.scraped()
    assert told["refused_requests_total{status=421}"] == 1
    assert told["refused_requests_total{status=403}"] == 1
    assert "refused_requests_total{status=404}" not in told


async def test_what_runs_and_what_it_takes_is_told(watched: Watched) -> None:
    told = await watched.scraped()
    assert [value for name, value in told.items() if name.startswith("build_info{python=")] == [1]
    assert told["process_resident_memory_bytes"] > 1_000_000
    assert told["process_cpu_seconds_total"] > 0


async def test_nothing_tells_of_tasks_people_or_clients(watched: Watched) -> None:
    task_id = watched.world.sandbox.create("A name of a stranger's", tags={"site": "Ghent"})
    async with over_http(watched.address) as transport, Client(transport) as client:
        for tool in ("get_task", "stop_task", "get_task_configuration", "list_changes"):
            await client.call_tool(tool, {"task_id": task_id})
        await client.call_tool("list_tasks", {"name": "*stranger*"})
    told = (await watched.get("/metrics")).text
    assert 'tool="get_task_configuration"' in told
    for private in (task_id, "stranger", "Ghent", "127.0.0.1", "sandbox", "mcp-session", "confirmation"):
        assert private not in told


async def test_it_is_told_in_the_form_that_is_asked_for(watched: Watched) -> None:
    async with httpx.AsyncClient(headers={"Accept": "application/openmetrics-text; version=1.0.0"}) as client:
        answer = await client.get(f"{watched.address}/metrics")
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.endswith("# EOF\n")
    assert (await watched.get("/metrics")).headers["content-type"].startswith("text/plain; version=")


async def test_without_metrics_there_is_no_such_page(world: World) -> None:
    async with serve(http_app(world.running, world.settings)) as address, httpx.AsyncClient() as client:
        assert (await client.get(f"{address}/metrics")).status_code == 404


def test_a_server_on_stdio_loads_nothing_that_counts_or_sends() -> None:
    code = (
        "import sys; import server.stdio, server.pipeline; "
        "print([name for name in sys.modules if name.startswith(('prometheus_client', 'opentelemetry.sdk'))])"
    )
    told = subprocess.run(  # noqa: S603 - this Python
        [sys.executable, "-c", code], env=clean_environment(), capture_output=True, text=True, timeout=PATIENCE,
        check=True,
    )  # fmt: skip
    assert told.stdout == "[]\n"


async def test_reads_of_resources_and_completions_are_counted_by_kind(watched: Watched) -> None:
    task_id = watched.world.sandbox.create("Pump")
    async with watched.world.client() as client:
        await read(client, OVERVIEW)
        await read(client, f"{OVERVIEW}/{task_id}")
        await read(client, f"{OVERVIEW}/{task_id}/configuration")
        await refusal(client, f"{OVERVIEW}/none")
        await complete_id(client, "Pump")
    told = await watched.scraped()
    assert {name: value for name, value in told.items() if name.startswith("calls_total")} == {
        "calls_total{outcome=done,tool=resource overview}": 1,
        "calls_total{outcome=done,tool=resource task}": 1,
        "calls_total{outcome=not_found,tool=resource task}": 1,
        "calls_total{outcome=done,tool=resource configuration}": 1,
        "calls_total{outcome=done,tool=completion}": 1,
    }
    assert told["calls_in_progress"] == 0
    assert task_id not in (await watched.get("/metrics")).text
