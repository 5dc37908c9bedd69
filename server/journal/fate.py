"""What a call is told of its change where no answer said it: done, not done, or not known, and how to find out."""

from types import NoneType
from typing import Any

from server.errors import CallFailure, Changed
from server.journal.finding import Attempt, Finding
from server.upstream.errors import LookedUp
from tools.models.entity import Created, Task
from tools.models.specification import Specification
from tools.text import iso


def answer_from(found: Finding, returns: type[Any]) -> Any:
    """Return the body of the answer that did not come, from what was found; only for a change that is done."""
    if returns is NoneType:
        return None
    if returns is Created:
        return Created.model_validate({"ID": found.made})
    if not (returns is Task and found.task):
        raise TypeError(f"nothing that was found is a {returns.__name__}")
    return found.task


def said_of(failure: CallFailure, found: Finding, operation: str) -> str:
    """Return what is said of a change that is done although no answer said so."""
    warnings = " Whether there were warnings is not known." if operation == "create_task" else ""
    return f"{failure.message} So it was looked up: {found.seen}.{warnings}"


def failed(failure: CallFailure, attempt: Attempt, found: Finding | None, *, over: bool) -> LookedUp:
    """Return the failure of a change that is not known to be done.

    Args:
        failure: What went wrong with it.
        attempt: The change.
        found: What was found; None when the service could not be asked.
        over: Whether the service is done with it.
    """
    if found is None or found.outcome == "unknown" or failure.changed == "yes":
        return _in_doubt(failure, attempt, found)
    if over:
        message = f"{failure.message} It was looked up: {found.seen}, so this was not done."
        return LookedUp(failure, message, changed="no", hint=None, again=failure.may_pass, at=None)
    at, hint = iso(round(found.at * 1000)), _LATER[is_harmless(attempt)]
    message = f"{failure.message} It was looked up: as of {at} {found.seen}, so this was not done by then."
    # A program that reads no more than `changed` and `retryable` would send again what may still come.
    return LookedUp(failure, message, changed="no", hint=hint, again=False, at=at)


def is_harmless(attempt: Attempt) -> bool:
    """Tell whether a change may be made again although the first may still be made too.

    A task could be created twice, and one that runs once could run twice.
    """
    if attempt.operation in ("stop_task", "delete_task"):
        return True
    document = attempt.sent or (attempt.before or {}).get("specification") or {}
    runs_on = Specification(document).settings.get("type") in ("periodic", "scheduled", "reactive")
    return attempt.operation != "create_task" and runs_on


_LATER = {
    True: "The service may still do it, and doing it again does no harm. list_changes finds out what becomes of it.",
    False: "The service may still do it, so doing it again could do it twice: wait some minutes, until list_changes "
    "has found out what became of it.",
}


def _in_doubt(failure: CallFailure, attempt: Attempt, found: Finding | None) -> LookedUp:
    seen = f"It was looked up: {found.seen}." if found else "It could not be looked up either."
    shows = "list_tasks" if attempt.operation == "create_task" else "get_task"
    hint = f"Before doing anything again: list_changes looks again, and {shows} shows what is there."
    nameless = failure.changed == "yes" and attempt.operation == "create_task"
    changed: Changed = "yes" if nameless and (found is None or found.outcome == "unknown") else "unknown"
    return LookedUp(failure, f"{failure.message} {seen}", changed=changed, hint=hint, again=False, at=None)
