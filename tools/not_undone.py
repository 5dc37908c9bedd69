"""Why a change is not undone."""

from tools.contract import Api, NotPossible
from tools.journal import Change

LOOK = "get_task or list_tasks shows what is there now."
_NOT_MADE = {
    "under_way": ("is being made, or was cut off.", "list_changes shows within minutes what became of it."),
    "not_yet": ("was not made so far, and may still be.", "list_changes shows within minutes what became of it."),
    "not_done": ("was not made, so there is nothing to undo.", LOOK),
    "unknown": ("may or may not have been made; that could not be found out yet.", f"{LOOK} Or try again later."),
    "unverified": (
        "does not bear this server's seal, so somebody else may have written or altered it.",
        f"{LOOK} The person who runs this server should look at its log, and at WAYLAY_MCP_STATE_KEYS.",
    ),
}


def not_made(change: Change) -> NotPossible:
    """Return the refusal for a change that was not made, as far as that is known."""
    said, hint = _NOT_MADE[change.outcome]
    return NotPossible(f"Change {change.id} {said}", hint)


async def undone_before(api: Api, change: Change, undone_by: str) -> NotPossible:
    """Return the refusal for a change that another one undoes, or may undo: nothing is undone twice."""
    undoing = await api.journal.find(undone_by)
    if undoing is not None and undoing.outcome != "done":
        return NotPossible(
            f"Change {change.id} may be undone already: change {undone_by} was to do that, with an unknown outcome.",
            f"list_changes finds it out within minutes. {LOOK}",
        )
    last, passed = undone_by, set[str]()
    while undoing is not None and undoing.id not in passed:
        passed.add(last := undoing.id)
        undoing = await api.journal.find(undoing.undone_by) if undoing.undone_by else None
    since = "" if last == undone_by else f" What followed from that ended with change {last}."
    message = f"Change {change.id} is undone already, by change {undone_by}.{since}"
    return NotPossible(message, f'To take the last back: undo_change(change_id="{last}").')
