"""One browser for all tests of the task board, and mostly one window in it; all run in its event loop."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, Protocol

import pytest
import pytest_asyncio

from tests.apps.hosted import Hosted, hosted
from tests.apps.windows import Windows
from tests.support.chromium import launched
from tests.support.world import Sandbox, World, settings


class Show(Protocol):
    """Shows the board of a server."""

    def __call__(self, world: World, **given: Any) -> AbstractAsyncContextManager[Hosted]:
        """Return it, to enter; what is given is as for `hosted`."""
        ...


class Make(Protocol):
    """Makes servers."""

    def __call__(self, tasks: int = 0, **given: Any) -> World:
        """Return one over a sandbox of so many tasks, with these settings."""
        ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the tests of this folder run in the browser's loop."""
    for item in items:
        if item.path.is_relative_to(__file__.removesuffix("conftest.py")):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def windows() -> AsyncIterator[Windows]:
    """A browser that runs."""
    async with launched() as running, AsyncExitStack() as stack:
        yield Windows(running, stack)


@pytest.fixture
def show(windows: Windows) -> Show:
    """Show the board."""

    def opened(world: World, **given: Any) -> AbstractAsyncContextManager[Hosted]:
        return hosted(windows, world, **given)

    return opened


@pytest_asyncio.fixture(loop_scope="session")
async def make_world() -> AsyncGenerator[Make]:
    """Make servers, as everywhere, in the browser's loop."""
    async with AsyncExitStack() as stack:

        def make(tasks: int = 0, **given: Any) -> World:
            sandbox = Sandbox(tasks)
            stack.callback(sandbox.close)
            world = World(sandbox, settings(**given))
            stack.push_async_callback(world.running.aclose)
            return world

        yield make
