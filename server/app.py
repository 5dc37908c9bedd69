"""The MCP server: tools and prompts on the low-level server, which serves both protocol eras."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcp.server.caching import CacheHint
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    InputRequiredResult,
    ListToolsResult,
    PaginatedRequestParams,
    Tool,
)

from server.callers.permission import allowed
from server.choosing import policy_for
from server.cursors import refuse_cursor
from server.guard.page import ApprovalPage, NoPage
from server.guard.policy import Policy
from server.guard.ways import is_offered
from server.instructions import instructions
from server.last_resort import answer_faults
from server.prompting import Prompting
from server.settings import Settings
from server.state import store_for
from server.store.store import Store
from server.tool_list import tool
from server.upstream.connection import Connection, connection_for
from server.version import NAME, VERSION
from tools.catalog import offered

if TYPE_CHECKING:
    from server.observing.meter import Meter
    from server.pipeline import Pipeline
    from server.upstream.health import Health

_LIST_TTL_MS = 300_000
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


@dataclass(frozen=True, slots=True)
class Running:
    """A server, and what has to be closed when it ends."""

    server: Server[Any]
    calls: Calls
    store: Store
    page: ApprovalPage

    async def aclose(self) -> None:
        """Close connections and files."""
        await self.page.aclose()
        await self.calls.aclose()
        await self.store.aclose()


def build(
    settings: Settings,
    *,
    connection: Connection | None = None,
    store: Store | None = None,
    page: ApprovalPage | None = None,
    meter: "Meter | None" = None,
    policy: Policy | None = None,
    clock: Callable[[], float] = time.time,
) -> Running:
    """Return the server for these settings.

    Args:
        settings: What to do and where.
        connection: The way to the Tasks API; None takes what is configured.
        store: Where consents, changes and audit are kept; None takes what is configured.
        page: Where people approve; None is nowhere.
        meter: Counts and times what goes on; None does not.
        policy: What calls have to wait for; None reads what is configured.
        clock: Returns epoch seconds; consents expire by it.

    Raises:
        SettingsError: the configured profile, or the policy, cannot be used.
    """
    reached = connection or connection_for(settings)
    kept = store or store_for(settings, clock)
    policy = policy or policy_for(settings)
    approvals = page or NoPage("this server has no approval page.")

    def open_pipeline() -> "Pipeline":
        from server import pipeline

        return pipeline.open_pipeline(
            settings, reached, policy=policy, store=kept, page=approvals, clock=clock, meter=meter
        )

    calls = Calls(open_pipeline, kept.load_ahead)
    server = _server(settings, policy, calls)
    server.middleware.append(answer_faults)
    return Running(server, calls, kept, approvals)


def _server(settings: Settings, policy: Policy, calls: Calls) -> Server[Any]:
    tools = {offer.name: offer for offer in _offered(settings, policy)}
    schemas = {name: offer.input_schema for name, offer in tools.items()}
    prompting = Prompting(frozenset(schemas))

    async def list_tools(
        context: ServerRequestContext[Any, Any], params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        refuse_cursor(params)
        calls.expect()
        return ListToolsResult(tools=[tools[name] for name in allowed(tools)])

    # What a token allows is for its bearer alone to see.
    whole = CacheHint(_LIST_TTL_MS, "private" if settings.callers_sign_in else "public")
    return Server(
        NAME,
        version=VERSION,
        title="Waylay Tasks",
        instructions=instructions(settings),
        cache_hints={"tools/list": whole, "prompts/list": whole},
        get_tool_input_schema=schemas.get,
        on_list_tools=list_tools,
        on_call_tool=calls.call,
        on_list_prompts=prompting.list,
        on_get_prompt=prompting.get,
    )


def _offered(settings: Settings, policy: Policy) -> list[Tool]:
    operations = offered(read_only=settings.read_only)
    return [tool(operation, policy) for operation in operations if is_offered(policy, operation)]
