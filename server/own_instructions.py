"""Instructions for who signed in: they do not speak of tools that their token does not allow."""

from collections.abc import Iterable
from typing import Any

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

from server.callers.permission import allowed
from server.instructions import instructions
from server.settings import Settings

_CONNECTING = ("initialize", "server/discover")
"""What a client is told the instructions with, in either era."""


class OwnInstructions:
    """Puts the caller's own instructions in place of those for all.

    Args:
        settings: The server's.
        tools: What it offers.
    """

    def __init__(self, settings: Settings, tools: Iterable[str]) -> None:
        self._settings = settings
        self._tools = [*tools]

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Pass a message on."""
        result = await call_next(ctx)
        if ctx.method not in _CONNECTING or get_access_token() is None or not isinstance(result, dict):
            return result
        usable = allowed(self._tools)
        lacking = [name for name in self._tools if name not in usable]
        return result | {"instructions": instructions(self._settings, lacking)}
