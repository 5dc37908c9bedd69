"""Calls with a person at a terminal: only what they type after they were asked is an answer."""

import errno
import io
import json
import os

import pytest

from server.calling.terminal import AtTheTerminal
from tests.server.calling.conftest import Shell
from tests.support.at_a_terminal import CTRL_C, CTRL_D, AtATerminal

PROMPT = "Agree to exactly this? Type yes: "


def test_a_typed_yes_stops_the_task_and_the_question_is_not_part_of_the_output(shell: Shell) -> None:
    task_id = shell.task()
    with AtATerminal("call", "stop_task", f"task_id={task_id}", environment=shell.environment) as person:
        question = person.sees(PROMPT)
        assert shell.sandbox.status(task_id) == "running"
        person.types("yes\n")
        ended = person.ends()
    assert 'Stop this task?\n\nname: "Cold store 4: door"\n' in question
    assert (ended.status, shell.sandbox.status(task_id)) == (0, "stopped")
    assert ended.stdout.startswith('[sandbox] Stopped "Cold store 4: door"')
    assert "Stop this task?" not in ended.stdout


@pytest.mark.parametrize(
    ("tool", "typed", "status", "said"),
    [
        ("stop_task", "no\n", 1, "the user declined."),
        ("delete_task", "y\n", 1, "the user closed the question without answering."),
        ("delete_task", CTRL_D, 1, "the user closed the question without answering."),
        ("stop_task", CTRL_C, 130, "the user closed the question without answering."),
    ],
)
def test_anything_but_a_yes_changes_nothing(shell: Shell, tool: str, typed: str, status: int, said: str) -> None:
    task_id = shell.task(start=tool == "stop_task")
    before = shell.sandbox.status(task_id)
    with AtATerminal("call", tool, f"task_id={task_id}", environment=shell.environment) as person:
        person.sees(PROMPT)
        person.types(typed)
        ended = person.ends()
    assert (ended.status, ended.stdout) == (status, "")
    assert f"{said}\nNothing was changed.\n" in ended.screen
    assert shell.sandbox.status(task_id) == before


def test_a_yes_that_was_typed_before_the_question_is_none(shell: Shell) -> None:
    task_id = shell.task()
    with AtATerminal("call", "stop_task", f"task_id={task_id}", environment=shell.environment) as person:
        person.types("yes\nyes\n")
        person.sees(PROMPT)
        person.types(CTRL_D)
        ended = person.ends()
    assert (ended.status, shell.sandbox.status(task_id)) == (1, "running")


def test_a_yes_to_a_task_that_has_changed_since_changes_nothing(shell: Shell) -> None:
    task_id = shell.task()
    with AtATerminal("call", "stop_task", f"task_id={task_id}", "--json", environment=shell.environment) as person:
        person.sees(PROMPT)
        shell.sandbox.fail(task_id)
        person.types("yes\n")
        ended = person.ends()
    error = json.loads(ended.stdout)["error"]
    assert (ended.status, error["changed"], shell.sandbox.status(task_id)) == (1, "no", "failed")


def test_where_the_question_could_not_be_seen_nobody_is_asked(shell: Shell) -> None:
    task_id = shell.task()
    arguments = ("call", "stop_task", f"task_id={task_id}", "--json")
    with AtATerminal(*arguments, environment=shell.environment, errors_elsewhere=True) as person:
        ended = person.ends()
    assert ended.status == 3
    assert "confirmation_required" in json.loads(ended.stdout)
    assert shell.sandbox.status(task_id) == "running"


def test_a_confirmation_is_no_answer_where_a_person_can_be_asked(shell: Shell) -> None:
    task_id = shell.task()
    offered = json.loads(shell.call_here("stop_task", f"task_id={task_id}", "--json").stdout)
    token = offered["confirmation_required"]["confirmation"]
    arguments = ("call", "stop_task", f"task_id={task_id}", f"confirmation={token}")
    with AtATerminal(*arguments, environment=shell.environment) as person:
        person.sees(PROMPT)
        person.types("no\n")
        ended = person.ends()
    assert (ended.status, shell.sandbox.status(task_id)) == (1, "running")


def test_only_a_person_counts_and_one_at_a_terminal_does(shell: Shell) -> None:
    task_id = shell.task()
    with AtATerminal(
        "call", "--confirm", "human", "stop_task", f"task_id={task_id}", environment=shell.environment
    ) as person:
        person.sees(PROMPT)
        person.types("yes\n")
        assert person.ends().status == 0
    assert shell.sandbox.status(task_id) == "stopped"


def test_in_the_background_where_no_answer_can_be_read_there_is_none(shell: Shell) -> None:
    task_id = shell.task()
    arguments = ("call", "stop_task", f"task_id={task_id}")
    with AtATerminal(*arguments, environment=shell.environment, orphaned=True) as person:
        person.types("yes\n")
        ended = person.ends()
    assert (ended.status, ended.stdout, shell.sandbox.status(task_id)) == (1, "", "running")
    assert "Nothing could be asked or read at this terminal: that counts as no answer." in ended.screen
    assert "the user closed the question without answering.\nNothing was changed.\n" in ended.screen


def test_names_cannot_steer_the_terminal(shell: Shell) -> None:
    task_id = shell.sandbox.create("\x1b[2J\x1b]0;title\x07\u202eseY\u202c pump\x9b31m")
    with AtATerminal("call", "stop_task", f"task_id={task_id}", environment=shell.environment) as person:
        question = person.sees(PROMPT)
        person.types("no\n")
        ended = person.ends()
    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & {*question, *ended.screen}


class Typed(io.StringIO):
    """A terminal at which yes is typed, and which nothing can be written to."""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))


@pytest.mark.parametrize("screen", [Typed(), None], ids=["gone", "closed"])
def test_a_yes_to_a_question_that_could_not_be_shown_is_none(
    monkeypatch: pytest.MonkeyPatch, screen: Typed | None
) -> None:
    monkeypatch.setattr("server.calling.terminal.forget_what_was_typed", lambda: None)
    monkeypatch.setattr("sys.stdin", Typed("yes\n"))
    monkeypatch.setattr("sys.stderr", screen)
    assert AtTheTerminal().agrees("Stop this task?") is None
