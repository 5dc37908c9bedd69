"""A call whose change got no answer, or none that tells, finds out within the call what became of it, and says that."""

from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any

import httpx
import pytest

from server.journal import finding_out
from server.results import Results
from server.store.changes import Changes
from server.store.unavailable import StoreUnavailable
from server.upstream.client import Upstream
from server.upstream.errors import Busy, Unavailable, UpstreamFailure
from tests.conftest import MakeWorld
from tests.support import serving
from tests.support.world import World, data, error, text
from tools.contract import Request
from tools.models.specification import TEMPLATE_EXAMPLE

PATIENCE = 120
NEW = {**TEMPLATE_EXAMPLE, "name": "New"}
OPERATIONS: list[tuple[str, dict[str, Any]]] = [
    ("stop_task", {}),
    ("start_task", {}),
    ("replace_task", {"specification": NEW}),
    ("delete_task", {"force_stop": True}),
    ("create_task", {"specification": NEW}),
]
Reply = httpx.Response | httpx.HTTPError


class Line:
    """The way to the service.

    Attributes:
        carries: Whether what changes something arrives.
        answer: What comes back instead of the answer.
        before_reads: Called before each request that reads.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.carries = True
        self.answer: Reply | None = None
        self.before_reads: Callable[[], Awaitable[None]] | None = None
        self.reads = self.writes = 0
        self._to_service = httpx.ASGITransport.handle_async_request
        line = self

        async def handle(transport: httpx.ASGITransport, request: httpx.Request) -> httpx.Response:
            return await line.send(transport, request)

        monkeypatch.setattr(httpx.ASGITransport, "handle_async_request", handle)

    async def send(self, transport: httpx.ASGITransport, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            self.reads += 1
            if self.before_reads is not None and self.writes:
                await self.before_reads()
            return await self._to_service(transport, request)
        self.writes += 1
        response = await self._to_service(transport, request) if self.carries else None
        if isinstance(self.answer, httpx.HTTPError):
            raise self.answer
        assert self.answer or response
        return self.answer or response or httpx.Response(500)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    return Line(monkeypatch)


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """A server that asks nobody."""
    return make_world(confirm="off")


def says(
    status: int, content: str = '{"statusCode": 500, "error": "Out of order"}', kind: str = "application/json"
) -> Reply:
    return httpx.Response(status, text=content, headers={"content-type": kind})


def silence() -> Reply:
    return httpx.ReadTimeout("silence")


SPOILT: dict[str, Callable[[], Reply]] = {
    "silence": silence,
    "a broken connection": lambda: httpx.ReadError("broken"),
    "502 from in front": lambda: says(502, "<p>Bad gateway</p>", "text/html"),
    "500": lambda: says(500),
    "a page": lambda: says(200, "<p>Sign in</p>", "text/html"),
    "half an answer": lambda: says(200, '{"ID": "d23f'),
}


def about(world: World, tool: str, given: dict[str, Any]) -> dict[str, Any]:
    return given if tool == "create_task" else {"task_id": world.sandbox.create(start=tool != "start_task"), **given}


async def listed(world: World) -> list[dict[str, Any]]:
    return data(await world.call("list_changes"))["changes"]


def each_operation(test: Any) -> Any:
    return pytest.mark.parametrize(("tool", "given"), OPERATIONS, ids=[tool for tool, _ in OPERATIONS])(test)


@pytest.mark.parametrize("spoilt", SPOILT)
@each_operation
async def test_what_was_done_is_told_as_that_whatever_came_back(
    world: World, line: Line, tool: str, given: dict[str, Any], spoilt: str
) -> None:
    line.answer = SPOILT[spoilt]()
    result = await world.call(tool, **about(world, tool, given))
    assert not result.is_error, result
    assert line.writes == 1
    if (tool, spoilt) != ("delete_task", "half an answer"):  # of that answer nothing is read
        assert data(result)["found_out"] in text(result)
        assert "So it was looked up: " in data(result)["found_out"]
    (change,) = await listed(world)
    assert (change["outcome"], change["change_id"]) == ("done", data(result)["change_id"])
    assert data(result).get("task_id") == (change["task_id"] if tool == "create_task" else None)


@each_operation
async def test_what_the_service_itself_failed_over_is_not_done_for_good(
    world: World, line: Line, tool: str, given: dict[str, Any]
) -> None:
    line.answer, line.carries = says(500), False
    result = await world.call(tool, **about(world, tool, given))
    assert (error(result)["changed"], error(result)["retryable"]) == ("no", True)
    assert "so this was not done.\nNothing was changed." in text(result)
    assert "as_of" not in error(result)
    (change,) = await listed(world)
    assert change["outcome"] == "not_done"
    assert line.writes == 1


@pytest.mark.parametrize("spoilt", ["silence", "502 from in front"])
@each_operation
async def test_what_was_not_done_so_far_and_may_still_be_is_told_as_that(
    world: World, line: Line, tool: str, given: dict[str, Any], spoilt: str
) -> None:
    line.answer, line.carries = SPOILT[spoilt](), False
    result = await world.call(tool, **about(world, tool, given))
    assert error(result)["changed"] == "no"
    assert f"It was looked up: as of {error(result)['as_of']} " in error(result)["message"]
    assert "list_changes" in error(result)["hint"]
    assert error(result)["retryable"] is False
    harmless = tool != "create_task" and not runs_once(tool)
    assert ("doing it again does no harm" in error(result)["hint"]) is harmless
    (change,) = await listed(world)
    assert change["outcome"] == "not_yet"
    refused = await world.call("undo_change", change_id=change["change_id"])
    assert f"Change {change['change_id']} was not made so far, and may still be." in text(refused)
    world.clock.advance(PATIENCE)
    assert [change["outcome"] for change in await listed(world)] == ["not_done"]
    assert line.writes == 1


def runs_once(tool: str) -> bool:
    """Tell whether an operation is about the example, whose task runs at times that its template knows."""
    return tool == "replace_task" and NEW.get("type") not in ("periodic", "scheduled", "reactive")


async def test_what_comes_late_is_found_while_the_call_still_looks(world: World, line: Line) -> None:
    task_id = world.sandbox.create()
    line.answer, line.carries = silence(), False

    async def arrive() -> None:
        if line.reads == 5:
            world.sandbox.engine.stop(task_id)

    line.before_reads = arrive
    result = await world.call("stop_task", task_id=task_id)
    assert not result.is_error, result
    assert data(result)["task"]["status"] == "stopped"
    assert data(result)["found_out"] == (
        "The Waylay service did not answer in time. So it was looked up: the task is stopped."
    )


async def test_what_comes_later_than_that_is_found_by_whoever_lists_changes(world: World, line: Line) -> None:
    task_id = world.sandbox.create()
    line.answer, line.carries = silence(), False
    assert error(await world.call("stop_task", task_id=task_id))["as_of"] == "2026-11-18T11:06:40Z"
    page = await world.call("list_changes")
    assert "not_yet: not made so far, and the service may still make it; within minutes it is known whether." in text(
        page
    )
    world.sandbox.engine.stop(task_id)
    assert [change["outcome"] for change in await listed(world)] == ["done"]


@each_operation
async def test_where_nothing_can_be_found_out_the_result_says_how_to_find_out(
    world: World, line: Line, tool: str, given: dict[str, Any]
) -> None:
    async def fail() -> None:
        raise httpx.ConnectError("refused")

    line.answer, line.before_reads = silence(), fail
    result = await world.call(tool, **about(world, tool, given))
    line.before_reads = None
    assert (error(result)["changed"], error(result)["retryable"]) == ("unknown", False)
    assert "It could not be looked up either." in error(result)["message"]
    shows = "list_tasks" if tool == "create_task" else "get_task"
    assert error(result)["hint"] == (
        f"Before doing anything again: list_changes looks again, and {shows} shows what is there."
    )
    assert [change["outcome"] for change in await listed(world)] == ["done"]
    assert line.writes == 1


@pytest.mark.parametrize("kind", [Busy, Unavailable])
async def test_a_server_that_lets_no_look_through_could_not_find_out(
    world: World, line: Line, monkeypatch: pytest.MonkeyPatch, kind: type[UpstreamFailure]
) -> None:
    line.answer, send = silence(), Upstream.send

    async def refuse(upstream: Upstream, request: Request, returns: Any, *seen: Any) -> Any:
        if request.method == "GET" and line.writes:
            raise kind("Not now.")
        return await send(upstream, request, returns, *seen)

    monkeypatch.setattr(Upstream, "send", refuse)
    result = await world.call("stop_task", task_id=world.sandbox.create())
    assert (error(result)["kind"], error(result)["changed"]) == ("timeout", "unknown")


async def test_a_journal_that_cannot_be_read_is_no_reason_to_say_anything_else(
    world: World, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(changes: Changes, *given: object) -> None:
        raise StoreUnavailable

    line.answer = silence()
    monkeypatch.setattr(Changes, "others_meanwhile", fail)
    result = await world.call("stop_task", task_id=world.sandbox.create())
    assert error(result)["changed"] == "unknown"


async def test_looking_comes_to_an_end_although_nobody_answers(
    world: World, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    import anyio

    monkeypatch.setattr(finding_out, "_MARGIN", 0.05)
    line.answer, line.before_reads = silence(), anyio.sleep_forever
    with anyio.fail_after(serving.PATIENCE):
        result = await world.call("stop_task", task_id=world.sandbox.create())
    assert error(result)["changed"] == "unknown"


async def test_a_configuration_that_is_neither_the_old_nor_the_new_one_leaves_it_unknown(
    world: World, line: Line
) -> None:
    task_id = world.sandbox.create()

    async def somebody_replaces_it() -> None:
        world.sandbox.engine.replace(task_id, {**NEW, "name": "Somebody's"})

    line.answer, line.before_reads = silence(), somebody_replaces_it
    result = await world.call("replace_task", task_id=task_id, specification=NEW)
    assert error(result)["changed"] == "unknown"
    assert "the task has neither the configuration that was sent nor the one from before." in text(result)


async def test_a_deletion_that_only_stopped_the_task_says_so(world: World, line: Line) -> None:
    task_id = world.sandbox.create()

    async def stop() -> None:
        if world.sandbox.status(task_id) == "running":
            world.sandbox.engine.stop(task_id)

    line.answer, line.carries, line.before_reads = says(500), False, stop
    result = await world.call("delete_task", task_id=task_id, force_stop=True)
    assert error(result)["changed"] == "unknown"
    assert "It was looked up: the task is stopped." in text(result)


async def test_whether_a_one_time_task_was_stopped_or_ended_is_not_guessed(world: World, line: Line) -> None:
    task_id = world.sandbox.create()
    world.sandbox.change(task_id, "type", "onetime")
    line.answer = silence()
    result = await world.call("stop_task", task_id=task_id)
    assert error(result)["changed"] == "unknown"


@pytest.mark.parametrize(
    ("running", "carries", "changed"), [(True, False, None), (False, True, None), (False, False, "no")]
)
async def test_a_task_that_gets_the_configuration_it_has_is_judged_by_whether_it_was_started(
    world: World, line: Line, running: bool, carries: bool, changed: str | None
) -> None:
    task_id = world.sandbox.create(start=running)
    document = {**world.sandbox.engine.configuration(task_id), "start": True}
    world.sandbox.engine.replace(task_id, document)
    if not running:
        world.sandbox.engine.stop(task_id)
    line.answer, line.carries = silence(), carries
    result = await world.call("replace_task", task_id=task_id, specification=document)
    assert (error(result)["changed"] if result.is_error else None) == changed


async def test_what_another_call_did_to_the_task_meanwhile_leaves_it_unknown(world: World, line: Line) -> None:
    task_id = world.sandbox.create()

    async def another_call_starts_it() -> None:
        line.before_reads = line.answer = None
        assert not (await world.call("start_task", task_id=task_id)).is_error

    line.answer, line.before_reads = silence(), another_call_starts_it
    result = await world.call("stop_task", task_id=task_id)
    assert error(result)["changed"] == "unknown"
    assert "It was looked up: the task is running, after another change to it." in text(result)


@pytest.mark.parametrize("tool", ["stop_task", "delete_task"])
async def test_what_a_second_call_did_is_not_put_down_to_the_first(world: World, line: Line, tool: str) -> None:
    task_id = world.sandbox.create(start=tool == "stop_task")
    line.answer, line.carries = silence(), False
    assert "as_of" in error(await world.call(tool, task_id=task_id))
    line.answer, line.carries = None, True
    assert not (await world.call(tool, task_id=task_id)).is_error
    for _ in range(2):
        assert [change["outcome"] for change in await listed(world)] == ["done", "unknown"]
        world.clock.advance(PATIENCE)


@pytest.mark.parametrize("others", ["is lost too", "arrives"])
async def test_two_calls_that_create_the_same_do_not_take_each_others_task(
    world: World, line: Line, others: str
) -> None:
    async def another_call_creates_it() -> None:
        line.before_reads = None
        line.carries, line.answer = True, silence() if others == "is lost too" else None
        await world.call("create_task", specification=NEW)

    line.answer, line.carries, line.before_reads = silence(), False, another_call_creates_it
    result = await world.call("create_task", specification=NEW)
    assert error(result)["changed"] == ("unknown" if others == "is lost too" else "no")


async def test_a_task_that_was_created_and_deleted_before_anybody_looked_was_not_not_created(
    world: World, line: Line
) -> None:
    async def fail() -> None:
        raise httpx.ConnectError("refused")

    line.answer, line.before_reads = silence(), fail
    await world.call("create_task", specification=NEW)
    (task_id,) = world.sandbox.database.execute("SELECT id FROM tasks").fetchone()
    line.answer = line.before_reads = None
    assert not (await world.call("delete_task", task_id=task_id, force_stop=True)).is_error
    world.clock.advance(PATIENCE)
    assert [change["outcome"] for change in await listed(world)] == ["done", "unknown"]


@pytest.mark.parametrize("ahead", [5400, 0, -5400])
@pytest.mark.parametrize(("seconds", "changed"), [(0, None), (-60, "unknown"), (-3600, "no")])
async def test_a_twin_from_before_the_call_is_told_from_its_task_by_the_clock_of_the_service(
    world: World, monkeypatch: pytest.MonkeyPatch, seconds: int, changed: str | None, ahead: int
) -> None:
    """However far ahead that clock is: the service says its time."""
    to_service = httpx.ASGITransport.handle_async_request

    async def lose(transport: httpx.ASGITransport, request: httpx.Request) -> httpx.Response:
        if request.method != "GET":
            raise httpx.ReadTimeout("silence")
        response = await to_service(transport, request)
        response.headers["date"] = formatdate(world.clock() + ahead, usegmt=True)
        return response

    monkeypatch.setattr(httpx.ASGITransport, "handle_async_request", lose)
    twin = world.sandbox.engine.create(NEW, fail_on_warning=False)[0]
    world.sandbox.change(twin, "created_ms", round((world.clock() + ahead + seconds) * 1000))
    result = await world.call("create_task", specification=NEW)
    assert (error(result)["changed"] if result.is_error else None) == changed


@pytest.mark.parametrize("behind", [0, 3600, -3600])
@pytest.mark.parametrize("carries", [True, False])
async def test_a_time_that_something_on_the_way_has_kept_does_not_hide_the_task_that_was_made(
    world: World, monkeypatch: pytest.MonkeyPatch, behind: int, carries: bool
) -> None:
    to_service = httpx.ASGITransport.handle_async_request

    async def lose(transport: httpx.ASGITransport, request: httpx.Request) -> httpx.Response:
        response = await to_service(transport, request) if carries or request.method == "GET" else None
        if response is None or request.method != "GET":
            raise httpx.ReadTimeout("silence")
        response.headers["date"] = formatdate(world.clock() - behind, usegmt=True)
        return response

    monkeypatch.setattr(httpx.ASGITransport, "handle_async_request", lose)
    result = await world.call("create_task", specification=NEW)
    told = error(result)["changed"] if result.is_error else None
    assert told == ("no" if not carries else "unknown" if behind else None)
    world.clock.advance(PATIENCE)
    expected = "not_done" if not carries else "unknown" if behind else "done"
    assert [change["outcome"] for change in await listed(world)] == [expected]


async def test_a_defect_while_a_change_is_sent_leaves_nobody_in_the_dark(
    world: World, line: Line, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    send = Upstream.send

    async def break_down(upstream: Upstream, request: Request, returns: Any, *seen: Any) -> Any:
        reply = await send(upstream, request, returns, *seen)
        if request.method != "GET":
            raise LookupError
        return reply

    monkeypatch.setattr(Upstream, "send", break_down)
    result = await world.call("stop_task", task_id=world.sandbox.create())
    assert data(result)["found_out"] == (
        "This server failed over the call; its log says why. So it was looked up: the task is stopped."
    )
    assert "stop_task failed while its change was being sent" in caplog.text


async def test_a_defect_after_a_change_was_made_does_not_say_that_nothing_was_changed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: Any) -> None:
        raise LookupError

    monkeypatch.setattr(Results, "outcome", break_down)
    task_id = world.sandbox.create()
    told = error(await world.call("stop_task", task_id=task_id))
    assert world.sandbox.status(task_id) == "stopped"
    assert (told["kind"], told["changed"]) == ("internal", "yes")
    monkeypatch.undo()
    (change,) = await listed(world)
    assert (change["change_id"], change["outcome"]) == (told["change_id"], "done")


async def test_an_undo_finds_out_too_and_can_be_made_again_once_it_is_known_not_to_be_done(
    world: World, line: Line
) -> None:
    stop = data(await world.call("stop_task", task_id=world.sandbox.create()))["change_id"]
    line.answer, line.carries = says(500), False
    assert error(await world.call("undo_change", change_id=stop))["changed"] == "no"
    line.answer, line.carries = silence(), True
    undone = data(await world.call("undo_change", change_id=stop))
    assert (undone["undone"], undone["task"]["status"]) == (stop, "running")
    assert "found_out" in undone


async def test_warnings_that_were_lost_with_the_answer_are_not_taken_for_none(world: World, line: Line) -> None:
    line.answer = silence()
    result = await world.call("create_task", specification=NEW)
    assert text(result).count("Whether there were warnings is not known.") == 1


async def test_what_was_found_is_on_record_with_the_call(world: World, line: Line) -> None:
    line.answer = silence()
    await world.call("stop_task", task_id=world.sandbox.create())
    (call,) = [record for _, record in world.store.audit.since(0, 99) if record["kind"] == "call"]
    assert (call["outcome"], call["changed"], call["found"]) == ("done", "yes", "the task is stopped")
