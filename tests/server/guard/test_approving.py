"""Consent on the approval page: bound, found again, waited for, spent once; and no way around it."""

import asyncio

import pytest

from server.approvals.wording import outcome_of
from tests.conftest import MakeWorld
from tests.support.answers import ACCEPT, DECLINE, User
from tests.support.approvals import Desk, decides, the_one
from tests.support.world import Era, World, data, error, settings, text

ERAS: list[Era] = ["modern", "legacy"]


@pytest.fixture
def store_url(database_url: str) -> str:
    """These tests run on every database."""
    return database_url


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def world(make_world: MakeWorld, desk: Desk) -> World:
    """A server where only a person's yes counts, that does not wait for long."""
    return make_world(page=desk, confirm="human", approval_wait=0)


@pytest.mark.parametrize("era", ERAS)
async def test_a_call_waits_for_the_approval_and_is_carried_out(world: World, desk: Desk, era: Era) -> None:
    task_id = world.sandbox.create("Cold store 4: door")
    desk.waits = decides(world.store, approve=True)
    async with world.client(era) as client:
        result = await client.call_tool("stop_task", {"task_id": task_id})
    assert world.sandbox.status(task_id) == "stopped"
    (request,) = await world.store.approvals.history()
    assert (request.outcome, request.decided_by) == ("spent", "carol")
    assert request.change_id == data(result)["change_id"]
    assert ("name", '"Cold store 4: door"') in request.facts
    assert (request.title, request.question, request.where) == ("Stop task", "Stop this task?", "sandbox")
    assert (request.requirement, request.rule) == ("human", "the default, tightened to human")
    assert request.client.startswith("mcp ")


async def test_what_nobody_has_decided_is_found_again_by_the_same_call(world: World, desk: Desk) -> None:
    task_id = world.sandbox.create()
    first = await world.call("stop_task", task_id=task_id)
    assert (error(first)["kind"], error(first)["retryable"]) == ("approval_pending", True)
    request = await the_one(world.store)
    assert f"request {request.id} waits for a person's approval, for another 30 min" in text(first)
    assert "call stop_task again with the same arguments" in text(first)
    assert error(await world.call("stop_task", task_id=task_id))["kind"] == "approval_pending"
    assert (await the_one(world.store)).id == request.id
    assert world.sandbox.recorder.attempts == []
    await decides(world.store, approve=True)()
    assert not (await world.call("stop_task", task_id=task_id)).is_error
    assert world.sandbox.status(task_id) == "stopped"


async def test_an_approval_is_spent_once(world: World) -> None:
    task_id = world.sandbox.create()
    await world.call("stop_task", task_id=task_id)
    await decides(world.store, approve=True)()
    results = await asyncio.gather(*(world.call("stop_task", task_id=task_id) for _ in range(4)))
    assert len(world.sandbox.recorder.writes) == 1
    assert sum(not result.is_error for result in results) >= 1
    world.sandbox.engine.start(task_id)
    assert error(await world.call("stop_task", task_id=task_id))["kind"] == "approval_pending"


async def test_two_calls_at_once_make_one_request(world: World) -> None:
    task_id = world.sandbox.create()
    await asyncio.gather(*(world.call("stop_task", task_id=task_id) for _ in range(5)))
    assert len(await world.store.approvals.waiting()) == 1


async def test_an_approval_holds_for_exactly_the_call_that_was_shown(world: World) -> None:
    task_id, other = world.sandbox.create(), world.sandbox.create()
    await world.call("stop_task", task_id=task_id)
    await decides(world.store, approve=True)()
    for tool, arguments in [
        ("stop_task", {"task_id": other}),
        ("delete_task", {"task_id": task_id, "force_stop": True}),
    ]:
        assert error(await world.call(tool, **arguments))["kind"] == "approval_pending"
    assert world.sandbox.recorder.attempts == []


async def test_an_approval_is_void_once_the_task_has_changed(world: World) -> None:
    task_id = world.sandbox.create(start=False)
    await world.call("delete_task", task_id=task_id)
    await decides(world.store, approve=True)()
    world.sandbox.engine.replace(task_id, {**world.sandbox.engine.configuration(task_id), "name": "CRITICAL"})
    result = await world.call("delete_task", task_id=task_id)
    assert error(result)["kind"] == "stale"
    assert "specification.name" in text(result)
    assert world.sandbox.recorder.attempts == []
    assert error(await world.call("delete_task", task_id=task_id))["kind"] == "approval_pending"
    assert ("name", '"CRITICAL"') in (await the_one(world.store)).facts


