"""One record for each call of a tool that changes something, and one for each question."""

import json
import os
import re
from pathlib import Path
from typing import Any

import anyio
import pytest

from server.cli import run
from tests.conftest import MakeWorld
from tests.support.answers import ACCEPT, DECLINE, User
from tests.support.approvals import Desk, decides
from tests.support.serving import PATIENCE
from tests.support.world import Era, World, data

ERAS: list[Era] = ["modern", "legacy"]


@pytest.fixture
def store_url(database_url: str) -> str:
    """These tests run on every database."""
    return database_url


def kept(world: World) -> list[dict[str, Any]]:
    return [record for _, record in world.store.audit.since(0, 100)]


@pytest.mark.parametrize("era", ERAS)
async def test_a_confirmed_call_leaves_its_question_and_itself(world: World, era: Era) -> None:
    task_id = world.sandbox.create()
    async with world.client(era, User(ACCEPT)) as client:
        result = await client.call_tool("stop_task", {"task_id": task_id})
    questions = [record for record in kept(world) if record["kind"] == "question"]
    calls = [record for record in kept(world) if record["kind"] == "call"]
    assert [question["asked"] for question in questions] == ["question"]
    last = calls[-1]
    assert last["operation"] == "stop_task"
    assert last["task_id"] == task_id
    assert last["arguments"] == {"task_id": task_id}
    assert (last["requirement"], last["rule"]) == ("confirm", "the default")
    assert (last["asked"], last["answered"]) == ("question", "accepted")
    assert (last["outcome"], last["changed"], last["status"]) == ("done", "yes", 200)
    assert last["change_id"] == data(result)["change_id"]
    assert last["duration_ms"] >= 0
    assert last["client"].startswith("mcp ")
    assert last["principal"]


@pytest.mark.parametrize("era", ERAS)
async def test_a_refusal_says_how_it_came_about(make_world: MakeWorld, era: Era) -> None:
    world = make_world()
    task_id = world.sandbox.create()
    async with world.client(era, User(DECLINE)) as client:
        await client.call_tool("stop_task", {"task_id": task_id})
    last = kept(world)[-1]
    assert (last["outcome"], last["answered"], last["changed"]) == ("declined", "declined", "no")
    assert "change_id" not in last


