"""Where the store is: what people write, and what is refused without being repeated."""

import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from server.settings import SettingsError
from server.settings_sources import load_settings
from server.state import store_for
from server.state_checks import check_state
from server.store.engines import address_of
from server.store.unavailable import DRIVER
from tests.conftest import MakeWorld
from tests.generate import ROOT
from tests.support.world import error, settings, text

NAME = "WAYLAY_MCP_STATE_URL"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
@pytest.mark.parametrize(
    ("rest", "host", "database"),
    [
        ("user:p%40ss%2Fw@db.example.com:5433/waylay", "db.example.com", "waylay"),
        ("user@[::1]/waylay?sslmode=require", "::1", "waylay"),
        ("/waylay?host=/var/run/postgresql", None, "waylay"),
    ],
)
def test_addresses_as_people_write_them_are_taken(
    scheme: str, rest: str, host: str | None, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, f"{scheme}://{rest}")
    assert load_settings().state_url == SecretStr(f"{scheme}://{rest}")
    address = address_of(f"{scheme}://{rest}")
    assert (address.drivername, address.host, address.database) == ("postgresql+psycopg", host, database)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://user:hunter2@host/db",
        "sqlite:///hunter2",
        "postgresql+asyncpg://user:hunter2@host/db",
        "postgresql://user:hunter2@host",
        "postgresql://user:hunter2@host/",
        "postgresql://user:hunter2@host:port/db",
        "postgresql://user:hunter2@host:99999/db",
        "postgresql://user:hunt@er2@host/db",
        "postgresql://user:hunt/er2@host/db",
        "postgresql://user:hunt#er2@host/db",
        "postgresql://user:hunt?er2@host/db",
        "postgresql://user:hunter2@host/db name",
        "postgresql://[hunter2/db",
        "host=db password=hunter2",
        "hunter2",
    ],
)
def test_anything_else_stops_the_start_and_is_not_repeated(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, url)
    with pytest.raises(SettingsError) as stopped:
        load_settings()
    line = str(stopped.value)
    assert line.startswith(f"{NAME}: expected an address such as postgresql://user:password@host/database, where")
    assert "hunt" not in line
    assert "\n" not in line


def test_an_address_that_was_left_empty_does_not_mean_a_store_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "")
    with pytest.raises(SettingsError, match=f"{NAME} is set to nothing"):
        load_settings()


PART = st.text("a1:/@[]?#%= é", max_size=9)


@given(st.builds("{}://{}{}/{}".format, st.sampled_from(["postgresql", "postgres"]), PART, PART, PART))
def test_what_is_taken_at_the_start_can_be_opened_later(url: str) -> None:
    try:
        check_state(SecretStr(url), None)
    except ValueError:
        return
    address = address_of(url)
    assert address.database
    assert "/" not in address.database


def test_without_the_driver_the_start_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.state_checks.find_spec", dict[str, object]().get)
    monkeypatch.setenv(NAME, "postgresql://user:hunter2@host/db")
    with pytest.raises(SettingsError) as stopped:
        load_settings()
    missing = f"the driver for PostgreSQL is missing; install psycopg: pip install '{DRIVER}'"
    assert str(stopped.value) == f"{NAME}: {missing}"


async def test_a_driver_that_cannot_be_loaded_means_no_and_says_how_to_install_it(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    world = make_world(url="postgresql://user:hunter2@127.0.0.1:1/db", confirm="off")
    result = await world.call("stop_task", task_id=world.sandbox.create())
    assert error(result)["kind"] == "unavailable"
    assert NAME in text(result)
    assert f"its driver is missing; install psycopg: pip install '{DRIVER}'; see {NAME}" in caplog.text
    assert world.sandbox.recorder.attempts == []


def test_the_driver_that_is_named_is_the_one_that_the_extra_brings() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["optional-dependencies"]["postgres"] == [DRIVER]


def test_whoever_has_no_home_is_told_to_name_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_: int) -> object:
        raise KeyError

    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", nobody)
    with pytest.raises(SettingsError, match="there is no home folder to keep changes in: name a folder in "):
        store_for(settings(api_key=SecretStr("key"), api_secret=SecretStr("secret"), state_dir=None))


async def test_the_store_is_where_the_settings_say(database_url: str, tmp_path: Path) -> None:
    where = {"state_dir": tmp_path} if database_url.startswith("sqlite") else {"state_url": database_url}
    stores = [store_for(settings(**where), lambda: 1) for _ in range(2)]
    for store in stores:
        await store.audit.add(1, {})
    assert [len(store.audit.since(0, 9)) for store in stores] == [2, 2]
    for store in stores:
        await store.aclose()
    assert (tmp_path / "state.sqlite3").exists() == database_url.startswith("sqlite")
