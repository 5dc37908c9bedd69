"""Those who subscribed are told of what this server changed, and a change is made whoever hears of it."""

from collections.abc import Iterable
from pathlib import Path

import anyio
import pytest
from mcp import Client
from mcp.server.session import ServerSession
from mcp.shared.exceptions import MCPError
from mcp.types import METHOD_NOT_FOUND

from server.app import build
from server.features import Reach, reach_over_http
from server.resources.addresses import Address, address_of
from server.resources.kinds import Live
from server.resources.updates import Updates
from tests.conftest import MakeWorld
from tests.support.answers import ACCEPT, DECLINE, User
from tests.support.door import Door, door
from tests.support.resources import OVERVIEW, read, refusal
from tests.support.serving import PATIENCE, over_http
from tests.support.telling import MakeClient, subscribe, told_of, unsubscribe
from tests.support.world import Era, Sandbox, World, data, settings

ERAS: list[Era] = ["modern", "legacy"]
SPECIFICATION = {"name": "Pump watch", "template": "pumpVibration"}


def clients(world: World, era: Era, *answers: object) -> MakeClient:
    """Return what makes clients that hear messages, and have a user if that answers."""
    user = User(*answers) if answers else None  # pyright: ignore[reportArgumentType]
    mode = "auto" if era == "modern" else "legacy"
    return lambda handler: Client(
        world.running.server, mode=mode, message_handler=handler, elicitation_callback=user, cache=None
    )


def all_of(task_id: str) -> list[str]:
    """Return the addresses of what changes with a task, in order."""
    return [OVERVIEW, f"{OVERVIEW}/{task_id}", f"{OVERVIEW}/{task_id}/configuration"]


@pytest.mark.parametrize("era", ERAS)
async def test_every_kind_of_change_is_told(world: World, era: Era) -> None:
    task_id = world.sandbox.create()
    async with told_of(clients(world, era, ACCEPT), era, *all_of(task_id)) as (client, told):
        stopped = await client.call_tool("stop_task", {"task_id": task_id})
        assert await told.next(3) == all_of(task_id)
        await client.call_tool("undo_change", {"change_id": data(stopped)["change_id"]})
        assert await told.next(3) == all_of(task_id)
        await client.call_tool("replace_task", {"task_id": task_id, "specification": SPECIFICATION})
        assert await told.next(3) == all_of(task_id)
        await client.call_tool("delete_task", {"task_id": task_id, "force_stop": True})
        assert await told.next(3) == all_of(task_id)
        await client.call_tool("create_task", {"specification": SPECIFICATION})
        assert await told.next(1) == [OVERVIEW]
        assert told.nothing_more


@pytest.mark.parametrize("era", ERAS)
async def test_what_changed_nothing_is_not_told(world: World, era: Era) -> None:
    task_id, other = world.sandbox.create(), world.sandbox.create()
    async with told_of(clients(world, era, DECLINE, ACCEPT), era, *all_of(task_id)[1:]) as (client, told):
        await client.call_tool("get_task", {"task_id": task_id})
        await client.call_tool("start_task", {"task_id": task_id})
        await client.call_tool("stop_task", {"task_id": task_id})
        await client.call_tool("stop_task", {"task_id": other})
        assert world.sandbox.status(other) == "stopped"
        assert world.sandbox.status(task_id) == "running"
        await client.call_tool("delete_task", {"task_id": task_id, "force_stop": True})
        assert await told.next(2) == all_of(task_id)[1:]
        assert told.nothing_more


@pytest.mark.parametrize("era", ERAS)
async def test_clients_of_both_eras_are_told_of_what_another_changed(world: World, era: Era) -> None:
    task_id = world.sandbox.create()
    async with told_of(clients(world, era), era, OVERVIEW) as (client, told):
        before = await read(client, OVERVIEW)
        async with world.client(ask=User(ACCEPT)) as other:
            await other.call_tool("stop_task", {"task_id": task_id})
        assert await told.next(1) == [OVERVIEW]
        # What is read then is not what was kept from before.
        assert await read(client, OVERVIEW) != before