async def test_every_way_of_refusing_is_told_apart(make_world: MakeWorld, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[[rule]]\nname = "never"\noperation = "delete_task"\nrequire = "deny"\n')
    world = make_world(policy=policy, page=Desk(), approval_wait=0)
    task_id = world.sandbox.create()
    await world.call("delete_task", task_id=task_id, force_stop=True)
    denied = kept(world)[-1]
    assert (denied["outcome"], denied["asked"]) == ("policy", "never")
    assert denied["rule"] == "rule 1 of policy.toml, line 1: never"
    await world.call("stop_task", task_id=task_id)
    assert kept(world)[-1]["outcome"] == "question"
    await world.call("stop_task", task_id=task_id, confirmation="made up")
    assert kept(world)[-1]["outcome"] == "unknown_confirmation"
    await world.call("stop_task", task_id="no such", nonsense=1)
    assert kept(world)[-1]["outcome"] == "invalid_arguments"


async def test_an_approval_is_named_and_who_gave_it_is_in_its_history(make_world: MakeWorld) -> None:
    desk = Desk()
    world = make_world(page=desk, confirm="human")
    desk.waits = decides(world.store, approve=True)
    await world.call("stop_task", task_id=world.sandbox.create())
    (request,) = await world.store.approvals.history()
    last = kept(world)[-1]
    assert (last["asked"], last["answered"], last["approval"]) == ("page", "approved", request.id)


async def test_an_undo_says_what_it_performed(world: World) -> None:
    async with world.client(ask=User(ACCEPT)) as client:
        stopped = await client.call_tool("stop_task", {"task_id": world.sandbox.create()})
        await client.call_tool("undo_change", {"change_id": data(stopped)["change_id"]})
    last = kept(world)[-1]
    assert (last["operation"], last["performed"], last["outcome"]) == ("undo_change", "start_task", "done")


async def test_a_change_that_nobody_was_asked_about_is_on_record_when_it_is_sent(
    make_world: MakeWorld, tmp_path: Path
) -> None:
    lines = tmp_path / "audit.jsonl"
    world = make_world(audit=str(lines), confirm="off")
    task_id = world.sandbox.create("Cold store 4")
    seen: list[tuple[list[dict[str, Any]], str]] = []

    async def look(method: str, path: str) -> None:
        if method != "GET":
            seen.append((kept(world), lines.read_text()))

    world.sandbox.recorder.before = look
    result = await world.call("stop_task", task_id=task_id)
    (((begun,), written),) = seen
    assert json.loads(written) == begun
    assert (begun["kind"], begun["operation"], begun["task_id"]) == ("begun", "stop_task", task_id)
    assert (begun["task_name"], begun["change_id"]) == ("Cold store 4", data(result)["change_id"])
    assert (begun["requirement"], begun["rule"], begun["asked"]) == ("none", "confirmation is off", "never")
    assert begun["client"].startswith("mcp ")
    assert begun["principal"]
    assert kept(world)[-1]["change_id"] == begun["change_id"]


async def test_a_change_whose_record_cannot_be_kept_is_not_sent(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(confirm="off")
    task_id = world.sandbox.create()
    monkeypatch.setattr("server.store.changes.add_record", _fails)
    assert data(await world.call("stop_task", task_id=task_id))["error"]["kind"] == "unavailable"
    assert world.sandbox.status(task_id) == "running"
    assert data(await world.call("list_changes"))["changes"] == []


def _fails(*given: object) -> None:
    raise OSError


async def test_what_begins_says_how_it_was_agreed_to_and_what_it_performs(world: World) -> None:
    async with world.client(ask=User(ACCEPT)) as client:
        stopped = await client.call_tool("stop_task", {"task_id": world.sandbox.create()})
        await client.call_tool("undo_change", {"change_id": data(stopped)["change_id"]})
    asked, undoing = (record for record in kept(world) if record["kind"] == "begun")
    (question,) = (record for record in kept(world) if record["kind"] == "question")
    assert (asked["asked"], asked["question"], asked["answered"]) == ("question", question["question"], "accepted")
    assert (undoing["operation"], undoing["performed"], undoing["asked"]) == ("undo_change", "start_task", "never")


async def test_reading_leaves_no_record(world: World) -> None:
    await world.call("list_tasks")
    assert kept(world) == []


async def test_a_pipe_that_nobody_reads_holds_no_call_up(make_world: MakeWorld, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    world = make_world(audit=str(pipe), confirm="off")
    with anyio.fail_after(PATIENCE):
        assert not (await world.call("stop_task", task_id=world.sandbox.create())).is_error


async def test_records_are_written_out_as_json_lines(make_world: MakeWorld, tmp_path: Path) -> None:
    lines = tmp_path / "audit.jsonl"
    world = make_world(audit=str(lines), confirm="off")
    await world.call("stop_task", task_id=world.sandbox.create())
    written = [json.loads(line) for line in lines.read_text().splitlines()]
    assert written == kept(world)
    assert [record["kind"] for record in written] == ["begun", "call"]
    assert lines.stat().st_mode & 0o777 == 0o600


async def test_records_go_to_stderr_when_that_is_set(make_world: MakeWorld, capsys: pytest.CaptureFixture[str]) -> None:
    world = make_world(audit="stderr", confirm="off")
    await world.call("stop_task", task_id=world.sandbox.create())
    shown = capsys.readouterr()
    written = [json.loads(line) for line in shown.err.splitlines()]
    assert [record["operation"] for record in written] == ["stop_task", "stop_task"]
    assert shown.out == ""


@pytest.fixture
async def used(make_world: MakeWorld, store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings for the store of a server that stopped a task and was refused to delete it."""
    if store_url.startswith("sqlite"):
        monkeypatch.setenv("WAYLAY_MCP_STATE_DIR", str(Path(store_url.removeprefix("sqlite:///")).parent))
    else:
        monkeypatch.setenv("WAYLAY_MCP_STATE_URL", store_url)
    world = make_world()
    task_id = world.sandbox.create()
    async with world.client(ask=User(ACCEPT, DECLINE)) as client:
        await client.call_tool("stop_task", {"task_id": task_id})
        await client.call_tool("delete_task", {"task_id": task_id})


@pytest.mark.usefixtures("used")
def test_the_audit_is_shown_in_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "--since", "2026-01-01"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "QUESTION" in lines[0]
    done = next(line for line in lines if "DONE" in line)
    assert "stop_task" in done
    agreed = r"a yes needed \(the default\); asked: question [0-9a-f]{10} -> accepted  in sandbox  change [0-9a-f]{10}$"
    assert re.search(agreed, done)
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ  ", done)
    assert '"Pump watch"' in done
    begun = next(line for line in lines if "  BEGUN  " in line)
    assert re.search(agreed, begun)
    assert begun[-10:] == done[-10:]
    assert begun.index("stop_task") == done.index("stop_task")
    assert "DECLINED" in lines[-1]
    assert re.search("  asked: question [0-9a-f]{10} -> declined  in sandbox$", lines[-1])
    assert run(["audit", "--since", "2026-01-01", "--json"]) == 0
    assert [json.loads(line)["kind"] for line in capsys.readouterr().out.splitlines()].count("question") == 2


def test_times_that_cannot_be_read_are_refused_and_silence_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYLAY_MCP_STATE_DIR", str(tmp_path))
    assert run(["audit", "--since", "yesterday"]) == 2
    assert "--since: expected 30m, 24h, 7d or a time such as 2026-11-24, not yesterday" in capsys.readouterr().err
    assert run(["audit", "--since", "30m"]) == 0
    assert capsys.readouterr().out.startswith("No records since 20")


async def test_a_runaway_needs_a_person_from_the_limit_on(make_world: MakeWorld) -> None:
    world = make_world(destructive_per_hour=2, confirm="off")
    tasks = [world.sandbox.create() for _ in range(4)]
    assert not (await world.call("stop_task", task_id=tasks[0])).is_error
    assert not (await world.call("delete_task", task_id=tasks[1], force_stop=True)).is_error
    third = await world.call("stop_task", task_id=tasks[2])
    assert data(third)["error"]["kind"] == "cannot_ask"
    last = kept(world)[-1]
    assert (last["requirement"], last["rule"]) == ("human", "the limit of 2 destructive changes in an hour")
    async with world.client(ask=User(ACCEPT)) as client:
        assert not (await client.call_tool("stop_task", {"task_id": tasks[2]})).is_error
    assert not (await world.call("start_task", task_id=tasks[2])).is_error
    world.clock.advance(3601)
    assert not (await world.call("stop_task", task_id=tasks[3])).is_error


async def test_a_token_from_before_the_limit_is_not_enough_after_it(make_world: MakeWorld) -> None:
    world = make_world(destructive_per_hour=1)
    one, other = world.sandbox.create(), world.sandbox.create()
    tokens = [
        data(await world.call("stop_task", task_id=task))["confirmation_required"]["confirmation"]
        for task in (one, other)
    ]
    assert not (await world.call("stop_task", task_id=one, confirmation=tokens[0])).is_error
    refused = await world.call("stop_task", task_id=other, confirmation=tokens[1])
    assert data(refused)["error"]["kind"] == "wrong_confirmation"
    assert world.sandbox.status(other) == "running"