async def test_a_request_is_void_if_the_task_changes_while_it_waits(make_world: MakeWorld, desk: Desk) -> None:
    world = make_world(page=desk, confirm="human", approval_wait=5)
    task_id = world.sandbox.create()

    async def stop_and_approve() -> None:
        world.sandbox.engine.stop(task_id)
        await decides(world.store, approve=True)()

    desk.waits = stop_and_approve
    assert error(await world.call("stop_task", task_id=task_id))["kind"] == "stale"
    assert world.sandbox.recorder.attempts == []


async def test_a_denial_is_told_with_its_note_even_to_a_call_that_comes_later(world: World) -> None:
    task_id = world.sandbox.create()
    await world.call("stop_task", task_id=task_id)
    await decides(world.store, approve=False, note="The auditors are watching it")()
    result = await world.call("stop_task", task_id=task_id)
    assert error(result)["kind"] == "denied"
    assert 'it was denied by "carol", who says: "The auditors are watching it".' in text(result)
    assert error(await world.call("stop_task", task_id=task_id))["kind"] == "approval_pending"


async def test_a_later_no_voids_an_approval_that_was_not_used(world: World) -> None:
    task_id = world.sandbox.create()
    await world.call("stop_task", task_id=task_id)
    request = await the_one(world.store)
    await decides(world.store, approve=True)()
    async with world.client(ask=User(DECLINE)) as client:
        assert error(await client.call_tool("stop_task", {"task_id": task_id}))["kind"] == "declined"
    result = await world.call("stop_task", task_id=task_id)
    assert (error(result)["kind"], error(result)["changed"]) == ("declined", "no")
    assert world.sandbox.status(task_id) == "running"
    (shown,) = await world.store.approvals.history()
    assert (shown.id, shown.outcome) == (request.id, "refused")
    assert "void, because a person said no to the same afterwards" in outcome_of(shown)
    assert error(await world.call("stop_task", task_id=task_id))["kind"] == "approval_pending"


async def test_a_denial_voids_the_tokens_of_other_clients_for_the_same(make_world: MakeWorld, desk: Desk) -> None:
    world = make_world(page=desk, approval_wait=0)
    task_id = world.sandbox.create()
    offered = data(await world.call("stop_task", task_id=task_id))
    strict = World(world.sandbox, settings(confirm="human", approval_wait=0), store=world.store, page=desk)
    await strict.call("stop_task", task_id=task_id)
    await decides(world.store, approve=False)()
    token = offered["confirmation_required"]["confirmation"]
    assert error(await world.call("stop_task", task_id=task_id, confirmation=token))["kind"] == "declined"
    assert world.sandbox.status(task_id) == "running"


async def test_a_call_that_was_refused_twice_is_not_put_to_anyone_again_for_a_while(world: World) -> None:
    task_id, other = world.sandbox.create(), world.sandbox.create()
    for _ in range(2):
        await world.call("stop_task", task_id=task_id)
        await decides(world.store, approve=False)()
        await world.call("stop_task", task_id=task_id)
    third = await world.call("stop_task", task_id=task_id)
    assert error(third)["kind"] == "refused_before"
    assert "refused this call twice within ten minutes; nobody is asked again now" in text(third)
    assert "can be asked again in ten minutes at the latest" in text(third)
    assert await world.store.approvals.waiting() == []
    assert error(await world.call("stop_task", task_id=other))["kind"] == "approval_pending"
    world.clock.advance(601)
    assert error(await world.call("stop_task", task_id=task_id))["kind"] == "approval_pending"


@pytest.mark.parametrize("era", ERAS)
async def test_that_holds_for_questions_in_the_client_as_well(make_world: MakeWorld, era: Era) -> None:
    world = make_world()
    task_id = world.sandbox.create()
    user = User(DECLINE)
    async with world.client(era, user) as client:
        kinds = [error(await client.call_tool("stop_task", {"task_id": task_id}))["kind"] for _ in range(4)]
    assert kinds == ["declined", "declined", "refused_before", "refused_before"]
    assert len(user.asked) == 2


