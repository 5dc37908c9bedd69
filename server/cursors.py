"""Lists come whole, so a cursor cannot be one of ours."""

from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, PaginatedRequestParams


def refuse_cursor(params: PaginatedRequestParams | None) -> None:
    """Refuse a cursor.

    Raises:
        MCPError: -32602, there is one.
    """
    if params is not None and params.cursor is not None:
        raise MCPError(INVALID_PARAMS, "Unknown cursor: the list comes whole, ask without one.")
