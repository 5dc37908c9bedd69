"""The overview: the service's own counts, what has failed first, and nothing made up."""

import re
from collections import Counter
from functools import partialmethod

import anyio
import anyio.lowlevel
import pytest
from mcp import Client
from starlette.types import Receive, Scope, Send

from tests.conftest import MakeWorld
from tests.support.door import door
from tests.support.resources import OVERVIEW, read, refusal
from tests.support.serving import PATIENCE
from tests.support.world import Era, Sandbox, World

ERAS: list[Era] = ["modern", "legacy"]


@pytest.mark.parametrize("era", ERAS)
async def test_it_counts_as_the_service_does_with_what_has_failed_first(estate: World, era: Era) -> None:
    rows = estate.sandbox.database.execute("SELECT id, status, type FROM tasks").fetchall()
    statuses, types = Counter(status for _, status, _ in rows), Counter(kind for _, _, kind in rows)
    async with estate.client(era) as client:
        shown = await read(client, OVERVIEW)
    order = ("failed", "running", "pending", "stopped")
    assert shown.startswith("[sandbox] As of 2026-11-18T11:06:40Z: 143 tasks.\n\n- By status: ")
    assert f"- By status: {', '.join(f'{statuses[status]} {status}' for status in order)}\n" in shown
    kinds = ("periodic", "scheduled", "onetime", "reactive")
    assert f"- By type: {', '.join(f'{types[kind]} {kind}' for kind in kinds)}\n" in shown
    failed = {task_id for task_id, status, _ in rows if status == "failed"}
    assert {*re.findall(r"^([0-9a-f-]{36}),", shown, re.MULTILINE)} == failed


async def test_it_takes_few_small_requests_and_not_all_at_once(estate: World) -> None:
    busiest = busy = 0

    async def count(method: str, path: str) -> None:
        nonlocal busiest, busy
        busy += 1
        busiest = max(busiest, busy)
        await anyio.lowlevel.checkpoint()
        busy -= 1

    estate.sandbox.recorder.before = count
    async with estate.client() as client:
        await read(client, OVERVIEW)
    asked = [path for _, path, _ in estate.sandbox.recorder.requests]
    assert len(asked) == 9
    assert sum("hits=0" in path for path in asked) == 8
    assert sum("hits=10" in path and "status=failed" in path for path in asked) == 1
    assert 1 < busiest <= 4


async def test_only_the_first_failed_tasks_are_listed_and_the_rest_has_its_call(world: World) -> None:
    for number in range(12):
        world.sandbox.fail(world.sandbox.create(f"Pump {number}"))
    async with world.client() as client:
        shown = await read(client, OVERVIEW)
    assert "Tasks 1-10 of 12 (status=failed)." in shown
    assert 'More: list_tasks {"status": "failed", "hits": 10, "start_index": 10}' in shown


async def test_a_moment_later_it_is_not_counted_anew(estate: World) -> None:
    async with estate.client() as client, estate.client() as other:
        shown: list[str] = []
        async with anyio.create_task_group() as group:
            group.start_soon(collect, shown, client)
            group.start_soon(collect, shown, other)
        assert len(estate.sandbox.recorder.requests) == 9
        assert await read(client, OVERVIEW) == shown[0] == shown[1]
        assert len(estate.sandbox.recorder.requests) == 9


async def collect(shown: list[str], client: Client) -> None:
    shown.append(await read(client, OVERVIEW))


async def test_after_a_change_by_this_server_it_is_counted_anew(world: World) -> None:
    task_id = world.sandbox.create()
    async with world.client() as client:
        assert "1 running" in await read(client, OVERVIEW)
        await client.call_tool("create_task", {"specification": {"name": "Two", "template": "pumpVibration"}})
        assert ": 2 tasks." in await read(client, OVERVIEW)
    assert world.sandbox.status(task_id) == "running"


class Partly:
    """A service that does not count everything.

    Args:
        sandbox: What answers the rest.
        but: What stands in the query of what is not answered.
    """

    def __init__(self, sandbox: Sandbox, *but: str) -> None:
        self._app = sandbox.app
        self._but = but

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = scope["query_string"].decode()
        if not any(part in query for part in self._but):
            await self._app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 500, "headers": []})
        await send({"type": "http.response.body", "body": b"hunter2"})


