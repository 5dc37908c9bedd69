"""What a person in a shell should know besides the result, which speaks to an assistant."""

from collections.abc import Iterator, Mapping
from typing import Any

from mcp.types import CallToolResult

from server.settings import Settings
from tools.contract import AnyOperation, Effect
from tools.list_changes import LIST_CHANGES

_AGREE = (
    "Nothing was changed. Once the person concerned has agreed, run the same command again with\n"
    "  confirmation={token}\n"
    "added to it. It is good for {minutes:g} minutes, once."
)
_ENDS_WITH_IT = (
    "But this was the sandbox in memory, which ends with the command, and the confirmation with it. With\n"
    "--sandbox-db FILE, or WAYLAY_MCP_SANDBOX_DB, it stays."
)
_FORGETS = (
    "The sandbox in memory forgets everything when the command ends; --sandbox-db FILE, or WAYLAY_MCP_SANDBOX_DB,\n"
    "keeps it."
)
_AGAIN = "The same command, run again, goes on waiting for the same request."
_ASKS_HERE = "In a terminal this command asks you itself."


def notes_on(result: CallToolResult, operation: AnyOperation, settings: Settings, *, asked: bool) -> Iterator[str]:
    """Yield what to say on stderr.

    Args:
        result: What came of the call.
        operation: What was called.
        settings: The server's.
        asked: Whether there was a person at a terminal.
    """
    in_memory = settings.uses_sandbox and settings.sandbox_db is None
    data: Mapping[str, Any] = result.structured_content or {}
    offer, kind = data.get("confirmation_required"), data.get("error", {}).get("kind")
    if offer is not None:
        yield _AGREE.format(token=offer["confirmation"], minutes=offer["valid_seconds"] / 60)
        yield from [_ENDS_WITH_IT] if in_memory else []
    elif kind == "approval_pending":
        yield _AGAIN
    elif kind == "cannot_ask" and not asked:
        yield _ASKS_HERE
    elif in_memory and not result.is_error and _lasts_elsewhere(operation):
        yield _FORGETS


def _lasts_elsewhere(operation: AnyOperation) -> bool:
    """Tell whether what a tool does or shows is there for the next call too, except in memory."""
    return operation.effect is not Effect.READ or operation is LIST_CHANGES
