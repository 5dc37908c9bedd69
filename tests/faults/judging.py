"""What is wrong with a cell: what it came to is held against what is true."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from mcp.types import CallToolResult, TextContent

from tests.faults.act import SECRET
from tests.faults.cell import Came, Cell
from tests.faults.fault import READS
from tests.faults.playing import Played

_ASKED_ABOUT = frozenset({"stop_task", "delete_task"})
_STATES = {
    "no": "Nothing was changed.",
    "yes": "The change was made.",
    "unknown": "Whether anything was changed is not known.",
}
RAW = re.compile(
    r"Traceback|[A-Za-z]Error\b|Exception\b|Errno|httpx|httpcore|h11|anyio|pydantic|SSL:|<html|<h1|WRONG_VERSION"
    r"|peer closed|Server disconnected|All connection attempts|object at 0x|validation error"
)
"""What only an exception, or a page that is no answer, would say."""


def text_of(result: CallToolResult) -> str:
    """Return a result's text."""
    return "\n".join(part.text for part in result.content if isinstance(part, TextContent))


def error_of(result: CallToolResult) -> Mapping[str, Any]:
    """Return a failed result's error."""
    return cast("Mapping[str, Any]", (result.structured_content or {})["error"])


def came_to(cell: Cell, played: Played) -> Came:
    """Return what the result says that the call came to."""
    if cell.tool in READS:
        return "failed" if played.result.is_error else "right" if played.shows else "wrong"
    if not played.result.is_error:
        return "done" if played.shows else "wrong"
    error = error_of(played.result)
    if error["changed"] == "no":
        return "not yet" if "as_of" in error else "not done"
    return "done" if error["changed"] == "yes" else "unknown"


def problems(cell: Cell, played: Played) -> Iterator[str]:
    """Yield everything that is wrong, one sentence each."""
    came = came_to(cell, played)
    if came not in cell.expected:
        yield f"it came to {came!r}, and should have come to {' or '.join(map(repr, sorted(cell.expected)))}"
    yield from _against_the_database(came, played)
    yield from _against_the_journal(cell, came, played)
    yield from _questions(cell, played)
    if played.result.is_error:
        yield from _error(cell, played)
    yield from _words(played)


def _against_the_database(came: Came, played: Played) -> Iterator[str]:
    if came == "done" and (played.made, played.made_later) != (1, 1):
        yield f"it says that it is done, and the database shows it {played.made} times"
    if came == "not done" and (played.made or played.made_later):
        yield "it says that nothing was changed, and the database shows the change"
    if came == "not yet" and played.made:
        yield "it says that it was not done by then, and the database shows the change"
    if came in ("right", "failed") and played.written:
        yield "a call that only reads has changed something"
    if played.attempted > 1 or played.made_later > 1:
        yield f"it was sent {played.attempted} times: a double write"
    if not played.untouched:
        yield "another task was changed"


def _against_the_journal(cell: Cell, came: Came, played: Played) -> Iterator[str]:
    rows = 0 if cell.aims_at_reads and came != "done" else 1
    if played.rows != rows:
        yield f"the journal has {played.rows} changes, and should have {rows}"
        return
    expected = {"done": {"done", "unknown"}, "not done": {"not_done"}, "not yet": {"unknown"}, "unknown": {"unknown"}}
    if rows and played.outcome not in expected.get(came, set()):
        yield f"it came to {came!r}, and the journal says {played.outcome!r}"
    if rows and played.later != ("done" if played.made_later else "not_done"):
        yield f"later the list of changes says {played.later!r}, and the database shows it {played.made_later} times"


def _questions(cell: Cell, played: Played) -> Iterator[str]:
    asked = int(cell.tool in _ASKED_ABOUT and (cell.hit != "before" or cell.fault.fate == "made"))
    if played.asked != asked:
        yield f"{played.asked} questions were put, and should have been {asked}"


def _error(cell: Cell, played: Played) -> Iterator[str]:
    error, text = error_of(played.result), text_of(played.result)
    if error["kind"] not in cell.fault.kinds:
        yield f"the error is called {error['kind']!r}, and not {' or '.join(cell.fault.kinds)}"
    if error["changed"] != "no" and error["retryable"]:
        yield "it says that it may simply be called again, though it may have been done"
    if error["changed"] == "no" and error["retryable"] != (cell.fault.may_pass and "as_of" not in error):
        yield f"retryable is {error['retryable']}"
    state = "Nothing was changed so far." if "as_of" in error else _STATES[error["changed"]]
    if error["message"] not in text or state not in text:
        yield "the text does not say what happened and whether anything was changed"
    if not (error.get("hint") or error["retryable"]):
        yield "nothing says what to do next"
    if error["changed"] == "unknown" and not ("list_changes" in text and re.search("get_task|list_tasks", text)):
        yield "it is unknown, and nothing says how to find out"
    if "as_of" in error and not ("may still" in text and "list_changes" in text):
        yield "it may still be done, and nothing says so, or how to find out"


def said(text: str) -> str | None:
    """Return a secret, or the words of an exception, where there are some."""
    if SECRET in text:
        return "a secret"
    raw = RAW.search(text)
    return f"the words of an exception: {raw[0]!r}" if raw else None


def _words(played: Played) -> Iterator[str]:
    shown = text_of(played.result) + str(played.result.structured_content)
    if found := said(shown):
        yield f"the result has {found}"
