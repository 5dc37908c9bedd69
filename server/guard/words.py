"""The refusals of the guard. The words are ours, and what is foreign in them is in quotes."""

from server.errors import NotAdmitted, Waiting
from server.guard.call import Call
from server.guard.caller import Answer
from server.guard.ledger import Approval
from tools.contract import AnyOperation
from tools.text import quoted

_PAST = {"get": "read", "stop": "stopped", "undo": "undone"}
_MAX_NOTE = 300


def not_done(operation: AnyOperation) -> str:
    """Return for example `Not stopped`."""
    verb = operation.name.partition("_")[0]
    return f"Not {_PAST.get(verb) or verb + ('d' if verb.endswith('e') else 'ed')}"


def refused(call: Call, answer: Answer) -> NotAdmitted:
    """Return the refusal for an answer that is not a yes."""
    said, hint = {
        Answer.DECLINED: ("the user declined.", "Do not retry without new instructions from the user."),
        Answer.CANCELLED: (
            "the user closed the question without answering.",
            "Ask the user what they want before trying again.",
        ),
        Answer.EXPIRED: ("the question was not answered in time.", f"Call {call.tool} again to ask anew."),
    }.get(
        answer,
        ("the client did not deliver an answer from the user.", "Tell the user; do not try to confirm by yourself."),
    )
    return NotAdmitted(answer.value, f"{not_done(call.operation)}: {said}", hint=hint)


def no_approval(call: Call, hindrance: str) -> NotAdmitted:
    """Return the refusal where only a person counts, and nobody can be asked."""
    by_another = call.trace.requirement == "approver"
    needed = "somebody else than the caller has to approve this" if by_another else "a person has to agree to this"
    asking, way_out = ("", "") if by_another else _not_in_the_client(call)
    return NotAdmitted(
        "cannot_ask",
        f"{not_done(call.operation)}: {needed}{asking}, and {hindrance}",
        hint=f"Tell the user: {way_out}they can do it in Waylay itself.",
    )


def _not_in_the_client(call: Call) -> tuple[str, str]:
    if call.caller.can_ask:
        return ", it changes more than a question in the client can show", "smaller changes could be asked about, or "
    return ", the client cannot ask", "a client that supports elicitation could ask them, or "


def too_large(call: Call, changes: int) -> NotAdmitted:
    """Return the refusal for what no page could show whole: nobody can agree to what they cannot see."""
    return NotAdmitted(
        "too_large",
        f"{not_done(call.operation)}: a person has to agree to this, and it is too large to be shown whole, with "
        f"{changes:,} {'difference' if changes == 1 else 'differences'}.",
        hint="Make smaller changes, one after the other. Or tell the user: they can do it in Waylay itself.",
    )


def still_waiting(call: Call, request: str, seconds: float) -> NotAdmitted:
    """Return what a call is told whose request nobody has decided yet; the same call finds it again."""
    return Waiting(
        "approval_pending",
        f"{not_done(call.operation)} yet: {waiting_for(request, seconds, 'request')}",
        hint=f"Tell the user that it waits on the approval page, then call {call.tool} again with the same "
        "arguments: that goes on waiting, and asks nobody twice.",
    )


def waiting_for(request: str, seconds: float, noun: str = "Request") -> str:
    """Return what a client may show while a call waits; `seconds` are those for which the request is still open."""
    return f"{noun} {request} waits for a person's approval, for another {max(1, round(seconds / 60))} min."


def approved(approval: Approval) -> str:
    """Return who agreed to what was done, and what they say to it."""
    return f"Approved by {_decider(approval.decided_by, approval.note)}."


def _decider(by: str | None, note: str | None) -> str:
    said = f", who says: {quoted(note, _MAX_NOTE)}" if note else ""
    return f"{quoted(by) if by else 'a person'}{said}"


def denied(call: Call, by: str | None, note: str | None) -> NotAdmitted:
    """Return the refusal of a person who looked at the request."""
    return NotAdmitted(
        "denied",
        f"{not_done(call.operation)}: it was denied by {_decider(by, note)}.",
        hint="Do not retry without new instructions from the user.",
    )


