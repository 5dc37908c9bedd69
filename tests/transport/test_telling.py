"""Word of changes through real processes and sockets: over stdio, in a session, on a stream, and at the end."""

import signal
from pathlib import Path

import anyio
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from server.web.app import http_app
from server.web.draining import Draining
from tests.support.answers import ACCEPT, User
from tests.support.resources import OVERVIEW, read, refusal
from tests.support.served import served
from tests.support.serving import PATIENCE, over_http, over_stdio, serve
from tests.support.telling import subscribe, told_of
from tests.support.world import Era, Sandbox, World, data, ids, settings

ERAS: list[Era] = ["modern", "legacy"]


def mode(era: Era) -> str:
    """Return what the client calls an era."""
    return "auto" if era == "modern" else "legacy"


@pytest.mark.parametrize("era", ERAS)
async def test_over_stdio(tmp_path: Path, era: Era) -> None:
    """A process is told of, and reads, what it changed."""
    async with over_stdio(log=tmp_path / "log") as transport:
        user = User(ACCEPT)
        with anyio.fail_after(PATIENCE):
            async with told_of(
                lambda handler: Client(
                    transport, mode=mode(era), message_handler=handler, elicitation_callback=user, cache=None
                ),
                era,
                OVERVIEW,
            ) as (client, told):
                before = await read(client, OVERVIEW)
                task_id = ids(await client.call_tool("list_tasks", {"status": "running", "hits": 1}))[0]
                await client.call_tool("stop_task", {"task_id": task_id})
                assert await told.next(1) == [OVERVIEW]
                assert await read(client, OVERVIEW) != before
                assert "status: stopped" in await read(client, f"{OVERVIEW}/{task_id}")
    assert (tmp_path / "log").read_text() == ""


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("changer", ERAS)
async def test_over_http_in_one_worker(sandbox: Sandbox, era: Era, changer: Era) -> None:
    world = World(sandbox, settings())
    task_id = sandbox.create()
    uri = f"{OVERVIEW}/{task_id}"
    with anyio.fail_after(PATIENCE):
        async with (
            serve(http_app(world.running, world.settings)) as address,
            over_http(address) as transport,
            over_http(address) as other,
            told_of(
                lambda handler: Client(transport, mode=mode(era), message_handler=handler, cache=None), era, uri
            ) as (_, told),
            Client(other, mode=mode(changer), elicitation_callback=User(ACCEPT), cache=None) as client,
        ):
            await client.call_tool("stop_task", {"task_id": task_id})
            assert await told.next(1) == [uri]
    await world.running.aclose()


async def test_without_sessions_only_streams_are_told(sandbox: Sandbox) -> None:
    with served("--stateless") as server, anyio.fail_after(PATIENCE):
        async with over_http(server.address) as transport, Client(transport, mode="legacy") as client:
            resources = client.server_capabilities.resources
            assert resources is not None
            assert not resources.subscribe
            with pytest.raises(MCPError):
                await subscribe(client, OVERVIEW)
        async with (
            over_http(server.address) as transport,
            told_of(lambda handler: Client(transport, message_handler=handler, cache=None), "modern", OVERVIEW) as (
                client,
                told,
            ),
        ):
            specification = {"name": "New", "template": "internet.json"}
            await client.call_tool("create_task", {"specification": specification})
            assert await told.next(1) == [OVERVIEW]


async def test_several_workers_declare_nothing_and_serve_the_rest() -> None:
    with served("--workers", "2") as server, anyio.fail_after(PATIENCE):
        for era in ERAS:
            async with over_http(server.address) as transport, Client(transport, mode=mode(era), cache=None) as client:
                resources = client.server_capabilities.resources
                assert resources is not None
                assert not resources.subscribe
                assert "300 tasks" in await read(client, OVERVIEW)
                assert data(await client.call_tool("list_tasks", {"hits": 0}))["total"] == 300
                assert "Not found" in str(await refusal(client, f"{OVERVIEW}/none"))


async def test_the_end_of_a_server_is_not_held_up_by_those_who_listen() -> None:
    with served(WAYLAY_MCP_DRAIN_SECONDS=str(4 * PATIENCE)) as server, anyio.fail_after(PATIENCE):
        async with (
            over_http(server.address) as transport,
            Client(transport, cache=None) as client,
            client.listen(resource_subscriptions=[OVERVIEW]) as subscription,
        ):
            server.process.send_signal(signal.SIGTERM)
            assert [event async for event in subscription] == []
        assert (await server.ends())[0] == 0


async def test_a_server_that_is_ending_takes_no_new_listeners(sandbox: Sandbox) -> None:
    world, draining = World(sandbox, settings()), Draining()
    async with (
        serve(http_app(world.running, world.settings, draining=draining)) as address,
        over_http(address) as transport,
        Client(transport, cache=None) as client,
    ):
        draining.begin()
        with pytest.raises(MCPError, match="Connect again"):
            async with client.listen(resource_subscriptions=[OVERVIEW]):
                pass
    await world.running.aclose()
