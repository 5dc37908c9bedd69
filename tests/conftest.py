"""Fixtures that most tests start from."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack

import hypothesis
import pytest

from server.guard.page import ApprovalPage
from server.settings import Settings
from tests.support.world import Sandbox, World, settings

MakeWorld = Callable[..., World]

# How long an example takes depends on the machine, and says nothing about the property.
hypothesis.settings.register_profile("ours", deadline=None, print_blob=True)
hypothesis.settings.load_profile("ours")


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
async def make_world() -> AsyncIterator[MakeWorld]:
    """Make worlds: `tasks` for a seeded sandbox, `url` for a store, `page` for approvals; the rest are settings."""
    worlds: list[World] = []
    with ExitStack() as stack:

        def make(tasks: int = 0, url: str = "sqlite://", page: ApprovalPage | None = None, **given: object) -> World:
            sandbox = Sandbox(tasks)
            stack.callback(sandbox.close)
            worlds.append(World(sandbox, settings(**given), url=url, page=page))
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
