"""Whatever becomes of a call of a tool that changes something, it leaves exactly one record, about the right task."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import MCPError

from server.errors import InternalFault
from server.guard.guard import Guard
from server.journal.recording import Recording
from tests.conftest import MakeWorld
from tests.support.answers import ACCEPT, CANCEL, DECLINE, User
from tests.support.approvals import Desk, decides
from tests.support.world import Era, World, data
from tools.models.specification import TEMPLATE_EXAMPLE

ERAS: list[Era] = ["modern", "legacy"]
Visit = Callable[[World, str], Awaitable[object]]
"""Makes a call about a task that runs."""


def calls(world: World) -> list[dict[str, Any]]:
    return [record for _, record in world.store.audit.since(0, 1000) if record["kind"] == "call"]


def policy(folder: Path, requirement: str) -> Path:
    path = folder / "policy.toml"
    path.write_text(f'[[rule]]\nname = "one"\nrequire = "{requirement}"\n')
    return path


async def plain(world: World, task_id: str) -> object:
    return await world.call("stop_task", task_id=task_id)


async def in_camel_case(world: World, task_id: str) -> object:
    return await world.call("stop_task", taskId=task_id)


async def with_an_unknown_argument(world: World, task_id: str) -> object:
    return await world.call("stop_task", task_id=task_id, nonsense=1)


async def with_an_unknown_argument_in_camel_case(world: World, task_id: str) -> object:
    return await world.call("stop_task", taskId=task_id, nonsense=1)


async def with_a_token_that_is_no_text(world: World, task_id: str) -> object:
    return await world.call("stop_task", task_id=task_id, confirmation=7)


async def with_a_token_that_was_made_up(world: World, task_id: str) -> object:
    return await world.call("stop_task", task_id=task_id, confirmation="made up \ud800")


async def without_force(world: World, task_id: str) -> object:
    return await world.call("delete_task", task_id=task_id)


async def already_started(world: World, task_id: str) -> object:
    return await world.call("start_task", task_id=task_id)


async def rejected_by_the_service(world: World, task_id: str) -> object:
    document = {**TEMPLATE_EXAMPLE, "template": "nobody knows it"}
    return await world.call("replace_task", task_id=task_id, specification=document)


REFUSED: list[tuple[Visit, dict[str, Any], str, str]] = [
    (plain, {"read_only": True}, "read_only", "never"),
    (plain, {"policy": "deny"}, "policy", "never"),
    (plain, {}, "question", "token"),
    (plain, {"policy": "approver"}, "cannot_ask", "never"),
    (plain, {"confirm": "human", "page": Desk(), "approval_wait": 0}, "approval_pending", "page"),
    (plain, {"confirm": "human", "page": Desk("nobody is there.")}, "cannot_ask", "never"),
    (in_camel_case, {}, "question", "token"),
    (with_an_unknown_argument, {}, "invalid_arguments", "never"),
    (with_an_unknown_argument_in_camel_case, {}, "invalid_arguments", "never"),
    (with_a_token_that_is_no_text, {}, "invalid_arguments", "never"),
    (with_a_token_that_was_made_up, {}, "unknown_confirmation", "token"),
    (without_force, {}, "not_possible", "never"),
    (already_started, {}, "nothing_to_do", "never"),
    (rejected_by_the_service, {}, "rejected", "never"),
]


@pytest.mark.parametrize(
    ("visit", "given", "outcome", "asked"), REFUSED, ids=[f"{one[0].__name__}-{one[2]}" for one in REFUSED]
)
async def test_a_call_that_changes_nothing_leaves_one_record(
    make_world: MakeWorld, tmp_path: Path, visit: Visit, given: dict[str, Any], outcome: str, asked: str
) -> None:
    chosen = {"policy": policy(tmp_path, given["policy"])} if "policy" in given else {}
    world = make_world(**{**given, **chosen})
    task_id = world.sandbox.create()
    await visit(world, task_id)
    (record,) = calls(world)
    assert (record["outcome"], record["asked"], record["changed"]) == (outcome, asked, "no")
    assert record["task_id"] == task_id
    assert ("change_id" in record) == (outcome == "rejected")


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(("answer", "outcome"), [(ACCEPT, "done"), (DECLINE, "declined"), (CANCEL, "cancelled")])
async def test_a_question_in_the_client_leaves_one_record_of_each_round(
    make_world: MakeWorld, era: Era, answer: Any, outcome: str
) -> None:
    world = make_world()
    task_id = world.sandbox.create()
    async with world.client(era, User(answer)) as client:
        await client.call_tool("stop_task", {"taskId": task_id})
    rounds = ["question", outcome] if era == "modern" else [outcome]
    assert [(record["task_id"], record["outcome"]) for record in calls(world)] == [(task_id, one) for one in rounds]


async def test_a_denial_leaves_one_record_that_names_the_request(make_world: MakeWorld) -> None:
    desk = Desk()
    world = make_world(page=desk, confirm="human")
    desk.waits = decides(world.store, approve=False)
    await world.call("stop_task", task_id=world.sandbox.create())
    (record,) = calls(world)
    assert (record["outcome"], record["asked"], record["answered"]) == ("denied", "page", "denied")
    assert record["approval"]


async def test_what_expired_and_what_is_stale_is_told_apart(make_world: MakeWorld) -> None:
    world = make_world()
    task_id = world.sandbox.create()
    tokens = [
        data(await world.call("stop_task", task_id=task_id))["confirmation_required"]["confirmation"] for _ in range(2)
    ]
    world.sandbox.engine.replace(task_id, {**world.sandbox.engine.configuration(task_id), "name": "Other"})
    await world.call("stop_task", task_id=task_id, confirmation=tokens[0])
    world.clock.advance(301)
    await world.call("stop_task", task_id=task_id, confirmation=tokens[1])
    assert [record["outcome"] for record in calls(world)] == ["question", "question", "stale", "expired"]


@pytest.mark.parametrize(
    ("tool", "arguments", "status"),
    [
        ("start_task", {}, 200),
        ("stop_task", {}, 200),
        ("replace_task", {"specification": TEMPLATE_EXAMPLE}, 200),
        ("delete_task", {"force_stop": True}, 204),
        ("create_task", {"specification": TEMPLATE_EXAMPLE}, 201),
    ],
)
async def test_a_change_and_its_undo_leave_one_record_each_about_the_task(
    make_world: MakeWorld, tool: str, arguments: dict[str, Any], status: int
) -> None:
    world = make_world(confirm="off")
    task_id = world.sandbox.create(start=tool != "start_task")
    about = {} if tool == "create_task" else {"task_id": task_id}
    done = data(await world.call(tool, **about, **arguments))
    undone = data(await world.call("undo_change", changeId=done["change_id"]))
    change, undo = calls(world)
    target = done["task_id"] if tool == "create_task" else task_id
    assert (change["operation"], change["task_id"], change["outcome"]) == (tool, target, "done")
    assert (change["status"], change["change_id"]) == (status, done["change_id"])
    assert "performed" not in change
    assert (undo["operation"], undo["outcome"], undo["change_id"]) == ("undo_change", "done", undone["change_id"])
    assert undo["task_id"] == (undone["task_id"] if tool == "delete_task" else target)
    assert (
        undo["performed"]
        == {
            "start_task": "stop_task",
            "stop_task": "start_task",
            "replace_task": "replace_task",
            "delete_task": "create_task",
            "create_task": "delete_task",
        }[tool]
    )
    assert undo["arguments"] == {"change_id": done["change_id"]}


async def test_an_undo_that_is_asked_about_or_refused_leaves_one_record_each(make_world: MakeWorld) -> None:
    world = make_world()
    task_id = world.sandbox.create(start=False)
    started = data(await world.call("start_task", task_id=task_id))
    await world.call("undo_change", change_id=started["change_id"])
    world.sandbox.engine.stop(task_id)
    await world.call("undo_change", change_id=started["change_id"])
    await world.call("undo_change", change_id="no such")
    assert [(record["operation"], record["outcome"]) for record in calls(world)] == [
        ("start_task", "done"),
        ("undo_change", "question"),
        ("undo_change", "not_possible"),
        ("undo_change", "invalid_arguments"),
    ]
    (question,) = [record for _, record in world.store.audit.since(0, 99) if record["kind"] == "question"]
    assert (question["operation"], question["performed"], question["task_id"]) == ("undo_change", "stop_task", task_id)


@pytest.mark.parametrize("method", ["admit", "send"])
async def test_a_defect_of_ours_leaves_one_record(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    async def fails(*given: object) -> None:
        raise LookupError

    monkeypatch.setattr(Guard if method == "admit" else Recording, method, fails)
    world = make_world(confirm="off")
    task_id = world.sandbox.create()
    await world.call("stop_task", task_id=task_id)
    (record,) = calls(world)
    assert (record["outcome"], record["task_id"]) == (InternalFault.kind, task_id)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_call_that_is_given_up_leaves_one_record(make_world: MakeWorld, method: str) -> None:
    world = make_world(confirm="off")
    task_id = world.sandbox.create()
    with anyio.CancelScope() as scope:

        async def give_up(called: str, path: str) -> None:
            if called == method:
                scope.cancel()
                await anyio.sleep_forever()

        world.sandbox.recorder.before = give_up
        await world.call("stop_task", task_id=task_id)
    (record,) = calls(world)
    assert (record["outcome"], record["changed"], record["task_id"]) == ("cut_off", "no", task_id)
    assert ("change_id" in record) == (method == "POST")
    assert record.get("found") == ("the task is running" if method == "POST" else None)


async def test_a_record_that_cannot_be_made_fails_nothing(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    world = make_world(confirm="off")

    def fails(given: object) -> None:
        raise LookupError

    monkeypatch.setattr("server.journal.records.without_secrets", fails)
    result = await world.call("stop_task", task_id=world.sandbox.create())
    assert not result.is_error
    assert "the record of a call of stop_task could not be made" in caplog.text


@pytest.mark.parametrize("task_id", ["\x00", "\ud800", "x" * 5000, 7, None, ["t"], {"t": 1}])
async def test_a_target_that_is_none_fits_into_a_record(make_world: MakeWorld, task_id: Any) -> None:
    world = make_world()
    await world.call("stop_task", task_id=task_id)
    (record,) = calls(world)
    assert record["outcome"] == "invalid_arguments"
    assert len(record.get("task_id", "")) <= 120


async def test_a_tool_that_there_is_none_of_leaves_no_record(world: World) -> None:
    async with world.client() as client:
        with pytest.raises(MCPError):
            await client.call_tool("drop_table", {})
    assert calls(world) == []
