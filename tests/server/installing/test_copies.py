"""Copies of a file are for their owner alone, and out of what a project shares."""

import json
import os
import stat
from pathlib import Path

import pytest

from server.cli import run
from tests.server.installing.files import copies, install

KEY = "9f0b1c2d3e4f5061"
OURS = {"command": "waylay-tasks-mcp", "env": {"WAYLAY_API_KEY": KEY, "WAYLAY_API_SECRET": "${env:SECRET}"}}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a project of a person whose folder for state is beside it."""
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(project)
    return project


def in_project(*more: str) -> int:
    return run(["install", "--client", "cursor", "--scope", "project", "--yes", *more])


def test_those_of_a_projects_file_are_in_the_persons_folder_for_state(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, before = project / ".cursor" / "mcp.json", '{ "mcpServers" : { } }'
    file.parent.mkdir()
    file.write_text(before)
    assert in_project() == 0
    (copy,) = (path for path in (tmp_path / "state").rglob("*") if path.is_file())
    assert f"The file as it was: {copy}" in capsys.readouterr().out
    assert (copy.read_text(), stat.S_IMODE(copy.stat().st_mode)) == (before, 0o600)
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
    assert in_project("--remove") == 0
    assert file.read_text() == before
    assert [path for path in project.rglob("*") if path.is_file()] == [file]


def test_two_projects_do_not_share_theirs(project: Path, tmp_path: Path) -> None:
    for folder in (project, tmp_path / "other"):
        (folder / ".cursor").mkdir(parents=True)
        (folder / ".cursor" / "mcp.json").write_text("{}")
        os.chdir(folder)
        assert in_project() == 0
    folders = {path.parent for path in (tmp_path / "state").rglob("*.bak")}
    assert len(folders) == 2


@pytest.mark.parametrize("more", [("--remove",), ("--env-file", "my.env")])
def test_those_that_still_have_credentials_are_named(
    more: tuple[str, ...], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = project / "mcp.json"
    file.write_text(json.dumps({"mcpServers": {"waylay-tasks": OURS}}))
    (project / "my.env").touch()
    assert install("cursor", file, *more) == 0
    shown = capsys.readouterr().out
    (copy,) = copies(file)
    assert KEY not in file.read_text()
    assert "Copies of the file still have the credentials that were in it. Delete them" in shown
    assert f"\n  {copy}\n" in shown


def test_where_no_credentials_are_lost_nothing_is_said_of_them(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = project / "mcp.json"
    file.write_text(json.dumps({"mcpServers": {"waylay-tasks": OURS}}))
    assert install("cursor", file, "--read-only") == 0
    assert KEY in file.read_text()
    assert "Copies of the file" not in capsys.readouterr().out
