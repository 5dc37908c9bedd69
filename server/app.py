"""The MCP server: tools, prompts, resources on the low-level server, which serves both protocol eras."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.types import ListToolsResult, PaginatedRequestParams, Tool

from server.apps.extension import EXTENSION, shows_apps, with_board
from server.callers.permission import allowed
from server.calls import Calls
from server.choosing import policy_for
from server.cursors import refuse_cursor
from server.features import Features, Reach
from server.guard.page import ApprovalPage, NoPage
from server.guard.policy import Policy
from server.guard.ways import is_offered
from server.instructions import instructions
from server.last_resort import answer_faults
from server.own_instructions import OwnInstructions
from server.prompting import Prompting
from server.quiet_server import QuietServer
from server.resources.offer import Offer
from server.resources.subscribing import Subscribing
from server.settings import Settings
from server.state import store_for
from server.store.store import Store
from server.tool_list import tool
from server.trace_meta import without_what_is_no_trace
from server.upstream.connection import Connection, connection_for
from server.version import NAME, VERSION
from tools.catalog import offered

if TYPE_CHECKING:
    from server.observing.meter import Meter
    from server.pipeline import Pipeline

_LIST_TTL_MS = 300_000
_LISTS: tuple[CacheableMethod, ...] = ("tools/list", "prompts/list", "resources/list", "resources/templates/list")


@dataclass(frozen=True, slots=True)
class Running:
    """A server, and what has to be closed when it ends."""

    server: Server[Any]
    calls: Calls
    store: Store
    page: ApprovalPage
    subscribing: Subscribing

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
    reach: Reach = "sessions",
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
        reach: Who can be told of changes.

    Raises:
        SettingsError: the configured profile, or the policy, cannot be used.
    """
    reached = connection or connection_for(settings)
    kept = store or store_for(settings, clock)
    policy = policy or policy_for(settings)
    approvals = page or NoPage("this server has no approval page.")

    tools = {offer.name: offer for offer in _offered(settings, policy)}
    offer, prompting = Offer(frozenset(tools)), Prompting(frozenset(tools))

    def open_pipeline() -> "Pipeline":
        from server import pipeline

        return pipeline.open_pipeline(
            settings, reached, policy=policy, store=kept, page=approvals, clock=clock, meter=meter, offer=offer,
            updates=features.subscribing.updates,
        )  # fmt: skip

    calls = Calls(open_pipeline, kept.load_ahead)
    features = Features(settings, offer, prompting, calls.open, clock=clock, reach=reach)
    server = _server(settings, tools, calls, prompting, features)
    # The SDK's tracing is in the middle: what it fails over is answered, and its spans do not get a fault's words.
    server.middleware[:] = [
        answer_faults, without_what_is_no_trace, *server.middleware, answer_faults, OwnInstructions(settings, tools),
    ]  # fmt: skip
    server.extensions[EXTENSION] = {}
    return Running(server, calls, kept, approvals, features.subscribing)


def _server(
    settings: Settings, tools: Mapping[str, Tool], calls: Calls, prompting: Prompting, features: Features
) -> Server[Any]:
    schemas = {name: tool.input_schema for name, tool in tools.items()}
    with_page = with_board(tools)

    async def list_tools(
        context: ServerRequestContext[Any, Any], params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        refuse_cursor(params)
        calls.expect()
        shown = with_page if shows_apps(context.session.client_capabilities) else tools
        return ListToolsResult(tools=[shown[name] for name in allowed(shown)])

    # What a token allows is for its bearer alone to see.
    whole = CacheHint(_LIST_TTL_MS, "private" if settings.callers_sign_in else "public")
    hints: dict[CacheableMethod, CacheHint] = dict.fromkeys(_LISTS, whole)
    told = features.subscribing
    return QuietServer(
        NAME,
        version=VERSION,
        title="Waylay Tasks",
        instructions=instructions(settings),
        # Which tools lead to a page depends on the client, too.
        cache_hints={**hints, "tools/list": CacheHint(_LIST_TTL_MS, "private")},
        get_tool_input_schema=schemas.get,
        on_list_tools=list_tools,
        on_call_tool=calls.call,
        on_list_prompts=prompting.list,
        on_get_prompt=prompting.get,
        on_list_resources=features.resources.list,
        on_list_resource_templates=features.resources.templates,
        on_read_resource=features.resources.read,
        on_completion=features.completing.complete,
        on_subscribe_resource=told.subscribe if features.has_sessions else None,
        on_unsubscribe_resource=told.unsubscribe if features.has_sessions else None,
        on_subscriptions_listen=told.listen if features.has_streams else None,
    )


def _offered(settings: Settings, policy: Policy) -> list[Tool]:
    operations = offered(read_only=settings.read_only)
    return [tool(operation, policy) for operation in operations if is_offered(policy, operation)]
