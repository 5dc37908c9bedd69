"""What the guard asks, and the token's offer. The words are ours; foreign values are quoted facts."""

from collections.abc import Sequence

from server.guard.call import Call
from server.guard.words import not_done
from tools.contract import AnyOperation, Preview
from tools.telling import telling_of


def question_text(preview: Preview, where: str) -> str:
    """Return what the person is asked; the same text on every round of one question."""
    facts = "\n".join(f"{label}: {value}" for label, value in shown_facts(preview, where))
    return f"{preview.question}\n\n{facts}{_changes(preview)}\n\n{preview.consequence}"


def shown_facts(preview: Preview, where: str) -> Sequence[tuple[str, str]]:
    """Return what is shown of a call's target, as label and value; `where` is the account or sandbox it goes to."""
    return [*preview.facts, ("where", where)]


def _changes(preview: Preview) -> str:
    telling = telling_of(preview)
    if not telling.lines:
        return ""
    heading = "The new task" if preview.target is None else "What changes"
    # A path is foreign, and could be one of our labels: behind the dash it cannot be taken for one.
    lines = [f"- {line}" for line in telling.lines]
    if telling.left_out is None:
        return "\n".join([f"\n\n{heading}:", *lines])
    return "\n".join([f"\n\n{heading}, in part:", *lines, "", not_shown(preview, telling.left_out)])


def not_shown(preview: Preview, left_out: str) -> str:
    """Return what a question says that does not show everything it asks about."""
    now = "" if preview.target is None else ", and get_task_configuration what is there now"
    return f"That is not all. Not shown here: {left_out}. The specification to be written has it{now}."


def question_label(operation: AnyOperation) -> str:
    """Return the label of the one box that has to be ticked."""
    return f"Yes, {operation.title.lower().replace(' task', ' this task')}"


def offer_text(call: Call, question: str, token: str, minutes: float) -> str:
    """Return what an assistant is told whose client cannot ask."""
    return (
        f"{not_done(call.operation)} yet: the user has to agree first. Show the user this and ask:\n\n{question}\n\n"
        f"Only when the user has agreed, call {call.tool} again with the same arguments and "
        f'confirmation="{token}" (good for {minutes:g} minutes, once). Without that, leave it.'
    )
