"""The last resort: what no handler made an answer of. The SDK would send older clients the exception's own text."""

import logging
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import INTERNAL_ERROR
from pydantic import ValidationError

logger = logging.getLogger("waylay_tasks_mcp.last_resort")

_FAULT = (
    "This server failed over the request; its log says why. If it was to change something, list_changes and get_task "
    "tell whether it did."
)


async def answer_faults(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Pass a message on, and answer a fault without its text.

    Raises:
        MCPError: -32603, the fault; or what the handler refused with.
        ValidationError: the parameters are not the protocol's; the SDK has words for that.
    """
    try:
        return await call_next(ctx)
    except (MCPError, ValidationError):
        raise
    except Exception:
        logger.exception("%s failed", ctx.method)
        raise MCPError(INTERNAL_ERROR, _FAULT) from None
