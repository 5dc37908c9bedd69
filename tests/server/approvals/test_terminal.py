"""Approvals in a terminal, with a person before it and without."""

import io
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
from mcp import Client
from mcp.types import Implementation

from server.approvals import terminal
from server.settings import SettingsError
from server.store.handles import new_key
from server.store.store import Store
from tests.support.approvals import Desk, put, the_one
from tests.support.at_a_terminal import CTRL_C, AtATerminal, Ended
from tests.support.command import ran
from tests.support.world import Sandbox, World, error, settings

PROMPT = "Approve exactly this? Type yes: "
ALICE = "https://issuer alice"


class Typing(io.StringIO):
    """A terminal at which something is typed."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def world(sandbox: Sandbox, folder: Path) -> World:
    """A server whose store the command finds."""
    folder.mkdir()
    sandbox.clock.now = time.time()
    url = f"sqlite:///{folder}/state.sqlite3"
    return World(sandbox, settings(confirm="human", approval_wait=0), url=url, page=Desk())


def command(folder: Path | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `approvals` the way a program does, with a store of which its environment knows, or not."""
    return ran("approvals", *arguments, **({"WAYLAY_MCP_STATE_DIR": str(folder)} if folder else {}))


def at_a_terminal(folder: Path, *arguments: str, orphaned: bool = False) -> AtATerminal:
    """Run `approvals` with a person at a terminal."""
    environment = {"WAYLAY_MCP_STATE_DIR": str(folder)}
    return AtATerminal("approvals", *arguments, environment=environment, output_too=True, orphaned=orphaned)


def answered(folder: Path, request_id: str, typed: str, *arguments: str) -> Ended:
    """Have a person type something once they are asked to approve."""
    with at_a_terminal(folder, "approve", request_id, *arguments) as person:
        person.sees(PROMPT)
        person.types(typed)
        return person.ends()


async def test_a_person_lists_and_approves(world: World, folder: Path) -> None:
    task_id = world.sandbox.create("Cold store 4: door")
    await world.call("stop_task", task_id=task_id)
    request = await the_one(world.store)
    listed = command(folder)
    assert listed.returncode == 0
    for shown in (
        "1 request waits for a decision.",
        f"{request.id}  Stop this task?",
        'name: "Cold store 4: door"',
        f"To approve: waylay-tasks-mcp approvals approve {request.id}\n",
        f"To deny: waylay-tasks-mcp approvals deny {request.id}\n",
        "29 minutes left",
        "Required by the default, tightened to human.",
    ):
        assert shown in listed.stdout
    ended = answered(folder, request.id, "yes\n", "--note", "Go on")
    assert ended.status == 0
    assert ended.screen.endswith("Approved.\n")
    assert (
        f"not used yet\n    To take it back: waylay-tasks-mcp approvals deny {request.id}\n" in command(folder).stdout
    )
    decisions = [record for _, record in world.store.audit.since(0, 99) if record["kind"] == "decision"]
    assert [(record["answered"], record["decided_in"]) for record in decisions] == [("approved", "terminal")]
    assert not (await world.call("stop_task", task_id=task_id)).is_error
    assert world.sandbox.status(task_id) == "stopped"
    assert '("Go on"), carried out\n' in command(folder, "list").stdout
    await world.running.aclose()


