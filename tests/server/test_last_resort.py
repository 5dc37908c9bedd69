"""A fault that nothing else caught is answered in both eras without the words that it came in."""

import logging

import pytest
from mcp.shared.exceptions import MCPError
from mcp.types import INTERNAL_ERROR

from server.calls import Calls
from tests.support.world import Era, World

SECRET = "password=hunter2 in /home/somebody"


@pytest.mark.parametrize("era", ["modern", "legacy"])
async def test_an_escaped_fault_is_told_without_its_text_and_logged(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, era: Era
) -> None:
    def fail(calls: Calls) -> None:
        raise OSError(SECRET)

    monkeypatch.setattr(Calls, "open", fail)
    with caplog.at_level(logging.ERROR):
        async with world.client(era) as client:
            with pytest.raises(MCPError) as caught:
                await client.call_tool("list_tasks", {})
    assert caught.value.code == INTERNAL_ERROR
    assert "list_changes" in caught.value.message
    assert SECRET not in caught.value.message
    assert "tools/call failed" in caplog.text
