"""The refusals for a target that is not what it was. The words are ours, and what is foreign in them is plain."""

from collections.abc import Sequence

from server.errors import NotAdmitted
from server.guard.call import Call
from server.guard.consent import changed_paths, fingerprint
from server.guard.words import not_done
from tools.contract import Preview
from tools.text import plain

_MAX_PATH = 80
_MOST = 10


def stale_consent(call: Call, before: str, now: str, paths: Sequence[str]) -> NotAdmitted:
    """Return the refusal for a target that changed after it was shown, with what changed."""
    return _stale(call, "after the user was asked", before, now, paths)


def refuse_another(call: Call, admitted: Preview, now: Preview) -> None:
    """Let nothing be done to a target that changed after its call was admitted.

    Raises:
        NotAdmitted: it did.
    """
    paths = changed_paths(fingerprint(admitted.state, ""), fingerprint(now.state, ""))
    if paths:
        before, after = (str(preview.state.get("status")) for preview in (admitted, now))
        raise _stale(call, "before this could be sent", before, after, paths)


def _stale(call: Call, since: str, before: str, now: str, paths: Sequence[str]) -> NotAdmitted:
    changes = [f"status: {plain(before)} -> {plain(now)}"] if before != now else []
    changes += [plain(path, _MAX_PATH) for path in paths if path.startswith("specification")]
    told = "; ".join(changes[:_MOST]) or "what was shown of it"
    again = "to ask the user anew" if call.trace.way else "if that is what the user wants all the same"
    return NotAdmitted(
        "stale",
        f"{not_done(call.operation)}: the task changed {since} ({told}).",
        hint=f"get_task shows what it is now. Call {call.tool} again {again}.",
    )
