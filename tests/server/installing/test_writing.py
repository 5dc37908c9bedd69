"""A client's file is written whole or not at all."""

import errno
import os
import stat
from pathlib import Path

import pytest

from server.installing.copies import backups
from server.installing.refused import Refused
from server.installing.writing import look, replace
from tests.server.installing.files import copies, install, servers


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_link_stays_one_and_the_file_behind_it_is_written(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "mcp.json"
    real.parent.mkdir()
    real.write_text("{}\n")
    link = tmp_path / "mcp.json"
    link.symlink_to(real)
    assert install("cursor", link) == 0
    assert link.is_symlink()
    assert "waylay-tasks" in servers("cursor", real)
    assert [copy.read_text() for copy in copies(real)] == ["{}\n"]


@pytest.mark.parametrize("bits", [0o600, 0o640, 0o664])
def test_the_file_keeps_its_mode_bits_and_the_copy_is_for_its_owner_alone(bits: int, tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    file.write_text("{}")
    file.chmod(bits)
    install("cursor", file)
    (copy,) = copies(file)
    assert (mode(file), mode(copy)) == (bits, 0o600)


def test_missing_folders_are_named_and_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a" / "b" / "mcp.json"
    install("cursor", file)
    assert f"The folder {file.parent} is made for it." in capsys.readouterr().out
    assert "waylay-tasks" in servers("cursor", file)
    assert sorted(path.name for path in file.parent.iterdir()) == ["mcp.json"]


def test_a_read_only_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mcp.json"
    file.write_text("{}")
    file.chmod(0o444)
    assert install("cursor", file) == 2
    assert capsys.readouterr().err == f"waylay-tasks-mcp: {file}: it is read-only. Nothing was changed\n"
    assert (file.read_text(), copies(file)) == ("{}", [])


def test_what_is_no_ordinary_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, pipe, circle = tmp_path / "folder", tmp_path / "pipe", tmp_path / "circle"
    folder.mkdir()
    os.mkfifo(pipe)
    circle.symlink_to(circle)
    for path, why in ((folder, "not an ordinary file"), (pipe, "not an ordinary file"), (circle, "cannot be read")):
        assert install("cursor", path) == 2
        assert why in capsys.readouterr().err


def test_a_file_that_somebody_else_changed_in_the_meantime_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    file.write_text("{}")
    found = look(file)
    file.write_text('{"mcpServers": {}}')
    with pytest.raises(Refused, match="changed by somebody else"):
        replace(found, b"mine")
    assert file.read_text() == '{"mcpServers": {}}'
    assert [path.name for path in tmp_path.iterdir()] == ["mcp.json"]


def test_a_file_that_somebody_else_made_in_the_meantime_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    found = look(file)
    file.write_text("theirs")
    with pytest.raises(Refused, match="somebody else"):
        replace(found, b"mine")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["theirs"]


def test_one_that_is_made_at_the_last_moment_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mcp.json"
    found, link = look(file), Path.hardlink_to

    def late(self: Path, target: Path) -> None:
        self.write_text("theirs")
        link(self, target)

    monkeypatch.setattr(Path, "hardlink_to", late)
    with pytest.raises(Refused, match="made by somebody else"):
        replace(found, b"mine")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["theirs"]


def test_where_links_are_not_possible_a_new_file_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    replace(look(tmp_path / "mcp.json"), b"mine")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_where_the_disk_is_full_the_file_is_as_it_was_and_nothing_is_left_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mcp.json"
    file.write_text("{}")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert install("cursor", file) == 2
    assert capsys.readouterr().err.endswith("it cannot be written (no space left on device). Nothing was changed\n")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("mcp.json", "{}")]


def test_copies_of_one_second_do_not_overwrite_each_other(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    file.write_bytes(b"0")
    for number in range(4):
        replace(look(file), str(number + 1).encode())
    assert sorted(copy.read_bytes() for copy in backups(file, tmp_path)) == [b"0", b"1", b"2", b"3"]


def test_a_file_with_credentials_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    replace(look(file), b"secret", private=True)
    assert mode(file) == 0o600
