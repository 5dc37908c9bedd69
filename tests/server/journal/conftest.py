"""What tests with very many calls share."""

from collections.abc import Iterator

import pytest
from mcp.client.session import ClientSession
from mcp.types import CallToolResult


@pytest.fixture(scope="module")
def results_unchecked() -> Iterator[None]:
    """Let clients not check results against their schemas: most of a call's time, and done in every other test."""

    async def nothing(session: ClientSession, name: str, result: CallToolResult) -> None: ...

    with pytest.MonkeyPatch.context() as meanwhile:
        meanwhile.setattr(ClientSession, "validate_tool_result", nothing)
        yield
