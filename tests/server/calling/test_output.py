"""What is printed where, and the exit status: for people, and for programs."""

import json
from typing import Any

import pytest
from mcp.types import CallToolResult

from server.calling.ending import Interrupted, WrongSettings, failed, show, status_of
from server.cli import run
from server.errors import CallFailure, InvalidArguments, Waiting
from server.upstream.errors import LookedUp, TimedOut
from tests.server.calling.conftest import Called, Shell
from tests.support.command import ran_redirected, ran_unread
from tools.catalog import OPERATIONS

TIMED_OUT = TimedOut("No answer came.", changed="unknown")


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (CallFailure("It failed."), 1),
        (CallFailure("It failed afterwards.", changed="yes"), 1),
        (InvalidArguments("hits: expected a whole number"), 2),
        (WrongSettings("half a pair"), 2),
        (Waiting("approval_pending", "It waits."), 3),
        (TIMED_OUT, 4),
        (LookedUp(TIMED_OUT, "Not by then.", changed="no", hint=None, again=False, at="2026-11-25T22:00:00Z"), 4),
        (LookedUp(TIMED_OUT, "It was not done.", changed="no", hint=None, again=False, at=None), 1),
        (Interrupted("Interrupted.", changed="unknown"), 130),
    ],
)
def test_the_exit_status_tells_what_a_program_has_to_know(failure: CallFailure, status: int) -> None:
    assert status_of(failed(failure)) == status


def test_a_result_is_a_success_unless_it_asks_for_a_confirmation() -> None:
    def with_data(**data: Any) -> int:
        return status_of(CallToolResult(content=[], structured_content=data))

    assert with_data(task_id="t1") == 0
    assert with_data(confirmation_required={"confirmation": "x"}) == 3


def test_an_error_without_data_is_in_doubt() -> None:
    assert status_of(CallToolResult(content=[], is_error=True)) == 4


