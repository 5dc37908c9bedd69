"""What the guard says: questions, the token's offer, refusals. The words are ours; foreign values are quoted facts."""

from collections.abc import Sequence

from server.errors import NotAdmitted
from server.guard.caller import Answer
from tools.contract import AnyOperation, Preview

_PAST = {"stop": "stopped"}


def question_text(preview: Preview, where: str) -> str:
    """Return what the person is asked; the same text on every round of one question."""
    facts = "\n".join(f"{label}: {value}" for label, value in preview.facts)
    return f"{preview.question}\n\n{facts}\nwhere: {where}\n\n{preview.consequence}"


def question_label(operation: AnyOperation) -> str:
    """Return the label of the one box that has to be ticked."""
    return f"Yes, {operation.title.lower().replace(' task', ' this task')}"


def offer_text(operation: AnyOperation, question: str, token: str, minutes: float) -> str:
    """Return what an assistant is told whose client cannot ask."""
    return (
        f"{not_done(operation)} yet: the user has to agree first. Show the user this and ask:\n\n{question}\n\n"
        f"Only when the user has agreed, call {operation.name} again with the same arguments and "
        f'confirmation="{token}" (good for {minutes:g} minutes, once). Without that, leave it.'
    )


def not_done(operation: AnyOperation) -> str:
    """Return for example `Not stopped`."""
    verb = operation.name.partition("_")[0]
    return f"Not {_PAST.get(verb) or verb + ('d' if verb.endswith('e') else 'ed')}"


def refused(operation: AnyOperation, answer: Answer) -> NotAdmitted:
    """Return the refusal for an answer that is not a yes."""
    said, hint = {
        Answer.DECLINED: ("the user declined.", "Do not retry without new instructions from the user."),
        Answer.CANCELLED: (
            "the user closed the question without answering.",
            "Ask the user what they want before trying again.",
        ),
        Answer.EXPIRED: ("the question was not answered in time.", f"Call {operation.name} again to ask anew."),
    }.get(
        answer,
        ("the client did not deliver an answer from the user.", "Tell the user; do not try to confirm by yourself."),
    )
    return NotAdmitted(answer.value, f"{not_done(operation)}: {said}", hint=hint)


def cannot_ask(operation: AnyOperation) -> NotAdmitted:
    """Return the refusal for a client without forms where only a person's answer counts."""
    return NotAdmitted(
        "cannot_ask",
        f"{not_done(operation)}: a person has to confirm this in the client, and this client cannot ask.",
        hint="Tell the user to use a client that supports elicitation, or to do it in Waylay itself.",
    )


def unknown_consent(operation: AnyOperation) -> NotAdmitted:
    """Return the refusal for a handle that stands for nothing."""
    return NotAdmitted(
        "unknown_confirmation",
        f"{not_done(operation)}: this confirmation is not known, or expired long ago.",
        hint=f"Call {operation.name} without confirmation to ask the user.",
    )


def wrong_consent(operation: AnyOperation, what: str) -> NotAdmitted:
    """Return the refusal for a consent that was given for something else."""
    return NotAdmitted(
        "wrong_confirmation",
        f"{not_done(operation)}: this confirmation was given for {what}.",
        hint=f"Call {operation.name} without confirmation to ask the user about exactly this.",
    )


def spent_consent(operation: AnyOperation, outcome: str) -> NotAdmitted:
    """Return the refusal for a consent that was answered before."""
    said = {
        "spent": "this confirmation was used already, and it counts once.",
        "declined": "the user declined.",
        "cancelled": "the user closed the question without answering.",
    }.get(outcome, "this confirmation does not hold any more.")
    return NotAdmitted(
        "already_used" if outcome == "spent" else outcome,
        f"{not_done(operation)} by this call: {said}",
        hint="get_task shows what the task is now. Do not retry without new instructions from the user.",
    )


def stale_consent(operation: AnyOperation, before: str, now: str, paths: Sequence[str]) -> NotAdmitted:
    """Return the refusal for a target that changed after it was shown, with what changed."""
    changes = [f"status: {before} -> {now}"] if before != now else []
    changes += [path for path in paths if path.startswith("specification")]
    changes = changes or ["what was shown of it"]
    return NotAdmitted(
        "stale",
        f"{not_done(operation)}: the task changed after the user was asked ({'; '.join(changes[:10])}).",
        hint=f"get_task shows what it is now. Call {operation.name} again to ask the user anew.",
    )


def too_many_open(operation: AnyOperation) -> NotAdmitted:
    """Return the refusal while nothing more is asked."""
    return NotAdmitted(
        "unavailable",
        f"{not_done(operation)}: too many confirmations are waiting for an answer.",
        hint="They expire within minutes; try again then.",
    )


def not_recorded(operation: AnyOperation) -> NotAdmitted:
    """Return the refusal where the ledger failed: what cannot be recorded cannot be spent only once."""
    return NotAdmitted(
        "unavailable",
        f"{not_done(operation)}: the record of confirmations cannot be used right now.",
        hint="The person who runs this server should look at WAYLAY_MCP_STATE_DIR.",
    )