async def test_a_request_expires(world: World) -> None:
    task_id = world.sandbox.create()
    await world.call("stop_task", task_id=task_id)
    world.clock.advance(1801)
    late = await world.call("stop_task", task_id=task_id)
    assert error(late)["kind"] == "expired"
    assert error(await world.call("stop_task", task_id=task_id))["kind"] == "approval_pending"


async def test_an_approval_that_is_not_used_in_time_is_void(world: World) -> None:
    task_id = world.sandbox.create()
    await world.call("stop_task", task_id=task_id)
    world.clock.advance(1790)
    await decides(world.store, approve=True)()
    world.clock.advance(299)
    (request,) = await world.store.approvals.history()
    assert request.outcome == "approved"
    world.clock.advance(2)
    assert error(await world.call("stop_task", task_id=task_id))["kind"] == "expired"
    assert world.sandbox.recorder.attempts == []


async def test_an_approval_that_expired_is_told_of_once_even_if_the_task_has_changed_too(world: World) -> None:
    task_id = world.sandbox.create(start=False)
    await world.call("delete_task", task_id=task_id)
    await decides(world.store, approve=True)()
    world.sandbox.engine.replace(task_id, {**world.sandbox.engine.configuration(task_id), "name": "CRITICAL"})
    world.clock.advance(1801)
    assert error(await world.call("delete_task", task_id=task_id))["kind"] == "expired"
    assert error(await world.call("delete_task", task_id=task_id))["kind"] == "approval_pending"


async def test_nobody_is_sent_to_the_page_for_a_request_that_expired(world: World, desk: Desk) -> None:
    task_id = world.sandbox.create()
    await world.call("stop_task", task_id=task_id)
    world.clock.advance(1801)
    assert error(await world.call("stop_task", task_id=task_id))["kind"] == "expired"
    assert desk.announced == 1


async def test_an_approval_that_expires_during_the_last_look_is_called_expired(world: World) -> None:
    task_id, looks = world.sandbox.create(), 0
    await world.call("stop_task", task_id=task_id)
    await decides(world.store, approve=True)()

    async def linger(method: str, path: str) -> None:
        nonlocal looks
        looks += 1
        if looks == 4:
            world.clock.advance(1801)

    world.sandbox.recorder.before = linger
    assert error(await world.call("stop_task", task_id=task_id))["kind"] == "expired"
    assert error(await world.call("stop_task", task_id=task_id))["kind"] == "approval_pending"
    assert world.sandbox.recorder.attempts == []


async def test_a_restart_loses_no_request(make_world: MakeWorld, desk: Desk, database_url: str) -> None:
    before = make_world(page=desk, confirm="human", approval_wait=0)
    task_id = before.sandbox.create()
    await before.call("stop_task", task_id=task_id)
    await before.running.aclose()
    after = World(before.sandbox, settings(confirm="human", approval_wait=0), url=database_url, page=desk)
    await decides(after.store, approve=True)()
    assert not (await after.call("stop_task", task_id=task_id)).is_error
    assert before.sandbox.status(task_id) == "stopped"
    await after.running.aclose()


async def test_where_nobody_can_be_asked_it_stays_a_refusal(make_world: MakeWorld) -> None:
    world = make_world(page=Desk("no browser can be opened here."), confirm="human")
    task_id = world.sandbox.create()
    result = await world.call("stop_task", task_id=task_id)
    assert error(result)["kind"] == "cannot_ask"
    assert "a person has to agree to this, the client cannot ask, and no browser can be opened here." in text(result)
    assert await world.store.approvals.waiting() == []


async def test_whoever_can_be_asked_in_the_client_is_not_sent_to_the_page(world: World, desk: Desk) -> None:
    task_id = world.sandbox.create()
    async with world.client(ask=User(ACCEPT)) as client:
        assert not (await client.call_tool("stop_task", {"task_id": task_id})).is_error
    assert desk.announced == 0


async def test_progress_tells_that_the_call_waits(make_world: MakeWorld, desk: Desk) -> None:
    world = make_world(page=desk, confirm="human", approval_wait=0.3)
    task_id = world.sandbox.create()
    heard: list[tuple[float, float | None, str | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, total, message))

    async with world.client() as client:
        await client.call_tool("stop_task", {"task_id": task_id}, progress_callback=hear)
    request = await the_one(world.store)
    assert heard == [(0, 1, f"Request {request.id} waits for a person's approval, for another 30 min.")]
