"""MCP on stdin and stdout."""

import sys
import time

import anyio
from mcp.server.stdio import stdio_server

from server.app import Running
from server.approvals.pages import page_over_stdio
from server.memory import take_up_collecting
from server.observing.exporting import sending_spans
from server.ready import ready_server
from server.settings import Settings, SettingsError
from server.state import store_for


def serve_stdio(settings: Settings) -> None:
    """Serve MCP on stdin and stdout until the client closes them.

    Raises:
        SettingsError: stdin or stdout is closed, or a file of the sandbox's or the audit's cannot be used.
    """
    _check_streams()
    store = store_for(settings)
    running = ready_server(settings, store, page_over_stdio(settings, store, time.time))
    take_up_collecting()
    with sending_spans():
        anyio.run(_stdio, running)


def _check_streams() -> None:
    if sys.stdin is None or sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison] - where it was closed
        raise SettingsError(
            "stdin or stdout is closed, and MCP is spoken over both: have a client start this, or use serve --http"
        )


async def _stdio(running: Running) -> None:
    try:
        async with stdio_server() as (read, write):
            await running.server.run(read, write, running.server.create_initialization_options())
    finally:
        await running.aclose()