async def test_who_unsubscribed_is_not_told(world: World) -> None:
    task_id = world.sandbox.create()
    async with told_of(clients(world, "legacy", ACCEPT), "legacy", *all_of(task_id)) as (client, told):
        await unsubscribe(client, OVERVIEW)
        await unsubscribe(client, f"{OVERVIEW}/never")
        await client.call_tool("stop_task", {"task_id": task_id})
        assert await told.next(2) == all_of(task_id)[1:]
        assert told.nothing_more


@pytest.mark.parametrize("era", ERAS)
async def test_a_change_that_may_have_been_made_is_told(world: World, era: Era) -> None:
    """The answer is lost, and so is every look at what became of it."""
    task_id = world.sandbox.create()
    async with told_of(clients(world, era, ACCEPT), era, *all_of(task_id)) as (client, told):

        async def lose(method: str, path: str) -> None:
            if method == "POST":
                world.sandbox.recorder.app = broken

        world.sandbox.recorder.before = lose
        result = await client.call_tool("stop_task", {"task_id": task_id})
        assert data(result)["error"]["changed"] == "unknown"
        assert await told.next(3) == all_of(task_id)


async def broken(scope: object, receive: object, send: object) -> None:
    raise RuntimeError("gone")


@pytest.mark.parametrize("era", ERAS)
async def test_a_change_that_is_found_out_later_is_told_then(world: World, era: Era) -> None:
    task_id, app = world.sandbox.create(), world.sandbox.recorder.app
    async with told_of(clients(world, era, ACCEPT), era, *all_of(task_id)) as (client, told):

        async def lose(method: str, path: str) -> None:
            if method == "POST":
                world.sandbox.engine.stop(task_id)
                world.sandbox.recorder.app = broken

        world.sandbox.recorder.before = lose
        await client.call_tool("stop_task", {"task_id": task_id})
        assert await told.next(3) == all_of(task_id)
        world.sandbox.recorder.before, world.sandbox.recorder.app = None, app
        world.clock.advance(300)
        (change,) = data(await client.call_tool("list_changes", {}))["changes"]
        assert change["outcome"] == "done"
        assert await told.next(3) == all_of(task_id)


@pytest.mark.parametrize("era", ERAS)
async def test_a_change_is_done_although_telling_fails(world: World, monkeypatch: pytest.MonkeyPatch, era: Era) -> None:
    task_id = world.sandbox.create()
    async with told_of(clients(world, era, ACCEPT), era, *all_of(task_id)) as (client, told):

        async def fail(*args: object) -> None:
            raise RuntimeError("hunter2")

        monkeypatch.setattr(ServerSession, "send_resource_updated", fail)
        monkeypatch.setattr(Updates, "_publish", fail)
        result = await client.call_tool("stop_task", {"task_id": task_id})
        assert not result.is_error
        assert "hunter2" not in str(result)
        assert told.nothing_more
    assert world.sandbox.status(task_id) == "stopped"


