"""A store that cannot be used: what whoever runs the server is told, and what an assistant is."""

import logging
import os
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from psycopg import errors
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from server.cli import run
from server.store.database import Database
from server.store.engines import address_of
from server.store.failures import Failures
from server.store.store import Store
from server.store.unavailable import Conflict, StoreUnavailable
from tests.conftest import MakeWorld
from tests.support.world import Clock, error
from tests.support.world import text as said

HIDDEN = "canary-7b1d"
NOWHERE = f"postgresql://{HIDDEN}:{HIDDEN}@127.0.0.1:1/waylay"
HERE = "the PostgreSQL database at 127.0.0.1:1/waylay"


async def failure(url: str) -> StoreUnavailable:
    store = Store(url, Clock(), grace=300)
    with pytest.raises(StoreUnavailable) as failed:
        await store.audit.add(1, {})
    await store.aclose()
    return failed.value


def no_database(path: Path) -> Path:
    path.write_text("not a database, and long enough to be looked at as one " * 50)
    return path


def in_the_way(path: Path) -> Path:
    path.write_text("")
    return path / "state.sqlite3"


def newer(path: Path) -> Path:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE alembic_version (version_num TEXT)")
        database.execute("INSERT INTO alembic_version VALUES ('9999')")
    database.close()
    return path


@pytest.mark.parametrize(
    ("prepare", "why"),
    [
        (no_database, "is no database"),
        (in_the_way, f"cannot be written: {os.strerror(17)}"),
        (newer, "was made by a newer version of this server; nothing in it was changed"),
    ],
)
async def test_a_file_is_named_with_what_is_the_matter(
    prepare: Callable[[Path], Path], why: str, tmp_path: Path
) -> None:
    path = prepare(tmp_path / "state.sqlite3")
    failed = await failure(f"sqlite:///{path}")
    assert (str(failed), failed.setting) == (f"the file {path} {why}", "WAYLAY_MCP_STATE_DIR")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        (NOWHERE, f"{HERE} cannot be reached"),
        (f"{NOWHERE}?sslmod={HIDDEN}", f"{HERE} cannot be asked: its address has an option of no such name"),
        (f"{NOWHERE}?sslmode={HIDDEN}", f"{HERE} cannot be asked: its address has an option with an impossible value"),
        (f"postgresql://{HIDDEN}@/waylay?host=/nowhere&port=9",
         "the PostgreSQL database at /nowhere:9/waylay cannot be reached"),
    ],
)  # fmt: skip
async def test_a_database_elsewhere_is_named_without_user_and_password(url: str, sentence: str) -> None:
    failed = await failure(url)
    assert (str(failed), failed.setting) == (sentence, "WAYLAY_MCP_STATE_URL")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ('FATAL:  password authentication failed for user "x"', "refused the user or the password"),
        ('FATAL:  role "x" does not exist', "refused the user or the password"),
        ("fe_sendauth: no password supplied", "refused the user or the password"),
        ('FATAL:  no pg_hba.conf entry for host "x", SSL off', "refused the user or the password"),
        ('FATAL:  database "x" does not exist', "does not exist"),
        ("server does not support SSL, but SSL was required", "cannot be reached with the encryption"),
        ("FATAL:  sorry, too many clients already", "refused the connection"),
        ("connection timeout expired", "cannot be reached"),
    ],
)
def test_what_a_server_says_to_whoever_connects_is_understood(words: str, why: str) -> None:
    assert f"{HERE} {why}" in told(errors.OperationalError(f"connection failed: {words}"))


@pytest.mark.parametrize(
    ("failed", "why"),
    [
        (errors.AdminShutdown(HIDDEN), "cannot be reached"),
        (errors.LockNotAvailable(HIDDEN), "is locked by another process"),
        (errors.InsufficientPrivilege(HIDDEN), "cannot be written"),
        (errors.DiskFull(HIDDEN), "cannot be written: the disk is full"),
        (errors.UndefinedTable(HIDDEN), "failed (DBAPIError)"),
    ],
)
def test_what_is_known_by_its_code_is_named_and_the_rest_by_its_class(failed: Exception, why: str) -> None:
    assert told(failed) == f"{HERE} {why}"


def told(original: Any) -> str:
    failures = Failures(address_of(NOWHERE), logs=False)
    return str(failures.told(DBAPIError("SELECT 1", {}, original)))


async def test_what_was_kept_already_is_a_conflict_on_every_database(store: Store) -> None:
    def twice(connection: Connection) -> None:
        connection.execute(text("INSERT INTO alembic_version SELECT version_num FROM alembic_version"))

    with pytest.raises(Conflict) as failed:
        await store.database.run(twice)
    assert str(failed.value).endswith(" failed (IntegrityError)")


async def test_it_is_logged_once_until_it_works_again_and_an_assistant_is_told_of_no_path(
    make_world: MakeWorld, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "folder"
    folder.write_text("")
    world = make_world(url=f"sqlite:///{folder}/state.sqlite3", confirm="off")
    task_id = world.sandbox.create()
    for _ in range(2):
        refused = await world.call("stop_task", task_id=task_id)
        assert (error(refused)["kind"], error(refused)["changed"]) == ("unavailable", "no")
        assert "this server's store cannot be used right now." in said(refused)
        assert "look at its log, and at WAYLAY_MCP_STATE_DIR." in said(refused)
        unlisted = await world.call("list_changes")
        assert "The journal of changes cannot be used right now." in said(unlisted)
        assert str(tmp_path) not in said(refused) + said(unlisted)
    line = f"the store cannot be used: the file {folder}/state.sqlite3 cannot be written"
    assert logged(caplog, line) == 1
    folder.unlink()
    assert not (await world.call("stop_task", task_id=task_id)).is_error
    assert stat.S_IMODE((folder / "state.sqlite3").stat().st_mode) == 0o600
    assert logged(caplog, line) == 1


def logged(caplog: pytest.LogCaptureFixture, line: str) -> int:
    return sum(record.levelno == logging.WARNING and line in record.message for record in caplog.records)


def test_it_is_logged_again_after_it_worked(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    # Without a store around it: that removes what is past its time on the side, which works, too.
    database = Database(database_url)

    def fail(connection: Connection) -> None:
        raise PermissionError(13, "Permission denied")

    for works in (False, True, False, False):
        if works:
            database.run_now(lambda connection: None)
            continue
        with pytest.raises(StoreUnavailable):
            database.run_now(fail)
    database.close()
    assert logged(caplog, "cannot be written: Permission denied; see WAYLAY_MCP_STATE_") == 2


@pytest.mark.parametrize("command", ["audit", "approvals"])
def test_a_command_in_a_terminal_says_it_all_in_one_line(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("WAYLAY_MCP_STATE_URL", NOWHERE)
    assert run([command]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("waylay-tasks-mcp: the store cannot be used")
    assert f": {HERE} cannot be reached; see WAYLAY_MCP_STATE_URL\n" in shown
    assert shown.count("\n") == 1
    assert caplog.text == ""
    assert HIDDEN not in shown
