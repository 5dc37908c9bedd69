"""Tool calls, and the pipeline that the first of them loads."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mcp.server.context import ServerRequestContext
from mcp.types import CallToolRequestParams, CallToolResult, InputRequiredResult

if TYPE_CHECKING:
    from server.pipeline import Pipeline
    from server.upstream.health import Health

_SOON = 0.02
"""Seconds within which an answer is out."""


class Calls:
    """Carries out tool calls.

    The pipeline is loaded and opened by the first call: a host starts this server often, sometimes twice in a row,
    only to see what it offers, and should not wait for more.

    Args:
        open_pipeline: Opens it.
        ahead: Loads what a call is going to need, in the background, in so many seconds.
    """

    def __init__(self, open_pipeline: "Callable[[], Pipeline]", ahead: Callable[[float], None]) -> None:
        self._open = open_pipeline
        self._ahead = ahead
        self._pipeline: Pipeline | None = None

    async def call(
        self, context: ServerRequestContext[Any], params: CallToolRequestParams
    ) -> CallToolResult | InputRequiredResult:
        """Answer tools/call."""
        pipeline = self.open()
        self._ahead(0)
        return await pipeline.call(context, params)

    def expect(self) -> None:
        """Get ready for a call, once what is being answered is out: whoever lists tools is going to call one."""
        self._ahead(_SOON)

    def open(self) -> "Pipeline":
        """Return the pipeline, opened."""
        if self._pipeline is None:
            self._pipeline = self._open()
        return self._pipeline

    def health(self) -> "Health | None":
        """Return how the way to the service is; None as long as nobody has gone it."""
        return None if self._pipeline is None else self._pipeline.upstream.health()

    async def aclose(self) -> None:
        """Close what was opened."""
        if self._pipeline is not None:
            await self._pipeline.aclose()
