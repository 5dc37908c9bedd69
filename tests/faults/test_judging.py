"""The matrix sees what is wrong: each lie, and each double write, is called that."""

from dataclasses import replace
from typing import Any

import pytest
from mcp.types import CallToolResult, TextContent

from tests.faults.act import SECRET
from tests.faults.cell import Cell, Hit
from tests.faults.faults import FAULTS
from tests.faults.judging import problems
from tests.faults.playing import Played

TOLD = "The connection to the Waylay service broke. It could not be looked up either."
HINT = "Before doing anything again: list_changes looks again, and get_task shows what is there."


def cell(fault: str, hit: Hit, tool: str = "stop_task") -> Cell:
    return Cell(tool, next(known for known in FAULTS if known.name == fault), hit)


def result(state: str, **given: Any) -> CallToolResult:
    error = {
        "kind": "connection_lost",
        "message": TOLD,
        "retryable": False,
        "changed": "unknown",
        "hint": HINT,
        **given,
    }
    text = f"{error['message']}\n{state}\n{error['hint']}"
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content={"error": error}, is_error=True
    )


NOT_KNOWN = "Whether anything was changed is not known."
UNKNOWN = result(NOT_KNOWN)
LOST = cell("reset after processing", "lasting")
RIGHT = Played(
    UNKNOWN, shows=False, made=1, rows=1, outcome="unknown", asked=1, written=1, attempted=1, made_later=1,
    later="done", untouched=True,
)  # fmt: skip


def test_what_is_true_is_let_pass() -> None:
    assert list(problems(LOST, RIGHT)) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"result": result("Nothing was changed.", changed="no")}, "nothing was changed, and the database shows"),
        ({"result": result("The change was made.", changed="yes"), "made": 0}, "it says that it is done"),
        ({"attempted": 2}, "sent 2 times: a double write"),
        ({"made_later": 2}, "a double write"),
        ({"untouched": False}, "another task was changed"),
        ({"outcome": "not_done"}, "and the journal says 'not_done'"),
        ({"rows": 0}, "the journal has 0 changes"),
        ({"later": "unknown"}, "later the list of changes says 'unknown'"),
        ({"asked": 0}, "0 questions were put"),
        ({"result": result("Nothing to see.")}, "does not say what happened and whether anything was changed"),
        ({"result": result(NOT_KNOWN, kind="timeout")}, "called 'timeout'"),
        ({"result": result(NOT_KNOWN, retryable=True)}, "may simply be called again"),
        (
            {"result": result("Nothing was changed so far.", changed="no", as_of="2026-11-25", retryable=True)},
            "retryable is True",
        ),
        ({"result": result(NOT_KNOWN, hint="Look.")}, "nothing says how to find out"),
        ({"result": result(NOT_KNOWN, message=SECRET)}, "a secret"),
        ({"result": result(NOT_KNOWN, message="ReadError")}, "words of an exception"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(wrong: dict[str, Any], said: str) -> None:
    assert any(said in problem for problem in problems(LOST, replace(RIGHT, **wrong)))


def test_a_change_that_may_still_come_has_to_say_so() -> None:
    told = result("Nothing was changed so far.", changed="no", as_of="2026-11-25T18:00:00Z", retryable=True)
    played = replace(RIGHT, result=told, made=0, written=0, attempted=0, made_later=0, later="not_done")
    assert "it may still be done, and nothing says so, or how to find out" in problems(
        cell("reset before processing", "once"), played
    )


def test_a_change_after_a_look_that_failed_is_wrong() -> None:
    told = result("Nothing was changed.", changed="no", retryable=True)
    played = replace(RIGHT, result=told, outcome="done")
    found = list(problems(cell("reset after processing", "before"), played))
    assert "the journal has 1 changes, and should have 0" in found
    assert "1 questions were put, and should have been 0" in found
