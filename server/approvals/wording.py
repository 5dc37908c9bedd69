"""What page and terminal say of a request in the same words."""

from server.store.requests import ApprovalRequest
from tools.text import plain

_WITHOUT_USE = {
    "approved": "not used yet",
    "expired": "not used in time",
    "stale": "void, because the task changed",
    "refused": "void, because a person said no to the same afterwards",
}


def outcome_of(request: ApprovalRequest, note: str = "") -> str:
    """Return what came of a request and who decided it, in words; behind the person's name a `note` of theirs."""
    by = f" by {plain(request.decided_by)}{note}" if request.decided_by else ""
    if request.outcome is None:
        return "waits"
    if request.outcome == "denied":
        return f"denied{by}"
    if request.outcome == "spent":
        return f"approved{by}, {'carried out' if request.change_id else 'used'}"
    if request.decided is not None:
        return f"approved{by}, {_WITHOUT_USE[request.outcome]}"
    return "nobody decided in time" if request.outcome == "expired" else _WITHOUT_USE["stale"]


def name_of(request: ApprovalRequest) -> str:
    """Return the name of the task that a request is about, in quotes; nothing where it has none."""
    return next((value for label, value in request.facts if label == "name"), "")


def time_left(seconds: float) -> str:
    """Return a span as people say it, rounded down: nobody should count on time that is not there."""
    if seconds < 1:
        return "no time left"
    for size, unit in ((3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'' if count == 1 else 's'} left"
    return "no time left"
