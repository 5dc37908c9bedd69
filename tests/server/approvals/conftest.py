"""An issuer for every test, behind one socket for all of a module."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from starlette.types import Receive, Scope, Send

from tests.support.issuer import Issuer
from tests.support.serving import serve


class Stage:
    """Serves whichever issuer it is the turn of."""

    address = ""

    def __init__(self) -> None:
        self.current = Issuer()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.current.app(scope, receive, send)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    """The socket. Tests that use it run in the loop of their module."""
    made = Stage()
    async with serve(made) as made.address:
        yield made


@pytest.fixture
def issuer(stage: Stage) -> Issuer:
    """An issuer at which Carol is signed in, who is an operator."""
    stage.current = Issuer(stage.address)
    return stage.current
