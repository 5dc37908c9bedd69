import json
import subprocess

import pytest

from tests.support.serving import COMMAND, PATIENCE, clean_environment


@pytest.fixture(scope="module")
def shown() -> str:
    result = subprocess.run(  # noqa: S603 - our own command
        [COMMAND, "demo"],
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        check=True,
        env=clean_environment(WAYLAY_TOKEN="x"),
    )
    assert result.stderr == ""
    return result.stdout


def test_the_demo_shows_what_it_promises(shown: str) -> None:
    promised = [
        "Tasks 1-5 of 37",
        "Tasks 6-10 of 37",
        "status: failed",
        "Stop this task?",
        "[ ] Yes, stop this task",
        "The user answers: yes",
        'Stopped "Cold store 4 Ghent: door alarm to duty phone"',
        "Delete this task?",
        "The user answers: no",
        "Not deleted: the user declined.",
        'Created "Meter 8 Liege: consumption"',
        'Replaced the configuration of "Meter 8 Liege: consumption"',
        "Change 1 of 1, newest first.",
        'Started "Cold store 4 Ghent: door alarm to duty phone"',
    ]
    positions = [shown.index(text) for text in promised]
    assert positions == sorted(positions)


def test_the_demo_ends_with_a_snippet_that_can_be_pasted(shown: str) -> None:
    snippet = json.loads(shown[shown.rindex("\n{") : shown.rindex("\n}") + 2])
    assert snippet["servers"]["waylay-tasks"]["command"] == COMMAND


def test_the_demo_never_uses_the_tenant_of_this_shell(shown: str) -> None:
    results = [line for line in shown.splitlines() if line.startswith("  [")]
    assert results
    assert all(line.startswith("  [sandbox] ") for line in results)


def test_the_demo_is_plain_text_where_nobody_sees_colours(shown: str) -> None:
    assert "\x1b" not in shown
