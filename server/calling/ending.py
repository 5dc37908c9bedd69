"""How a call ends: what is printed where, and the exit status."""

import sys
from collections.abc import Mapping
from typing import Any

from mcp.types import CallToolResult, TextContent

from server.calling.terminal import safe
from server.errors import CallFailure, Changed
from server.printed import show_at_once, show_beside, show_text
from server.results import Results
from tools.text import json_text

DONE, FAILED, WRONG, CONFIRM, UNKNOWN, INTERRUPTED = 0, 1, 2, 3, 4, 130

_AMPLE = 1_000_000
"""Characters of what is said here: short texts, which no limit is for."""


class Interrupted(CallFailure):
    """Somebody pressed Ctrl-C."""

    kind = "interrupted"


class WrongSettings(CallFailure):
    """A setting stops the start."""

    kind = "settings"


class NoResult(CallFailure):
    """The server had no result, only an error of the protocol."""

    kind = "protocol"


def failed(failure: CallFailure) -> CallToolResult:
    """Return the result for what went wrong here, in the form that the server gives its own."""
    return Results(_AMPLE, sandbox=False).failure(failure)


def status_of(result: CallToolResult) -> int:
    """Return the exit status for what a call came to."""
    data: Mapping[str, Any] = result.structured_content or {}
    if "confirmation_required" in data:
        return CONFIRM
    if not result.is_error:
        return DONE
    error: Mapping[str, Any] = data.get("error", {})
    changed: Changed = error.get("changed", "unknown")
    own = {"invalid_arguments": WRONG, "settings": WRONG, "approval_pending": CONFIRM, "interrupted": INTERRUPTED}
    # What has not been done so far may still be: whoever reads statuses must not take that for a plain failure.
    in_doubt = UNKNOWN if changed == "unknown" or "as_of" in error else FAILED
    return own.get(error.get("kind", ""), in_doubt)


def show(result: CallToolResult, *, as_json: bool) -> None:
    """Print a result: its data, or its text; of what failed, the text goes to stderr."""
    if as_json:
        show_data(result.structured_content or {})
        return
    if result.is_error:
        show_beside(_text(result))
    else:
        show_text(_text(result))


def show_last(result: CallToolResult, *, as_json: bool) -> None:
    """Print a result from a signal's handler, which nothing may follow: its data to stdout, or its text to stderr."""
    if as_json:
        show_at_once(sys.stdout, _line(result.structured_content or {}))
    else:
        show_at_once(sys.stderr, _text(result))


def show_data(data: Mapping[str, Any]) -> None:
    """Print data as one line of JSON, in which whatever is not safe to show is an escape."""
    show_text(_line(data))


def _text(result: CallToolResult) -> str:
    return safe("\n".join(part.text for part in result.content if isinstance(part, TextContent))) + "\n"


def _line(data: Mapping[str, Any]) -> str:
    return f"{json_text(data)}\n"