async def test_a_file_of_settings_counts_before_and_behind_the_action_and_in_what_is_shown(
    world: World, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "my settings.env"
    file.write_text(f"WAYLAY_MCP_STATE_DIR={folder}\n")
    for _ in range(2):
        await world.call("stop_task", task_id=world.sandbox.create())
    first, second = await world.store.approvals.waiting()
    for place in (["--env-file", str(file), "list"], ["list", "--env-file", str(file)], ["--env-file", str(file)]):
        listed = command(None, *place).stdout
        assert "2 requests wait for a decision." in listed
        assert f"To deny: waylay-tasks-mcp approvals --env-file '{file}' deny {first.id}\n" in listed
    for place in (["--env-file", str(file), "deny", first.id], ["deny", second.id, "--env-file", str(file)]):
        assert command(None, *place).stdout.endswith("Denied.\n")
    await world.running.aclose()


async def test_a_client_cannot_pass_its_name_off_as_the_servers_words(world: World, folder: Path) -> None:
    called = Implementation(name='Cursor 1.0. Already approved by "Carol', version="1")
    async with Client(world.running.server, client_info=called) as client:
        await client.call_tool("stop_task", {"task_id": world.sandbox.create()})
    assert 'with "Cursor 1.0. Already approved by \'Carol 1",' in command(folder).stdout
    await world.running.aclose()


async def test_anything_but_a_yes_leaves_it_waiting(world: World, folder: Path) -> None:
    await world.call("stop_task", task_id=world.sandbox.create())
    request = await the_one(world.store)
    ended = answered(folder, request.id, "y\n")
    assert ended.status == 1
    assert "Nothing was decided: it was not confirmed, and it still waits." in ended.screen
    assert (await the_one(world.store)).outcome is None
    await world.running.aclose()


async def test_what_was_typed_before_the_question_could_be_read_is_no_answer(world: World, folder: Path) -> None:
    await world.call("stop_task", task_id=world.sandbox.create())
    request = await the_one(world.store)
    with at_a_terminal(folder, "approve", request.id) as person:
        person.types("yes\n")
        person.sees(PROMPT)
        person.types("no\n")
        assert person.ends().status == 1
    assert (await the_one(world.store)).outcome is None
    await world.running.aclose()


async def test_an_interrupt_at_the_prompt_ends_it_at_once(world: World, folder: Path) -> None:
    await world.call("stop_task", task_id=world.sandbox.create())
    request = await the_one(world.store)
    ended = answered(folder, request.id, CTRL_C)
    assert ended.status == 2
    assert ended.screen.endswith("\nwaylay-tasks-mcp: interrupted; nothing was decided\n")
    assert (await the_one(world.store)).outcome is None
    await world.running.aclose()


async def test_in_the_background_where_no_answer_can_be_read_it_is_not_approved(world: World, folder: Path) -> None:
    await world.call("stop_task", task_id=world.sandbox.create())
    request = await the_one(world.store)
    with at_a_terminal(folder, "approve", request.id, orphaned=True) as person:
        person.types("yes\n")
        ended = person.ends()
    assert ended.status == 2
    assert ended.screen.endswith(
        "\nwaylay-tasks-mcp: no answer can be read from this terminal; nothing was decided. Run this in the foreground "
        "of a terminal\n"
    )
    assert "Traceback" not in ended.screen
    assert (await the_one(world.store)).outcome is None
    await world.running.aclose()


@pytest.mark.parametrize("closed", ["stdout", "stdin"])
async def test_a_request_that_could_not_be_shown_or_answered_is_not_approved(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    await world.call("stop_task", task_id=world.sandbox.create())
    request = await the_one(world.store)
    monkeypatch.setattr("sys.stdin", Typing("yes\n"))
    monkeypatch.setattr("server.terminal.forget_what_was_typed", lambda: None)
    monkeypatch.setattr(f"sys.{closed}", None)
    with suppress(SettingsError):
        assert await terminal.run(settings(state_dir=folder), "approve", request.id, None) == 1
    assert (await the_one(world.store)).outcome is None
    await world.running.aclose()


async def test_a_program_cannot_approve_but_deny(world: World, folder: Path) -> None:
    task_id = world.sandbox.create()
    await world.call("stop_task", task_id=task_id)
    request = await the_one(world.store)
    refused = command(folder, "approve", request.id)
    assert refused.returncode == 2
    assert "approving needs a person at a terminal; nothing was decided" in refused.stderr
    assert (await the_one(world.store)).outcome is None
    denied = command(folder, "deny", request.id, "--note", "Not now")
    assert (denied.returncode, denied.stdout.splitlines()[-1]) == (0, "Denied.")
    assert error(await world.call("stop_task", task_id=task_id))["kind"] == "denied"
    again = command(folder, "deny", request.id)
    assert again.returncode == 1
    assert f"request {request.id} does not wait any more (denied by " in again.stderr
    await world.running.aclose()


async def test_what_somebody_else_has_to_approve_is_not_approved_here(world: World, folder: Path) -> None:
    request_id = await put(world.store, requirement="approver", identity=ALICE)
    with at_a_terminal(folder, "approve", request_id) as person:
        ended = person.ends()
    assert ended.status == 1
    assert "Nothing was decided: Somebody who signs in has to approve this. It still waits." in ended.screen
    assert (await the_one(world.store)).outcome is None
    await world.running.aclose()


def test_without_requests_or_without_a_store_that_is_said(folder: Path, tmp_path: Path) -> None:
    assert command(folder).stdout == "Nothing waits for a decision.\n"
    unknown = command(folder, "approve", "nonsense")
    assert unknown.returncode == 1
    assert (
        "Nothing was decided: there is no request nonsense. `waylay-tasks-mcp approvals` lists them." in unknown.stderr
    )
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "state.sqlite3").write_text("no database, but long enough to be taken for one for a moment " * 20)
    failed = command(broken)
    assert failed.returncode == 2
    assert "the store cannot be used" in failed.stderr


async def test_what_is_sealed_with_other_keys_is_not_shown_and_cannot_be_decided(folder: Path) -> None:
    store = Store(f"sqlite:///{folder}/state.sqlite3", time.time, 300, keys=[new_key()])
    request_id = await put(store, requirement="human", identity="")
    listed = command(folder)
    assert "1 request is not shown: the seal does not fit WAYLAY_MCP_STATE_KEYS" in listed.stdout
    assert request_id not in listed.stdout
    denied = command(folder, "deny", request_id)
    assert denied.returncode == 1
    assert "nothing can be told: the seal does not fit WAYLAY_MCP_STATE_KEYS" in denied.stderr
    assert [waiting.id for waiting in await store.approvals.waiting()] == [request_id]
    await store.aclose()
