"""Calls by programs: a question comes back with a confirmation, and nothing happens without it."""

import json
import subprocess

import pytest

from server.person import account
from tests.server.calling.conftest import Shell
from tests.support.at_a_terminal import AtATerminal
from tests.support.command import ran


def test_a_confirmation_carries_out_the_same_call_once(shell: Shell) -> None:
    task_id = shell.task()
    asked = shell.call("stop_task", f"task_id={task_id}")
    assert (asked.returncode, shell.sandbox.status(task_id)) == (3, "running")
    assert "[sandbox] Not stopped yet: the user has to agree first." in asked.stdout
    token = asked.stderr.partition("  confirmation=")[2].partition("\n")[0]
    assert asked.stderr == (
        "Nothing was changed. Once the person concerned has agreed, run the same command again with\n"
        f"  confirmation={token}\n"
        "added to it. It is good for 5 minutes, once.\n"
    )
    done = shell.call("stop_task", f"task_id={task_id}", f"confirmation={token}")
    assert (done.returncode, done.stderr, shell.sandbox.status(task_id)) == (0, "", "stopped")
    shell.sandbox.change(task_id, "status", "running")
    again = shell.call("stop_task", f"task_id={task_id}", f"confirmation={token}")
    assert (again.returncode, again.stdout, shell.sandbox.status(task_id)) == (1, "", "running")
    assert "this confirmation was used already" in again.stderr


@pytest.mark.parametrize("confirm", ["auto", "human"])
@pytest.mark.parametrize("tool", ["stop_task", "delete_task"])
def test_nothing_is_stopped_or_deleted_by_a_confirmation_for_something_else(
    shell: Shell, tool: str, confirm: str
) -> None:
    target, other = shell.task(start=tool == "stop_task"), shell.task(start=tool == "stop_task")
    before = shell.sandbox.status(target)
    asked = shell.call_here(tool, f"task_id={other}", "--json")
    token = json.loads(asked.stdout)["confirmation_required"]["confirmation"]
    refused = shell.call_here(tool, f"task_id={target}", f"confirmation={token}", "--confirm", confirm, "--json")
    error = json.loads(refused.stdout)["error"]
    assert (refused.returncode, error["changed"]) == (2 if confirm == "human" else 1, "no")
    assert [shell.sandbox.status(task) for task in (target, other)] == [before, before]


def test_a_person_is_needed_and_there_is_none(shell: Shell) -> None:
    task_id = shell.task()
    refused = shell.call_here("stop_task", f"task_id={task_id}", "--confirm", "human")
    assert (refused.returncode, refused.stdout, shell.sandbox.status(task_id)) == (1, "", "running")
    assert "Nothing was changed.\n" in refused.stderr
    assert refused.stderr.endswith("In a terminal this command asks you itself.\n")


def test_what_needs_no_consent_is_done_and_undoing_it_stops_nothing_unasked(shell: Shell) -> None:
    task_id = shell.task(start=False)
    started = json.loads(shell.call_here("start_task", f"taskId={task_id}", "--json").stdout)
    assert shell.sandbox.status(task_id) == "running"
    listed = shell.call_here("list_changes")
    assert f"{started['change_id']}," in listed.stdout
    asked = shell.call_here("undo_change", f"change_id={started['change_id']}")
    assert (asked.returncode, shell.sandbox.status(task_id)) == (3, "running")
    undone = shell.call_here("undo_change", f"change_id={started['change_id']}", "--confirm", "off")
    assert (undone.returncode, shell.sandbox.status(task_id)) == (0, "stopped")


def test_the_audit_tells_who_called_and_with_what(shell: Shell) -> None:
    shell.call_here("stop_task", f"task_id={shell.task()}")
    told = ran("audit", "--json", **shell.environment)
    records = [json.loads(line) for line in told.stdout.splitlines()]
    assert {(record["principal"], record["client"].rpartition(" ")[0]) for record in records} == {
        (account(), "waylay-tasks-mcp call")
    }
    assert [record["kind"] for record in records] == ["question", "call"]


def test_the_sandbox_in_memory_is_forgotten_and_that_is_said() -> None:
    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return ran("call", *arguments, HOME="/nonexistent")

    found = call("list_tasks", "status=running", "hits=1", "--json")
    assert (found.returncode, found.stderr) == (0, "")
    task_id = json.loads(found.stdout)["tasks"][0]["id"]
    asked = call("stop_task", f"task_id={task_id}")
    assert asked.returncode == 3
    assert "and the confirmation with it" in asked.stderr
    stopped = call("stop_task", f"task_id={task_id}", "--confirm", "off")
    assert stopped.returncode == 0
    assert stopped.stderr.startswith("The sandbox in memory forgets everything when the command ends;")


def test_a_call_that_waits_for_approval_is_found_again_by_the_same_command(shell: Shell) -> None:
    task_id = shell.task()
    given = {"WAYLAY_MCP_CONFIRM": "human", "WAYLAY_MCP_APPROVAL_WAIT": "0.3", "BROWSER": "true"}
    waiting = shell.call("stop_task", f"task_id={task_id}", **given)
    assert (waiting.returncode, waiting.stdout, shell.sandbox.status(task_id)) == (3, "", "running")
    request = waiting.stderr.partition("Request ")[2].partition(" ")[0]
    assert waiting.stderr.startswith(
        f"Request {request} waits for a person's approval, for another 30 min.\n[sandbox] "
    )
    assert waiting.stderr.endswith("The same command, run again, goes on waiting for the same request.\n")
    with AtATerminal("approvals", "approve", request, environment=shell.environment, output_too=True) as person:
        person.sees("Type yes: ")
        person.types("yes\n")
        assert person.ends().status == 0
    done = shell.call("stop_task", f"task_id={task_id}", **given)
    assert (done.returncode, shell.sandbox.status(task_id)) == (0, "stopped")
    assert "Approved by " in done.stdout
