"""A task counts as gone when the service says so itself, and does not list it either; else a deletion is in doubt."""

from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.conftest import MakeWorld
from tests.support.world import World, data, error, text

PATIENCE = 120


class Front:
    """What stands in front of the service: it passes writes on or not, never their answers, and reads at first.

    Attributes:
        passes: Whether it passes writes on.
        of_task: What it says of a single task once something was written.
        of_list: What it says of the list then.
    """

    def __init__(self, service: ASGIApp) -> None:
        self._service = service
        self._written = False
        self.passes = False
        self.of_task: Response | None = None
        self.of_list: Response | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if request.method != "GET":
            await self._write(scope, receive, send)
            return
        instead = self.of_list if request.url.path.endswith("/tasks") else self.of_task
        await ((instead if self._written else None) or self._service)(scope, receive, send)

    async def _write(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def to_nobody(message: Any) -> None: ...

        self._written = True
        if self.passes:
            await self._service(scope, receive, to_nobody)
        await Response("<p>Unavailable</p>", 503)(scope, receive, send)


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """A server that asks nobody."""
    return make_world(confirm="off")


@pytest.fixture
def front(world: World) -> Front:
    world.sandbox.recorder.app = front = Front(world.sandbox.recorder.app)
    return front


def no_route(task_id: str) -> Response:
    path = f"/rules/v1/tasks/{task_id}"
    return JSONResponse({"timestamp": "2026-11-18", "status": 404, "error": "Not Found", "path": path}, 404)


def repeats_the_address(task_id: str) -> Response:
    return JSONResponse({"statusCode": 404, "error": f"Cannot GET /rules/v1/tasks/{task_id}"}, 404)


def of_another(task_id: str) -> Response:
    return JSONResponse({"statusCode": 404, "error": f"Task with id {task_id}0 not found"}, 404)


def its_own(task_id: str) -> Response:
    return JSONResponse({"statusCode": 404, "error": f"Task with id {task_id} not found"}, 404)


async def outcomes(world: World) -> list[str]:
    return [change["outcome"] for change in data(await world.call("list_changes"))["changes"]]


@pytest.mark.parametrize("says", [no_route, repeats_the_address, of_another, its_own])
async def test_a_task_that_is_there_is_not_called_deleted_whatever_says_404(
    world: World, front: Front, says: Any
) -> None:
    task_id = world.sandbox.create()
    front.of_task = says(task_id)
    result = await world.call("delete_task", task_id=task_id, force_stop=True)
    assert (error(result)["changed"], error(result)["retryable"]) == ("unknown", False)
    assert await outcomes(world) == ["unknown"]
    front.of_task = None
    world.clock.advance(PATIENCE)
    assert await outcomes(world) == ["not_done"]
    assert world.sandbox.status(task_id) == "running"


@pytest.mark.parametrize(
    "of_list",
    [
        JSONResponse({"statusCode": 404, "error": "Not Found"}, 404),
        JSONResponse([{"ID": "d23f", "name": "Another"}]),
        JSONResponse({"values": [], "skip": 0, "limit": 1, "total": 3}),
        Response("<p>Sign in</p>", media_type="text/html"),
    ],
    ids=["not found", "not filtered", "not empty", "a page"],
)
async def test_a_list_that_may_have_the_task_confirms_nothing(world: World, front: Front, of_list: Response) -> None:
    task_id = world.sandbox.create()
    front.of_task, front.of_list = its_own(task_id), of_list
    result = await world.call("delete_task", task_id=task_id, force_stop=True)
    assert error(result)["changed"] == "unknown"


async def test_a_task_that_the_service_says_and_lists_to_be_gone_is_deleted(world: World, front: Front) -> None:
    front.passes = True
    task_id = world.sandbox.create()
    result = await world.call("delete_task", task_id=task_id, force_stop=True)
    assert "So it was looked up: the task is gone." in data(result)["found_out"]
    assert await outcomes(world) == ["done"]
    assert world.sandbox.status(task_id) is None


async def test_a_twin_that_something_else_calls_gone_does_not_make_a_creation_not_done(
    world: World, front: Front
) -> None:
    front.passes = True
    front.of_task = no_route("x")
    created = await world.call("create_task", specification={"name": "New", "template": "pumpVibration"})
    assert error(created)["changed"] == "unknown"
    front.of_task = None
    assert await outcomes(world) == ["done"]


async def test_a_404_that_names_no_task_is_not_told_as_certain(world: World) -> None:
    task_id = world.sandbox.create()
    world.sandbox.recorder.app = no_route(task_id)
    result = await world.call("get_task", task_id=task_id)
    assert 'Not found: "Not Found".' in text(result)
    assert "it may not be the service's own word, and the task may be there." in error(result)["hint"]
