"""What became of a call that was interrupted: the journal knows each change before it is sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mcp.shared.exceptions import MCPError

from server.calling.conversation import Conversation
from server.calling.ending import Interrupted
from server.errors import Changed
from tools.contract import AnyOperation, Effect
from tools.list_changes import LIST_CHANGES
from tools.text import plain, quoted

Row = Mapping[str, Any]

_NEWEST = 100
_CHANGED: Mapping[str, Changed] = {"done": "yes", "not_done": "no"}
_SAID: Mapping[Changed, str] = {
    "yes": "is done",
    "no": "was not done",
    "unknown": "may be done, or may still be: that is not known",
}
_LOOK = "waylay-tasks-mcp call list_changes finds out what became of it."


def given_up(changed: Changed) -> Interrupted:
    """Return what to say of an interrupted call where nobody waits until it is known what became of it."""
    hint = _LOOK if changed == "unknown" else None
    return Interrupted("Interrupted, before it was known what became of the call.", changed=changed, hint=hint)


async def what_came_of(
    conversation: Conversation, operation: AnyOperation, arguments: Mapping[str, Any], began: float
) -> Interrupted:
    """Return what to say of an interrupted call.

    Args:
        conversation: Asks the server, which has found out by now what it could.
        operation: What was called.
        arguments: With which arguments.
        began: When, in epoch seconds.
    """
    if operation.effect is Effect.READ:
        return Interrupted("Interrupted.")
    rows = await _begun(conversation, began)
    if rows is None:
        return given_up("unknown")
    own = [row for row in rows if _could_be(row, operation, arguments)]
    if not own:
        return Interrupted("Interrupted.")
    return Interrupted("\n".join(["Interrupted.", *map(_told, own)]), changed=_in_all(own), hint=_hint(own))


async def _begun(conversation: Conversation, began: float) -> list[Row] | None:
    """Return the changes that were begun since the call was made; None where they cannot be read."""
    try:
        result = await conversation.call(LIST_CHANGES.name, {"hits": _NEWEST})
    except MCPError:
        return None
    if result.is_error or result.structured_content is None:
        return None
    rows: Sequence[Row] = result.structured_content["changes"]
    # The journal tells whole seconds.
    return [row for row in rows if datetime.fromisoformat(row["when"]).timestamp() >= int(began)]


def _could_be(row: Row, operation: AnyOperation, arguments: Mapping[str, Any]) -> bool:
    """Tell whether a change can be this call's. Another process may have made the same one in the same moment."""
    if operation.performs:
        return row.get("undoes") == arguments.get("change_id")
    task_id = arguments.get("task_id")
    return row["operation"] == operation.name and task_id in (None, row.get("task_id"))


def _told(row: Row) -> str:
    changed = _CHANGED.get(row["outcome"], "unknown")
    of = f" of {quoted(row['name'])}" if row.get("name") else ""
    task = f" (ID {plain(row['task_id'])})" if row.get("task_id") else ""
    return f"{row['operation']}{of}{task} {_SAID[changed]}. Change {row['change_id']}."


def _in_all(rows: Sequence[Row]) -> Changed:
    outcomes = {_CHANGED.get(row["outcome"], "unknown") for row in rows}
    return "unknown" if "unknown" in outcomes else "yes" if "yes" in outcomes else "no"


def _hint(rows: Sequence[Row]) -> str | None:
    changed = _in_all(rows)
    if changed == "unknown":
        return _LOOK
    undo = f"To undo: waylay-tasks-mcp call undo_change change_id={rows[0]['change_id']}"
    return undo if changed == "yes" and len(rows) == 1 else None
