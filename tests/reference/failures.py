"""The page of the kinds of failures."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

from server.errors import CallFailure
from server.guard.caller import Answer
from server.upstream.errors import UpstreamFailure
from tests.reference.tables import code, table

_HEAD = """\
# Errors

A call that did not do what was asked has `isError`, a text that says what was wrong, whether anything was changed,
whether trying again helps and what to call next, and the same in `structuredContent` as
`error: {kind, message, retryable, changed, hint}`. `changed` is `no`, `yes` or `unknown`; `retryable` is never true of
what may have had its effect already. What certain messages are about is in [troubleshooting](../troubleshooting.md).

A tool that does not exist is no such failure: it is JSON-RPC error -32602.
"""
_DEFINE = ("server.errors", "server.callers.failures", "server.upstream.errors")
_REFUSE = ("server/guard/words.py", "server/guard/staleness.py")
_CLASSES = ("NotAdmitted", "Waiting")
_ROOT = Path(__file__).parent.parent.parent


def failures() -> str:
    """Return the page."""
    classes = table(("kind", "what it is", "may pass by itself"), sorted(_classes()))
    refusals = table(("kind", "what it is"), sorted(_refusals()))
    return f"{_HEAD}\n## Failures\n\n{classes}\n\n## Refusals of the guard\n\nNothing was changed.\n\n{refusals}"


def _classes() -> Iterator[tuple[str, str, str]]:
    for module in map(importlib.import_module, _DEFINE):
        for failure in vars(module).values():
            if isinstance(failure, type) and issubclass(failure, CallFailure) and "kind" in vars(failure):
                said = (failure.__doc__ or "").partition("\n\n")[0]
                if failure not in (CallFailure, UpstreamFailure) and failure.__module__ == module.__name__:
                    yield code(failure.kind), _status(said), "yes" if failure.may_pass else "no"


def _status(said: str) -> str:
    """Return what is said of a failure; of a status the words that go with it."""
    return f"The service answered {said}" if said[:1].isdigit() else said


def _refusals() -> Iterator[tuple[str, str]]:
    """Yield what every refusal is about.

    Raises:
        AssertionError: the guard can refuse in another way, or not in one of these any more.
    """
    found = {answer.value for answer in Answer if answer is not Answer.ACCEPTED}
    for path in _REFUSE:
        found.update(_reasons(ast.parse((_ROOT / path).read_text("utf-8"))))
    assert found == _MEANINGS.keys(), f"to be told in {__name__}: {sorted(found ^ _MEANINGS.keys())}"
    yield from ((code(reason), meaning) for reason, meaning in _MEANINGS.items())


_MEANINGS = {
    "already_used": "This consent was spent before; it counts once.",
    "approval_pending": "A person has not decided yet. The same call finds the request again.",
    "cancelled": "The user closed the question without answering.",
    "cannot_ask": "A person has to agree, and none can be asked: the client cannot, and there is no approval page.",
    "declined": "The user said no.",
    "denied": "A person looked at the request and denied it.",
    "expired": "The question was not answered in time.",
    "policy": "A rule of the policy forbids it. No confirmation changes that.",
    "refused_before": "A person refused this call twice within ten minutes, and is not asked a third time.",
    "stale": "The task changed after it was shown, or before the request could be sent.",
    "too_fast": "Others of the same caller's calls reached the limit for an hour first.",
    "too_large": "A person has to agree, and it is too large to be shown to one whole.",
    "unanswered": "The client delivered no answer of its user.",
    "unavailable": "The store cannot be used, or too many questions wait for an answer.",
    "unknown_confirmation": "This confirmation is not known, or expired long ago.",
    "wrong_confirmation": "This confirmation was given for something else, or is not enough by now.",
}


def _reasons(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CLASSES:
            first = node.args[0]
            chosen = first.body if isinstance(first, ast.IfExp) else first
            if isinstance(chosen, ast.Constant):
                yield str(chosen.value)
