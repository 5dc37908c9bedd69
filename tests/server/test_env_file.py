"""A file of settings that cannot be read: whoever starts the server hears why."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.cli import run
from server.doctor.settings_found import find_settings
from server.settings_sources import load_settings
from tests.support.unprivileged import unprivileged


def in_a_closed_folder(folder: Path) -> Path:
    file = folder / "closed" / "waylay.env"
    file.parent.mkdir()
    file.write_text("WAYLAY_TOKEN=hunter2\n")
    file.parent.chmod(0)
    return file


def closed(folder: Path) -> Path:
    file = folder / "waylay.env"
    file.write_text("WAYLAY_TOKEN=hunter2\n")
    file.chmod(0)
    return file


def no_text(folder: Path) -> Path:
    file = folder / "waylay.env"
    file.write_bytes(b"WAYLAY_TOKEN=hunter2\xff\n")
    return file


@pytest.fixture(autouse=True)
def open_to_all(tmp_path: Path) -> Iterator[None]:
    """Let another account into the folders above, and whoever tidies up into those below."""
    load_settings()
    above = [folder for folder in (tmp_path, *tmp_path.parents) if folder.owner() == tmp_path.owner()]
    modes = {folder: folder.stat().st_mode for folder in above}
    for folder, mode in modes.items():
        folder.chmod(mode | 0o011)
    yield
    for folder, mode in modes.items():
        folder.chmod(mode)
    for folder in tmp_path.iterdir():
        folder.chmod(0o700)


@pytest.mark.parametrize(
    ("made", "why"),
    [(in_a_closed_folder, "Permission denied"), (closed, "Permission denied"), (no_text, "it is no text in UTF-8")],
)
def test_why_a_file_of_settings_cannot_be_read_is_said_in_one_line(
    made: Callable[[Path], Path], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = made(tmp_path)
    with unprivileged():
        status, found = run(["serve", "--env-file", str(file)]), find_settings(file, {})
    said = f"--env-file: {file} cannot be read ({why})"
    assert (status, capsys.readouterr().err) == (2, f"waylay-tasks-mcp: {said}\n")
    assert found.wrong == [said]


def test_a_file_that_may_not_be_looked_at_is_not_put_into_a_client(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    file = in_a_closed_folder(tmp_path)
    with unprivileged():
        status = run(["install", "--client", "cursor", "--env-file", str(file), "--yes"])
    said = f"waylay-tasks-mcp: --env-file: {file} cannot be read (Permission denied); nothing was changed\n"
    assert (status, capsys.readouterr().err) == (2, said)