async def test_what_could_not_be_counted_is_called_unknown(estate: World) -> None:
    estate.sandbox.recorder.app = Partly(estate.sandbox, "status=failed", "type=onetime")
    async with estate.client() as client:
        shown = await read(client, OVERVIEW)
    assert "- By status: an unknown number of failed, " in shown
    assert "an unknown number of onetime" in shown
    assert "The list of failed tasks could not be read." in shown
    assert ": 143 tasks." in shown


async def test_where_nothing_can_be_counted_that_is_an_error(estate: World) -> None:
    estate.sandbox.recorder.app = Partly(estate.sandbox, "hits")
    async with estate.client() as client:
        error = await refusal(client, OVERVIEW)
        assert error.data["error"]["kind"] == "server_fault"
        assert "hunter2" not in str(error)
        # It is not kept either.
        estate.sandbox.recorder.app = estate.sandbox.app
        assert ": 143 tasks." in await read(client, OVERVIEW)


class Stuck:
    """A service that leaves some requests without an answer.

    Args:
        sandbox: What answers the rest.
        at: What stands in the query of these.
    """

    def __init__(self, sandbox: Sandbox, at: str) -> None:
        self._app = sandbox.app
        self._at = at

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._at in scope["query_string"].decode():
            await anyio.sleep_forever()
        await self._app(scope, receive, send)


async def test_what_was_not_counted_in_time_is_unknown(make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.resources.overview._PATIENCE", 3)
    # A request that gets no answer takes longer than the test waits.
    monkeypatch.setattr(Sandbox, "connection", partialmethod(Sandbox.connection, total_timeout=4 * PATIENCE))
    estate = make_world(tasks=143)
    estate.sandbox.recorder.app = Stuck(estate.sandbox, "type=onetime")
    with anyio.fail_after(PATIENCE):
        async with estate.client() as client:
            shown = await read(client, OVERVIEW)
    assert ": 143 tasks." in shown
    assert "an unknown number of onetime" in shown
    assert shown.count("unknown") == 1


async def test_where_nothing_is_counted_in_time_that_is_an_error(
    estate: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.resources.overview._PATIENCE", 0.05)
    estate.sandbox.recorder.app = Stuck(estate.sandbox, "hits")
    async with estate.client() as client:
        error = await refusal(client, OVERVIEW)
    assert error.data["error"]["kind"] == "timeout"
    assert "counted nothing within 0.05 seconds" in error.message


async def test_an_empty_estate_is_told_as_such(world: World) -> None:
    async with world.client() as client:
        shown = await read(client, OVERVIEW)
    assert ": 0 tasks." in shown
    assert "No tasks match (status=failed)." in shown


async def test_no_name_gets_out_of_its_line_or_its_fence(make_world: MakeWorld) -> None:
    world = make_world()
    for name in ("```\n# Owned\n[x](https://evil.example)", "````", "<!-- x", "| a | b |\n|---|---|"):
        world.sandbox.fail(world.sandbox.create(name))
    async with world.client() as client:
        shown = await read(client, OVERVIEW)
    opening, *_, closing = re.findall(r"^`{3,}.*$", shown, re.MULTILINE)
    assert closing == "`" * 5
    assert opening == f"{closing}text"
    assert shown.endswith(f"\n{closing}")
    assert not re.search(rf"(?m)^{closing}.+\n", shown.partition(opening)[2])
    assert "](" not in shown
    assert "<!--" not in shown


async def test_who_may_read_is_asked_also_where_an_overview_is_kept(sandbox: Sandbox) -> None:
    async with door(sandbox) as entrance:
        async with entrance.client(entrance.issuer.access_token("alice")) as client:
            await read(client, OVERVIEW)
        asked = len(sandbox.recorder.requests)
        async with entrance.client(entrance.issuer.access_token("bob")) as client:
            await read(client, OVERVIEW)
        # What was read for one is not what another is shown.
        assert len(sandbox.recorder.requests) == asked + 9
