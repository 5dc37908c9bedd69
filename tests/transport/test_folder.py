"""The folder of a server whose supervisor is gone."""

from pathlib import Path

from server.web.folder import using


def test_only_the_last_of_its_users_removes_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "sandbox.sqlite3").touch()
    with using(folder) as drains:
        with using(folder) as idle:
            idle()
        assert (folder / "sandbox.sqlite3").exists()
        with using(folder) as another:
            another()
        assert (folder / "sandbox.sqlite3").exists()
        drains()
        assert not folder.exists()


def test_of_users_that_end_at_once_one_removes_it(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    with using(folder) as first, using(folder) as second:
        first()
        assert folder.exists()
        second()
        assert not folder.exists()