def denied_by_policy(call: Call, rule: str) -> NotAdmitted:
    """Return the refusal of a rule."""
    return NotAdmitted(
        "policy",
        f"{not_done(call.operation)}: this server's policy does not allow it ({rule}).",
        hint="Tell the user; no confirmation changes that.",
    )


def refused_before(call: Call) -> NotAdmitted:
    """Return the refusal for a call that people have said no to often enough."""
    return NotAdmitted(
        "refused_before",
        f"{not_done(call.operation)}: a person refused this call twice within ten minutes; nobody is asked again now.",
        hint="Do not retry. Tell the user that it was refused, and can be asked again in ten minutes at the latest.",
    )


def refused_since(call: Call) -> NotAdmitted:
    """Return the refusal for what a person has said no to since it was agreed to, or a token was given out for it."""
    return NotAdmitted(
        "declined",
        f"{not_done(call.operation)}: a person refused this call after its confirmation was given out.",
        hint="Do not retry without new instructions from the user.",
    )


def not_enough(call: Call, rule: str) -> NotAdmitted:
    """Return the refusal for a consent of a kind that does not suffice any more."""
    return NotAdmitted(
        "wrong_confirmation",
        f"{not_done(call.operation)}: more than this confirmation is needed by now ({rule}).",
        hint=f"Call {call.tool} without confirmation to have a person asked.",
    )


def too_fast(pace: int) -> str:
    """Return the rule that holds for whoever destroys too fast."""
    return f"the limit of {pace} destructive changes in an hour"


def too_fast_now(call: Call, pace: int) -> NotAdmitted:
    """Return the refusal for a call that was overtaken by others of the same caller."""
    return NotAdmitted(
        "too_fast",
        f"{not_done(call.operation)}: {too_fast(pace)} was reached while this call was on its way.",
        hint="From now on a person has to agree to each: ask the user whether to go on.",
    )


def unknown_consent(call: Call) -> NotAdmitted:
    """Return the refusal for a handle that stands for nothing."""
    return NotAdmitted(
        "unknown_confirmation",
        f"{not_done(call.operation)}: this confirmation is not known, or expired long ago.",
        hint=f"Call {call.tool} without confirmation to ask the user.",
    )


def wrong_consent(call: Call, what: str) -> NotAdmitted:
    """Return the refusal for a consent that was given for something else."""
    return NotAdmitted(
        "wrong_confirmation",
        f"{not_done(call.operation)}: this confirmation was given for {what}.",
        hint=f"Call {call.tool} without confirmation to ask the user about exactly this.",
    )


def spent_consent(call: Call, outcome: str) -> NotAdmitted:
    """Return the refusal for a consent that was answered before, or that is void."""
    if outcome == "refused":
        return refused_since(call)
    if outcome == "expired":
        return refused(call, Answer.EXPIRED)
    said = {
        "spent": "this confirmation was used already, and it counts once.",
        "declined": "the user declined.",
        "cancelled": "the user closed the question without answering.",
    }.get(outcome, "this confirmation does not hold any more.")
    return NotAdmitted(
        "already_used" if outcome == "spent" else outcome,
        f"{not_done(call.operation)} by this call: {said}",
        hint="get_task shows what the task is now. Do not retry without new instructions from the user.",
    )


def too_many_open(call: Call) -> NotAdmitted:
    """Return the refusal while nothing more is asked."""
    return NotAdmitted(
        "unavailable",
        f"{not_done(call.operation)}: too many confirmations are waiting for an answer.",
        hint="They expire within minutes; try again then.",
    )


def not_recorded(call: Call, setting: str) -> NotAdmitted:
    """Return the refusal where the store failed: what cannot be recorded can neither be spent only once nor undone."""
    return NotAdmitted(
        "unavailable",
        f"{not_done(call.operation)}: this server's store cannot be used right now.",
        hint=f"The person who runs this server should look at its log, and at {setting}.",
    )
