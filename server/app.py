"""The MCP server: tools and prompts on the low-level server, which serves both protocol eras."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mcp.server.caching import CacheHint
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    InputRequiredResult,
    ListToolsResult,
    PaginatedRequestParams,
)

from server.connection import Connection, connection_for
from server.cursors import refuse_cursor
from server.dispatch import Dispatch
from server.guard.guard import Guard
from server.guard.ledger import Ledger
from server.instructions import instructions
from server.prompting import Prompting
from server.results import Results
from server.settings import Settings
from server.tool_list import tool
from server.upstream import Upstream
from tools.catalog import OPERATIONS
from tools.contract import Effect

NAME = "waylay-tasks-mcp"
_LIST_TTL_MS = 300_000


@dataclass(frozen=True, slots=True)
class Running:
    """A server and what has to be closed when it ends."""

    server: Server[Any]
    upstream: Upstream
    ledger: Ledger

    async def aclose(self) -> None:
        """Close connections and files."""
        await self.upstream.aclose()
        await self.ledger.aclose()


def build(
    settings: Settings,
    *,
    connection: Connection | None = None,
    ledger_path: Path | None = None,
    clock: Callable[[], float] = time.time,
) -> Running:
    """Return the server for these settings.

    Args:
        settings: What to do and where.
        connection: The way to the Tasks API; None takes what is configured.
        ledger_path: The file in which workers share consents; None keeps them in this process.
        clock: Returns epoch seconds; consents expire by it.

    Raises:
        SettingsError: the configured profile cannot be used.
    """
    connection = connection or connection_for(settings)
    upstream = Upstream(connection.open, settings.total_timeout)
    ledger = Ledger(ledger_path, clock)
    guard = Guard(
        settings.confirm,
        ledger,
        clock,
        seconds=settings.confirm_seconds,
        where=connection.where,
        audience=f"{NAME} {connection.identity}",
    )
    return Running(_server(settings, guard, upstream), upstream, ledger)


def _server(settings: Settings, guard: Guard, upstream: Upstream) -> Server[Any]:
    results = Results(settings.output_limit, sandbox=settings.uses_sandbox)
    offered = [operation for operation in OPERATIONS if operation.effect is Effect.READ or not settings.read_only]
    tools = [tool(operation, settings.confirm) for operation in offered]
    schemas = {offer.name: offer.input_schema for offer in tools}
    dispatch = Dispatch(OPERATIONS, upstream, guard, results, read_only=settings.read_only)
    prompting = Prompting(frozenset(schemas))

    async def list_tools(context: ServerRequestContext[Any], params: PaginatedRequestParams | None) -> ListToolsResult:
        refuse_cursor(params)
        return ListToolsResult(tools=tools)

    async def call_tool(
        context: ServerRequestContext[Any], params: CallToolRequestParams
    ) -> CallToolResult | InputRequiredResult:
        return await dispatch.call(context, params)

    return Server(
        NAME,
        version=version(NAME),
        title="Waylay Tasks",
        instructions=instructions(settings),
        cache_hints={"tools/list": CacheHint(_LIST_TTL_MS, "public"), "prompts/list": CacheHint(_LIST_TTL_MS, "public")},
        get_tool_input_schema=schemas.get,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_prompts=prompting.list,
        on_get_prompt=prompting.get,
    )
