"""What the tests of the sandbox start from."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.support.world import Sandbox


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(sandbox.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox", auth=("any", "any")) as client:
        yield client
