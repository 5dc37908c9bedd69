"""Fixtures that most tests start from."""

import io
import logging
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest

from server.guard.page import ApprovalPage
from server.settings import Settings
from tests.support.postgres import PostgreSQL, find_binaries
from tests.support.programs import CHROMIUM, NGINX
from tests.support.world import Sandbox, World, settings

MakeWorld = Callable[..., World]

pytest_plugins = ["tests.canary.plugin"]

BINARIES = find_binaries()
collect_ignore = [] if CHROMIUM else ["server/approvals/test_chromium.py", "apps/browser"]
DATABASES = ("sqlite", "postgresql") if BINARIES else ("sqlite",)

# How long an example takes depends on the machine, and says nothing about the property.
hypothesis.settings.register_profile("ours", deadline=None, print_blob=True)
hypothesis.settings.load_profile("ours")


def pytest_configure() -> None:
    """Run everything in CI, or nothing; and leave the store of whoever runs the tests alone."""
    os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="waylay-tests-")
    needed = (("postgresql", BINARIES), ("chromium", CHROMIUM), ("nginx-light", NGINX))
    missing = [package for package, found in needed if found is None]
    if missing and os.environ.get("CI") == "true":
        raise pytest.UsageError(f"CI has to run every test, and some need {' and '.join(missing)}: install that")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Say at the very end what was not tested."""
    shutil.rmtree(os.environ["XDG_STATE_HOME"], ignore_errors=True)
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    for package, found, untested in (
        ("postgresql", BINARIES, "The store was tested on SQLite alone: there is no PostgreSQL on this machine."),
        ("chromium", CHROMIUM, "Approval page and task board were not tested in a browser: there is no Chromium here."),
        ("nginx-light", NGINX, "Replicas were not tested behind a proxy: there is no nginx on this machine."),
    ):
        if found is None and terminal is not None:
            terminal.write_line(untested, yellow=True)
            terminal.write_line(f"For the rest, install it (Debian: apt-get install {package}) and test again.")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """The PostgreSQL server of this run, started by the first test that needs one."""
    assert BINARIES is not None
    server = PostgreSQL(BINARIES)
    server.start()
    yield server
    server.stop()
    server.remove()


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty store, once in SQLite and once in PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/store/state.sqlite3"
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    with server.database() as url:
        yield url


@pytest.fixture
def store_url() -> str:
    """Where worlds keep their records, unless they are told; modules override it with `database_url`."""
    return "sqlite://"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests out of them."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(field.alias or "", raising=False)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """An empty sandbox."""
    made = Sandbox()
    yield made
    made.close()


@pytest.fixture
async def make_world(store_url: str) -> AsyncIterator[MakeWorld]:
    """Make worlds: `tasks` for a seeded sandbox, `url` for a store, `page` for approvals; the rest are settings."""
    worlds: list[World] = []
    with ExitStack() as stack:

        def make(tasks: int = 0, url: str | None = None, page: ApprovalPage | None = None, **given: object) -> World:
            sandbox = Sandbox(tasks)
            stack.callback(sandbox.close)
            worlds.append(World(sandbox, settings(**given), url=url or store_url, page=page))
            return worlds[-1]

        yield make
        for world in worlds:
            await world.running.aclose()


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """A server with default settings over an empty sandbox."""
    return make_world()


@pytest.fixture
def estate(make_world: MakeWorld) -> World:
    """A server with default settings over a seeded sandbox of 143 tasks."""
    return make_world(tasks=143)


@pytest.fixture
def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have time of day stand still: what is counted by the minute is not to start anew amid a test."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)


@pytest.fixture
def everything_logged() -> Iterator[io.StringIO]:
    """All that any logger says, at any level."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)