def test_data_is_one_line_that_cannot_steer_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    name = "é \x1b[31m\x9b\u202e\n\ud800"
    show(CallToolResult(content=[], structured_content={"name": name}), as_json=True)
    printed = capsys.readouterr().out
    assert json.loads(printed) == {"name": name}
    assert printed.startswith('{"name": "é ')
    assert printed.removesuffix("\n").isprintable()


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run the command in this process, where that calls nothing."""
    status = run(["call", *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.mark.parametrize("arguments", [[], ["--list"]])
def test_tools_are_listed_one_on_a_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    status, output, complaint = printed(capsys, *arguments)
    assert (status, complaint) == (0, "")
    lines = output.splitlines()
    assert [line.split()[0] for line in lines] == [operation.name for operation in OPERATIONS]
    assert "stop_task               Stop a running or pending task." in lines


def test_the_list_follows_the_settings_and_comes_as_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    status, output, _ = printed(capsys, "--list", "--read-only", "--json")
    tools = json.loads(output)["tools"]
    assert status == 0
    assert [tool["name"] for tool in tools] == ["list_tasks", "get_task", "get_task_configuration", "list_changes"]
    assert "task_id" in tools[1]["inputSchema"]["properties"]


@pytest.mark.parametrize("arguments", [["--help"], ["-h"]])
def test_help_needs_no_valid_settings(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYLAY_API_KEY", "half a pair")
    status, output, _ = printed(capsys, *arguments)
    assert status == 0
    assert output.startswith("usage: waylay-tasks-mcp call [options] [TOOL] [KEY=VALUE ...]\n")
    for code in ("  0  ", "  1  ", "  2  ", "  3  ", "  4  ", "  130"):
        assert f"\n{code}" in output
    status, output, _ = printed(capsys, "delete_task", *arguments)
    assert status == 0
    assert output.startswith("usage: waylay-tasks-mcp call delete_task [options] [KEY=VALUE ...]\n")


def test_the_help_of_a_tool_shows_types_defaults_and_what_is_needed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    _, shown, _ = printed(capsys, "list_tasks", "--help")
    for line in (
        "  name=TEXT             Whole name; * is a wildcard: *pump*",
        "  status=running|pending|stopped|failed",
        "  hits=NUMBER           Rows; 0 only counts. (20 unless given, at most 100)",
        "  include_health=true|false",
        "  ids=TEXT,...",
    ):
        assert line in shown.splitlines()
    assert "also tags.NAME=VALUE" in shown
    _, shown, _ = printed(capsys, "create_task", "--help")
    assert "  specification.frequency=NUMBER" in shown.splitlines()
    assert "(required)" in shown
    assert shown.endswith("example: waylay-tasks-mcp call create_task specification=@file.json\n")


def test_options_may_stand_anywhere(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        ("--json", "list_tasks", "hits=x"), ("list_tasks", "--json", "hits=x"), ("list_tasks", "hits=x", "--json"),
    ):  # fmt: skip
        status, output, complaint = printed(capsys, *arguments)
        error = json.loads(output)["error"]
        assert (status, complaint, error["field"]) == (2, "", "hits")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lst_tasks"], 'unknown tool "lst_tasks"; did you mean list_tasks?'),
        (["list_tasks", "hitz=3"], "hitz: unknown argument; did you mean hits?"),
        (["get_task", "--args", '{"taskid": "x"}'], "taskid: unknown argument; did you mean task_id?"),
        (["stop_task"], "task_id: is required"),
        (["list_tasks", "hits=101"], "hits: expected at most 100"),
        (["create_task", "specification.name=x"], "specification."),
    ],
)
def test_wrong_usage_calls_nothing_and_says_what_to_mend(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.calling.calling.call", None)
    status, output, complaint = printed(capsys, *arguments)
    assert (status, output) == (2, "")
    assert complaint.startswith(said)
    assert "\nNothing was changed.\n" in complaint


def test_a_value_that_is_refused_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    secret = "s3cr3t-value"
    for word in (f"hits={secret}", f"tags={secret}", f"specification={secret}"):
        for tool in ("list_tasks", "create_task"):
            assert secret not in "".join(map(str, printed(capsys, tool, word)))


def test_wrong_settings_are_a_line_or_one_json_document(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYLAY_API_KEY", "half a pair")
    status, output, complaint = printed(capsys, "list_tasks")
    assert (status, output) == (2, "")
    assert complaint.startswith("waylay-tasks-mcp: WAYLAY_API_SECRET is missing")
    status, output, complaint = printed(capsys, "list_tasks", "--json")
    assert (status, complaint) == (2, "")
    assert json.loads(output)["error"] == {
        "kind": "settings",
        "message": "WAYLAY_API_SECRET is missing: a key needs its secret, and a secret its key",
        "retryable": False,
        "changed": "no",
    }


def test_a_file_of_the_sandboxs_does_not_go_with_a_tenant(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYLAY_TOKEN", "x")
    status, output, complaint = printed(capsys, "list_tasks", "--sandbox-db", "tasks.sqlite3")
    assert (status, output) == (2, "")
    assert "credentials are set, so this would call the tenant; nothing was called" in complaint


def test_an_error_of_a_tool_goes_to_stderr_or_is_the_one_document(shell: Shell) -> None:
    failed_in_words = shell.call_here("get_task", "task_id=nobody")
    assert (failed_in_words.returncode, failed_in_words.stdout) == (1, "")
    assert failed_in_words.stderr.startswith("[sandbox] Not found")
    failed_as_data = shell.call_here("get_task", "task_id=nobody", "--json")
    assert (failed_as_data.returncode, failed_as_data.stderr) == (1, "")
    assert json.loads(failed_as_data.stdout)["error"]["changed"] == "no"


def test_an_output_that_nobody_reads_changes_neither_the_call_nor_its_status(shell: Shell) -> None:
    task_id = shell.task()
    arguments = ("call", "stop_task", f"task_id={task_id}", "--confirm", "off")
    assert ran_unread(*arguments, **shell.environment) == (0, "")
    assert shell.sandbox.status(task_id) == "stopped"


def redirected(shell: Shell, redirection: str, *arguments: str) -> Called:
    """Call in a process of its own whose streams a shell has led elsewhere."""
    called = ran_redirected(redirection, "call", *arguments, **shell.environment)
    return Called(called.returncode, called.stdout, called.stderr)


@pytest.mark.parametrize(("redirection", "why"), [(">/dev/full", "No space left on device"), (">&-", "it is closed")])
def test_a_change_whose_output_cannot_be_written_is_no_failure(shell: Shell, redirection: str, why: str) -> None:
    task_id = shell.task(start=False)
    called = redirected(shell, redirection, "start_task", f"task_id={task_id}")
    assert (called.returncode, called.stdout, shell.sandbox.status(task_id)) == (0, "", "running")
    assert called.stderr == f"stdout cannot be written ({why}): the result is not shown, or not all of it.\n"


@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-", "<&- 2>&-"])
def test_what_cannot_be_said_beside_the_output_does_not_change_the_status(shell: Shell, redirection: str) -> None:
    task_id = shell.task()
    called = redirected(shell, redirection, "stop_task", f"task_id={task_id}")
    assert (called.returncode, called.stderr, shell.sandbox.status(task_id)) == (3, "", "running")
    assert "[sandbox] Not stopped yet: the user has to agree first." in called.stdout


def test_a_log_that_cannot_be_written_does_not_change_the_status(shell: Shell) -> None:
    called = redirected(shell, "2>/dev/full", "list_tasks", "--log-level", "info")
    assert (called.returncode, called.stdout[:9]) == (0, "[sandbox]")


def test_without_a_stdin_nothing_is_read_from_it(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert shell.call_here("list_tasks").returncode == 0
    refused = shell.call_here("list_tasks", "name=-")
    assert (refused.returncode, refused.stderr) == (2, "name: stdin is closed\nNothing was changed.\n")


def test_what_is_wrong_is_still_wrong_where_nobody_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    monkeypatch.setenv("WAYLAY_API_KEY", "half a pair")
    assert run(["call", "list_tasks"]) == 2
