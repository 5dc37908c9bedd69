"""Where a file really is, is said; and a project's is not written outside of it unseen."""

from pathlib import Path

import pytest

from server.cli import run
from tests.server.installing.files import install, servers
from tests.server.installing.test_command import at_a_terminal


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a project whose folder for Cursor is a link to somewhere else."""
    for folder in ("project", "elsewhere", "project/inside"):
        (tmp_path / folder).mkdir()
    (tmp_path / "project" / ".cursor").symlink_to("../elsewhere")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "elsewhere"


def in_project(*more: str) -> int:
    return run(["install", "--client", "cursor", "--scope", "project", *more])


def test_without_a_question_a_projects_file_outside_of_it_is_refused(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert in_project("--yes") == 2
    line = capsys.readouterr().err
    assert f"links lead from there out of this project, to {elsewhere / 'mcp.json'}." in line
    assert line.endswith("Nothing was changed\n")
    assert [*elsewhere.iterdir()] == []


def test_a_person_is_told_where_it_is_and_may_agree(elsewhere: Path) -> None:
    arguments = ("--client", "cursor", "--scope", "project")
    status, seen = at_a_terminal("yes\n", *arguments, HOME=str(elsewhere.parent / "home"))
    assert status == 0
    real = elsewhere / "mcp.json"
    assert seen.index(f"Links lead from there to {real}.") < seen.index("Type yes: ")
    assert "waylay-tasks" in servers("cursor", real)


def test_links_inside_of_a_project_and_a_path_that_a_person_named_are_followed(elsewhere: Path) -> None:
    link = elsewhere.parent / "project" / ".cursor"
    link.unlink()
    link.symlink_to("inside")
    assert in_project("--yes") == 0
    assert "waylay-tasks" in servers("cursor", link.parent / "inside" / "mcp.json")
    assert in_project("--yes", "--path", "../elsewhere/mcp.json") == 0
    assert "waylay-tasks" in servers("cursor", elsewhere / "mcp.json")


def test_where_links_lead_is_said_of_a_persons_own_file_too(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert install("cursor", Path(".cursor") / "mcp.json") == 0
    assert f"Links lead from there to {elsewhere / 'mcp.json'}." in capsys.readouterr().out
