"""A server at which callers sign in, for every test."""

from collections.abc import AsyncIterator

import pytest

from tests.support.door import Door, door
from tests.support.world import Sandbox


@pytest.fixture
async def entrance(sandbox: Sandbox) -> AsyncIterator[Door]:
    """The server, with an issuer that can be reached."""
    async with door(sandbox) as made:
        yield made
