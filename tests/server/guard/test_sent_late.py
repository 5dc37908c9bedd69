"""A change that has to be sent again, or late, goes to what was agreed to, or nowhere."""

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any

import pytest
from mcp.types import CallToolResult
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from tests.support.answers import ACCEPT, DECLINE, User
from tests.support.world import Era, World, data, error, said, text

ERAS: list[Era] = ["modern", "legacy"]
CRITICAL = {"name": "COLD STORE ALARM", "template": "coldStoreDoor", "type": "periodic", "frequency": 1000}
NEW = {"name": "Pump watch", "template": "pumpVibration", "type": "periodic", "frequency": 30_000}


class Limiting:
    """Takes no change at first, and has something happen meanwhile."""

    def __init__(self, world: World, meanwhile: Callable[[], object | Awaitable[object]], times: int = 1) -> None:
        recorder = world.sandbox.recorder
        self._app, self._meanwhile, self._left = recorder.app, meanwhile, times
        recorder.app = self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] == "GET" or not self._left:
            await self._app(scope, receive, send)
            return
        self._left -= 1
        happened = self._meanwhile()
        if isawaitable(happened):
            await happened
        await JSONResponse({"statusCode": 429, "error": "Too many requests"}, 429)(scope, receive, send)


def sent(world: World) -> list[int]:
    """Return the statuses that requests for a change got."""
    return [status for _, _, status in world.sandbox.recorder.attempts]


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("tool", "more", "runs"),
    [
        ("delete_task", {"force_stop": True}, False),
        ("delete_task", {"force_stop": True}, True),
        ("stop_task", {}, True),
    ],
)
async def test_what_was_not_taken_at_first_is_not_done_to_another_task_meanwhile(
    world: World, era: Era, tool: str, more: dict[str, Any], runs: bool
) -> None:
    task_id, user = world.sandbox.create("Harmless", start=runs), User(ACCEPT)
    Limiting(world, lambda: world.sandbox.put(task_id, "running", CRITICAL))
    async with world.client(era, user) as client:
        result = await client.call_tool(tool, {"task_id": task_id, **more})
        changes = data(await client.call_tool("list_changes", {}))["changes"]
    found = error(result)
    assert (found["kind"], found["changed"], found["retryable"]) == ("stale", "no", False)
    assert "the task changed before this could be sent (" in text(result)
    assert "specification.name" in text(result)
    assert f"Call {tool} again to ask the user anew." in text(result)
    assert (world.sandbox.status(task_id), sent(world)) == ("running", [429])
    assert [change["outcome"] for change in changes] == ["not_done"]


async def test_a_token_does_not_hold_for_what_became_of_the_task_meanwhile(world: World) -> None:
    task_id = world.sandbox.create("Harmless", start=False)
    offered = data(await world.call("delete_task", task_id=task_id, force_stop=True))
    token = offered["confirmation_required"]["confirmation"]
    Limiting(world, lambda: world.sandbox.engine.start(task_id))
    again = {"task_id": task_id, "force_stop": True, "confirmation": token}
    assert error(await world.call("delete_task", **again))["kind"] == "stale"
    assert error(await world.call("delete_task", **again))["kind"] == "already_used"
    assert (world.sandbox.status(task_id), sent(world)) == ("running", [429])


@pytest.mark.parametrize("seconds", [0, 1, -30])
async def test_what_a_person_refuses_before_it_is_sent_again_is_not_sent(world: World, seconds: float) -> None:
    task_id = world.sandbox.create("Pump")
    offered = data(await world.call("stop_task", task_id=task_id))
    refusal: list[CallToolResult] = []

    async def refuse() -> None:
        # On another machine, say, whose clock is another.
        world.clock.advance(seconds)
        async with world.client(ask=User(DECLINE)) as client:
            refusal.append(await client.call_tool("stop_task", {"task_id": task_id}))

    Limiting(world, refuse)
    token = offered["confirmation_required"]["confirmation"]
    result = await world.call("stop_task", task_id=task_id, confirmation=token)
    assert (error(result)["kind"], error(result)["changed"]) == ("declined", "no")
    assert error(refusal[0])["kind"] == "declined"
    assert (world.sandbox.status(task_id), sent(world)) == ("running", [429])


async def test_a_task_that_was_started_meanwhile_is_not_stopped_by_its_replacement(world: World) -> None:
    task_id = world.sandbox.create(start=False)
    Limiting(world, lambda: world.sandbox.engine.start(task_id))
    result = await world.call("replace_task", task_id=task_id, specification=NEW)
    assert (error(result)["kind"], error(result)["changed"]) == ("stale", "no")
    assert "(status: stopped -> running)" in text(result)
    assert "Call replace_task again if that is what the user wants all the same." in text(result)
    assert (world.sandbox.status(task_id), sent(world)) == ("running", [429])


async def test_a_task_that_is_started_while_its_replacement_is_put_together_is_left_as_it_is(world: World) -> None:
    task_id, looks = world.sandbox.create(start=False), 0

    async def start_meanwhile(method: str, path: str) -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            world.sandbox.engine.start(task_id)

    world.sandbox.recorder.before = start_meanwhile
    result = await world.call("replace_task", task_id=task_id, specification=NEW)
    assert (error(result)["kind"], error(result)["changed"]) == ("not_possible", "no")
    assert "The task was stopped a moment ago, and is running now." in text(result)
    assert (world.sandbox.status(task_id), sent(world)) == ("running", [])


async def test_what_is_not_possible_any_more_is_not_sent(world: World) -> None:
    task_id = world.sandbox.create(start=False)
    Limiting(world, lambda: world.sandbox.engine.start(task_id))
    async with world.client(ask=User(ACCEPT)) as client:
        result = await client.call_tool("delete_task", {"task_id": task_id})
        changes = data(await client.call_tool("list_changes", {}))["changes"]
    assert (error(result)["kind"], error(result)["changed"]) == ("not_possible", "no")
    assert (world.sandbox.status(task_id), sent(world)) == ("running", [429])
    assert [change["outcome"] for change in changes] == ["not_done"]


async def test_a_task_that_is_gone_meanwhile_is_told_to_be(world: World) -> None:
    task_id = world.sandbox.create(start=False)
    Limiting(world, lambda: world.sandbox.engine.delete(task_id, force_stop=False))
    result = await world.call("start_task", task_id=task_id)
    assert (error(result)["kind"], error(result)["changed"]) == ("not_found", "no")
    assert sent(world) == [429]


@pytest.mark.parametrize(
    ("tool", "more", "runs", "says"),
    [
        ("delete_task", {"force_stop": True}, True, "Deleted"),
        ("stop_task", {}, True, "Stopped"),
        ("start_task", {}, False, "Started"),
        ("replace_task", {"specification": NEW}, False, "Replaced"),
    ],
)
async def test_what_was_not_taken_at_first_is_done_to_a_task_that_is_as_it_was(
    world: World, tool: str, more: dict[str, Any], runs: bool, says: str
) -> None:
    task_id, looks = world.sandbox.create(start=runs), list[int]()
    Limiting(world, lambda: looks.append(len(world.sandbox.recorder.requests)), times=2)
    async with world.client(ask=User(ACCEPT)) as client:
        assert said(await client.call_tool(tool, {"task_id": task_id, **more})).startswith(says)
    assert sent(world) == [429, 429, 204 if tool == "delete_task" else 200]
    methods = [method for method, _, _ in world.sandbox.recorder.requests[looks[0] :]]
    assert [method == "GET" for method in methods] == [False, True, True, False, True, True, False]
