import sqlite3
import time
from pathlib import Path

import pytest
from sqlalchemy import inspect

from server.doctor.examined import Examined
from server.doctor.of_the_store import look_at_store
from server.settings import Settings
from server.store.engines import address_of, new_engine
from server.store.store import Store
from tests.server.doctor.around import given
from tests.server.doctor.examining import Patient
from tests.support.unprivileged import unprivileged

_WRITE_VERSION = 18
"""Which way of writing a file needs: https://sqlite.org/fileformat2.html#file_format_version_numbers."""

PASSWORD = "canary-database-password-64e0"


def made(url: str) -> None:
    """Make a store as a server does."""
    store = Store(url, time.time, 300)
    store.check_now()
    store.close()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def tables_in(url: str) -> list[str]:
    engine = new_engine(address_of(url))
    names = inspect(engine).get_table_names()
    engine.dispose()
    return names


def only_to_be_read(path: Path) -> None:
    """Make a database one that SQLite writes no more to: whoever runs the tests may write whatever its rights say."""
    with path.open("r+b") as file:
        file.seek(_WRITE_VERSION)
        file.write(b"\x09")


async def test_a_store_is_found_well_and_left_as_it_was(patient: Patient, tmp_path: Path) -> None:
    folder = tmp_path / "s"
    made(f"sqlite:///{folder}/state.sqlite3")
    before = contents(folder)
    found = await patient.examined({"WAYLAY_MCP_STATE_DIR": str(folder)})
    assert found.findings["store"].says == f"{folder}/state.sqlite3 can be read and written."
    assert contents(folder) == before


async def test_a_store_in_a_folder_that_may_not_be_looked_into_is_no_defect_of_the_doctor(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0)
    with unprivileged():
        found = await look_at_store(Examined(chosen=Settings.model_validate({"WAYLAY_MCP_STATE_DIR": folder / "s"})))
    assert found.says == f"{folder}/s/state.sqlite3 cannot be made: Permission denied."


async def test_a_store_that_is_not_there_is_not_made(patient: Patient, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "s"
    found = await patient.examined({"WAYLAY_MCP_STATE_DIR": str(folder)})
    assert found.findings["store"].says == f"{folder}/state.sqlite3 is made when it is first needed."
    assert not folder.parent.exists()


@pytest.mark.parametrize(
    ("revision", "status", "says"),
    [("0001", "ok", "they are migrated at the next start"), ("9999", "problem", "A newer version of this server")],
)
async def test_tables_of_another_version_are_told_and_not_touched(
    revision: str, status: str, says: str, patient: Patient, tmp_path: Path
) -> None:
    folder = tmp_path / "s"
    made(f"sqlite:///{folder}/state.sqlite3")
    with sqlite3.connect(folder / "state.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.close()
    before = contents(folder)
    store = (await patient.examined({"WAYLAY_MCP_STATE_DIR": str(folder)})).findings["store"]
    assert (store.status, says in store.says) == (status, True)
    assert contents(folder) == before


async def test_a_store_that_another_process_writes_to_for_long_is_told(patient: Patient, tmp_path: Path) -> None:
    folder = tmp_path / "s"
    made(f"sqlite:///{folder}/state.sqlite3")
    connection = sqlite3.connect(folder / "state.sqlite3", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    store = (await patient.examined({"WAYLAY_MCP_STATE_DIR": str(folder)})).findings["store"]
    connection.close()
    assert (store.status, "is locked by another process" in store.says) == ("problem", True)


async def test_a_store_that_lacks_a_table_is_told(patient: Patient, tmp_path: Path) -> None:
    folder = tmp_path / "s"
    made(f"sqlite:///{folder}/state.sqlite3")
    with sqlite3.connect(folder / "state.sqlite3") as connection:
        connection.execute("DROP TABLE sessions")
    connection.close()
    store = (await patient.examined({"WAYLAY_MCP_STATE_DIR": str(folder)})).findings["store"]
    assert (store.status, store.cure is None) == ("problem", False)


async def test_an_empty_database_is_well(database_url: str, patient: Patient, tmp_path: Path) -> None:
    if database_url.startswith("sqlite"):
        Path(database_url.removeprefix("sqlite:///")).parent.mkdir()
        sqlite3.connect(database_url.removeprefix("sqlite:///")).close()
    store = (await patient.examined(_at(database_url))).findings["store"]
    assert (store.status in ("ok", "warning"), tables_in(database_url)) == (True, [])
    made(database_url)
    assert (await patient.examined(_at(database_url))).statuses["store"] == store.status


async def test_a_database_that_may_only_be_read_is_told(database_url: str, patient: Patient) -> None:
    made(database_url)
    if database_url.startswith("sqlite"):
        only_to_be_read(Path(database_url.removeprefix("sqlite:///")))
    read_only = "" if database_url.startswith("sqlite") else "%20-cdefault_transaction_read_only%3Don"
    store = (await patient.examined(_at(database_url + read_only))).findings["store"]
    assert (store.status, "cannot be written" in store.says) == ("problem", True), store


async def test_a_database_without_seals_is_doubted_and_its_password_not_shown(patient: Patient) -> None:
    environment = {"WAYLAY_MCP_STATE_URL": f"postgresql://waylay:{PASSWORD}@127.0.0.1:1/waylay"}
    found = await patient.examined(environment)
    assert found.problems == ["store"]
    assert "The PostgreSQL database at 127.0.0.1:1/waylay cannot be reached." in found.findings["store"].says
    assert PASSWORD not in found.text + found.json


async def test_several_workers_of_a_sandbox_need_no_key(patient: Patient, tmp_path: Path) -> None:
    async with given(WAYLAY_MCP_WORKERS="3")(tmp_path) as environment:
        found = await patient.examined(environment)
    assert set(found.statuses.values()) == {"ok"}


def _at(url: str) -> dict[str, str]:
    if url.startswith("sqlite"):
        return {"WAYLAY_MCP_STATE_DIR": str(Path(url.removeprefix("sqlite:///")).parent)}
    return {"WAYLAY_MCP_STATE_URL": url}
