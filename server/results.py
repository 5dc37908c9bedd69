"""Outcomes, offers and failures as tool results: text for the model, data for programs, each complete in itself."""

from collections.abc import Mapping
from typing import Any

from mcp.types import CallToolResult, TextContent

from server.errors import CallFailure
from server.guard import words
from server.guard.ledger import Approval
from server.guard.questions import not_shown, shown_facts
from server.guard.verdicts import Offer
from tools.contract import Outcome, Performed
from tools.telling import telling_of

_CHANGED = {
    "no": "Nothing was changed.",
    "yes": "The change was made.",
    "unknown": "Whether anything was changed is not known.",
}
_NOT_YET = "Nothing was changed so far."


class Results:
    """Makes tool results.

    Args:
        limit: Characters that a result may have.
        sandbox: Whether the tasks are the embedded engine's, which every text then says first.
    """

    def __init__(self, limit: int, *, sandbox: bool) -> None:
        self._prefix = "[sandbox] " if sandbox else ""
        self._limit = limit - len(self._prefix)

    def outcome(
        self,
        outcome: Outcome,
        performed: Performed | None = None,
        change_id: str | None = None,
        approval: Approval | None = None,
        found_out: str | None = None,
    ) -> CallToolResult:
        """Return what a call came to.

        Args:
            outcome: Its outcome.
            performed: What was carried out, where that has to be said.
            change_id: The change that was made.
            approval: The approval that it hung on.
            found_out: How the outcome was found out, where no answer told it.
        """
        lines = [performed.note] if performed and performed.note else []
        lines += [found_out] if found_out else []
        lines += [words.approved(approval)] if approval else []
        lines += [f'Change {change_id}. To undo: undo_change(change_id="{change_id}").'] if change_id else []
        shown = outcome.fit(self._limit - sum(len(line) + 1 for line in lines))
        agreed = _known({"by": approval.decided_by, "note": approval.note}) if approval else None
        told = {"change_id": change_id, "undone": performed.undoes if performed else None, "approved": agreed}
        told["found_out"] = found_out
        return self._result("\n".join([shown.text, *lines]), {**shown.data, **_known(told)})

    def offer(self, offer: Offer) -> CallToolResult:
        """Return the request to ask the user, with the token that a second call has to bring."""
        required: dict[str, Any] = {
            "confirmation": offer.token,
            "question": offer.preview.question,
            "facts": dict(shown_facts(offer.preview, offer.where)),
            "consequence": offer.preview.consequence,
            "valid_seconds": offer.seconds,
        }
        return self._result(offer.text, {"confirmation_required": required | _difference(offer)})

    def failure(self, failure: CallFailure, change_id: str | None = None) -> CallToolResult:
        """Return what went wrong, whether anything changed, what to do next, and the change that was begun."""
        again = "Trying again may help." if failure.retryable else None
        changed = _NOT_YET if "as_of" in failure.details else _CHANGED[failure.changed]
        sentences = [failure.message, changed, again, failure.hint]
        error = {
            "kind": failure.kind,
            "message": failure.message,
            "retryable": failure.retryable,
            "changed": failure.changed,
            "field": failure.field,
            "hint": failure.hint,
            "change_id": change_id if failure.changed != "no" else None,
            **failure.details,
        }
        return self._result("\n".join(filter(None, sentences)), {"error": _known(error)}, is_error=True)

    def _result(self, text: str, data: Mapping[str, Any], *, is_error: bool = False) -> CallToolResult:
        return CallToolResult(
            content=[TextContent(type="text", text=self._prefix + text)],
            structured_content=dict(data),
            is_error=is_error,
        )


def _known(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}


def _difference(offer: Offer) -> dict[str, Any]:
    """Return what the call changes, as far as the question tells it, and what it does not tell."""
    telling = telling_of(offer.preview)
    rows = [dict(zip(("path", "before", "after"), row, strict=True)) for row in telling.rows]
    left_out = {"not_shown": not_shown(offer.preview, telling.left_out)} if telling.left_out else {}
    return {"difference": rows, **left_out} if rows else {}
