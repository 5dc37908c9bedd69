"""MCP Apps: pages of this server that hosts show beside a result, and which clients know them.

Names are those of SEP-1865 in its revision of 2026-01-26. They are in the SDK too (`mcp.server.apps`), but in a module
that loads its high-level server, which nothing here needs and every start would wait for.
"""

from collections.abc import Mapping
from typing import Any

from mcp.types import ClientCapabilities, Tool

EXTENSION = "io.modelcontextprotocol/ui"
MIME_TYPE = "text/html;profile=mcp-app"
BOARD_URI = "ui://waylay-tasks/board.html"
SHOWN_BY = "list_tasks"
"""The one tool that hosts show the board for. A look at one task is mostly a step on an assistant's way to something
else, and a host opens a page for every call: the board opens tasks by itself."""


def shows_apps(capabilities: ClientCapabilities | None) -> bool:
    """Tell whether a client has declared that it shows pages of this kind."""
    declared = (capabilities.extensions or {}).get(EXTENSION) if capabilities else None
    kinds = declared.get("mimeTypes") if declared is not None else None
    return isinstance(kinds, list) and MIME_TYPE in kinds


def with_board(tools: Mapping[str, Tool]) -> dict[str, Tool]:
    """Return the tools for a client that shows pages: one of them leads to the board."""
    meta: dict[str, Any] = {"ui": {"resourceUri": BOARD_URI}}
    return {name: tool.model_copy(update={"meta": meta}) if name == SHOWN_BY else tool for name, tool in tools.items()}