async def test_a_client_that_does_not_listen_holds_up_no_change_and_is_told_when_it_does(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_id, listens, send = world.sandbox.create(), anyio.Event(), ServerSession.send_resource_updated

    async def wait(session: ServerSession, uri: str) -> None:
        await listens.wait()
        await send(session, uri)

    monkeypatch.setattr(ServerSession, "send_resource_updated", wait)
    async with told_of(clients(world, "legacy"), "legacy", OVERVIEW, f"{OVERVIEW}/{task_id}") as (client, told):
        with anyio.fail_after(PATIENCE):
            async with world.client(ask=User(ACCEPT)) as other:
                for tool in ("stop_task", "start_task"):
                    assert not (await other.call_tool(tool, {"task_id": task_id})).is_error
                    await subscribe(client, OVERVIEW)
        assert told.nothing_more
        listens.set()
        # The task's own came first, was under way when it changed again, and is told of that too.
        assert await told.next(3) == [OVERVIEW, f"{OVERVIEW}/{task_id}", f"{OVERVIEW}/{task_id}"]
    assert len(world.running.subscribing.updates.subscribers) == 0


async def test_who_could_not_be_told_once_can_subscribe_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    task_id = world.sandbox.create()
    failed = anyio.Event()

    async def fail(*args: object) -> None:
        failed.set()
        raise anyio.BrokenResourceError

    async with told_of(clients(world, "legacy", ACCEPT), "legacy", OVERVIEW) as (client, told):
        with monkeypatch.context() as patch, anyio.fail_after(PATIENCE):
            patch.setattr(ServerSession, "send_resource_updated", fail)
            await client.call_tool("stop_task", {"task_id": task_id})
            await failed.wait()
        await client.call_tool("start_task", {"task_id": task_id})
        await subscribe(client, f"{OVERVIEW}/{task_id}")
        await client.call_tool("replace_task", {"task_id": task_id, "specification": SPECIFICATION})
        assert await told.next(1) == [f"{OVERVIEW}/{task_id}"]
        assert told.nothing_more


@pytest.mark.parametrize(
    ("operation", "argument", "uri"),
    [
        ("get_task", 'task_id = "secret-*"', f"{OVERVIEW}/secret-1"),
        ("get_task_configuration", 'task_id = "secret-*"', f"{OVERVIEW}/secret-1/configuration"),
        ("list_tasks", 'status = "failed"', OVERVIEW),
    ],
)
async def test_who_may_not_read_something_is_not_told_of_it_either(
    make_world: MakeWorld, tmp_path: Path, operation: str, argument: str, uri: str
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(f'[[rule]]\noperation = "{operation}"\narguments.{argument}\nrequire = "deny"\n')
    world = make_world(policy=policy)
    world.sandbox.put("secret-1", "running", SPECIFICATION)
    async with world.client("legacy") as client:
        with pytest.raises(MCPError) as raised:
            await subscribe(client, uri)
        assert raised.value.error == (await refusal(client, uri)).error
    assert not any(one.uris for one in world.running.subscribing.updates.subscribers.values())
    others = f"{OVERVIEW}/other"
    async with world.client() as client, client.listen(resource_subscriptions=[uri, others]) as subscription:
        assert subscription.honored.resource_subscriptions == [others]


async def test_what_cannot_be_read_cannot_be_subscribed_to(world: World) -> None:
    async with world.client("legacy") as client:
        for uri in ("waylay://tasks/a/b", "file:///etc/passwd", "ui://x"):
            with pytest.raises(MCPError, match="cannot be subscribed to"):
                await subscribe(client, uri)
    uris = [OVERVIEW, "waylay://x"]
    async with (
        world.client() as client,
        client.listen(resource_subscriptions=uris, tools_list_changed=True) as subscription,
    ):
        assert subscription.honored.resource_subscriptions == [OVERVIEW]
        # No list ever changes.
        assert subscription.honored.tools_list_changed is None


async def test_a_client_subscribes_to_so_much_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.resources.subscribing._MOST", 2)
    async with world.client("legacy") as client:
        for number in (1, 2, 2):
            await subscribe(client, f"{OVERVIEW}/t-{number}")
        with pytest.raises(MCPError, match="unsubscribe from some"):
            await subscribe(client, f"{OVERVIEW}/t-3")


async def test_of_a_long_list_of_addresses_only_the_beginning_is_looked_at(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.resources.subscribing._MOST", 2)
    looked_at: list[str] = []

    def look(uri: str, among: Iterable[Live]) -> Address | None:
        looked_at.append(uri)
        return address_of(uri, among)

    monkeypatch.setattr("server.resources.offer.address_of", look)
    uris = [f"{OVERVIEW}/t-{number}" for number in range(1_000)]
    async with world.client() as client, client.listen(resource_subscriptions=uris) as subscription:
        assert subscription.honored.resource_subscriptions == uris[:2]
    assert looked_at == uris[:2]


async def test_nothing_is_kept_of_a_client_that_has_gone(world: World) -> None:
    async with told_of(clients(world, "legacy"), "legacy", OVERVIEW):
        assert len(world.running.subscribing.updates.subscribers) == 1
    assert len(world.running.subscribing.updates.subscribers) == 0


@pytest.mark.parametrize(
    ("reach", "modern", "legacy"), [("sessions", True, True), ("streams", True, False), ("nobody", False, False)]
)
async def test_what_cannot_be_told_is_not_declared(world: World, reach: Reach, *, modern: bool, legacy: bool) -> None:
    server = build(world.settings, connection=world.sandbox.connection(), store=world.store, reach=reach).server
    async with Client(server, cache=None) as client:
        assert declared(client) is modern
    async with Client(server, mode="legacy", cache=None) as client:
        assert declared(client) is legacy
        if not legacy:
            with pytest.raises(MCPError) as raised:
                await subscribe(client, OVERVIEW)
            assert raised.value.code == METHOD_NOT_FOUND


def declared(client: Client) -> bool:
    """Tell whether the server says that it tells of changes."""
    capabilities = client.server_capabilities
    for lists in (capabilities.tools, capabilities.prompts, capabilities.resources):
        assert lists is not None
        assert not lists.list_changed
    return bool(capabilities.resources and capabilities.resources.subscribe)


def test_over_http_it_depends_on_sessions_and_workers() -> None:
    assert reach_over_http(settings()) == "sessions"
    assert reach_over_http(settings(stateless=True)) == "streams"
    assert reach_over_http(settings(workers=2)) == "nobody"


async def test_a_token_that_does_not_allow_reading_is_told_of_nothing(entrance: Door) -> None:
    writer = entrance.issuer.access_token(scope="tasks:write")
    async with entrance.client(writer) as client, client.listen(resource_subscriptions=[OVERVIEW]) as subscription:
        assert subscription.honored.resource_subscriptions is None
    async with entrance.client(entrance.issuer.access_token(scope="tasks:write"), era="legacy") as client:
        with pytest.raises(MCPError, match="cannot be subscribed to"):
            await subscribe(client, OVERVIEW)


async def test_a_stream_ends_with_the_token_that_opened_it(entrance: Door) -> None:
    async with entrance.client() as client:
        # Its tokens are good for five minutes.
        entrance.world.clock.now = entrance.clock.now + 299
        with anyio.fail_after(PATIENCE):
            async with client.listen(resource_subscriptions=[OVERVIEW]) as subscription:
                assert [event async for event in subscription] == []


async def test_a_session_is_told_no_longer_than_its_token_is_good(entrance: Door) -> None:
    uris = all_of(entrance.world.sandbox.create())
    clock, token = entrance.world.clock, entrance.issuer.access_token()
    clock.now = entrance.clock.now
    async with (
        over_http(entrance.address, token) as transport,
        told_of(
            lambda handler: Client(transport, mode="legacy", message_handler=handler, cache=None), "legacy", *uris
        ) as (_, told),
        entrance.client() as other,
    ):
        # Its tokens are good for five minutes.
        clock.advance(299)
        await other.call_tool("create_task", {"specification": SPECIFICATION})
        assert await told.next(1) == [OVERVIEW]
        clock.advance(1)
        await other.call_tool("create_task", {"specification": SPECIFICATION})
        (subscriber,) = entrance.world.running.subscribing.updates.subscribers.values()
        assert subscriber.uris == set()


@pytest.mark.usefixtures("one_minute")
@pytest.mark.parametrize("era", ERAS)
async def test_asking_to_be_told_counts_as_a_call(sandbox: Sandbox, era: Era) -> None:
    async with door(sandbox, calls_per_minute=2) as entrance, entrance.client(era=era) as client:
        for _ in range(2):
            await asks_to_be_told(client, era)
        with pytest.raises(MCPError, match="more than the 2 calls"):
            await asks_to_be_told(client, era)


async def asks_to_be_told(client: Client, era: Era) -> None:
    if era == "legacy":
        await subscribe(client, OVERVIEW)
        return
    async with client.listen(resource_subscriptions=[OVERVIEW]):
        pass


async def test_those_who_do_not_sign_in_have_a_share_of_streams_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.resources.subscribing._STREAMS", 1)
    async with world.client() as one, world.client() as other, one.listen(resource_subscriptions=[OVERVIEW]):
        with pytest.raises(MCPError, match="End some of them first"):
            async with other.listen(resource_subscriptions=[OVERVIEW]):
                pass


async def test_one_caller_cannot_take_all_streams(entrance: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.resources.subscribing._STREAMS", 1)
    alice, bob = (entrance.issuer.access_token(name) for name in ("alice", "bob"))
    async with (
        entrance.client(alice) as one,
        entrance.client(bob) as other,
        one.listen(resource_subscriptions=[OVERVIEW]),
        other.listen(resource_subscriptions=[OVERVIEW]),
    ):
        with pytest.raises(MCPError, match="End some of them first"):
            async with one.listen(resource_subscriptions=[OVERVIEW]):
                pass
