"""What stands in a record of the audit."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from server.guard.call import Call, Trace
from server.guard.caller import Answer, Caller
from server.journal.redaction import without_secrets
from server.journal.secret_texts import LOOKED_AT, without_secrets_in
from server.journal.visit import Visit
from tools.text import clean

_RETURNED = "returned"


def call_fields(visit: Visit, now: float) -> Mapping[str, Any]:
    """Return what is told of a call that has ended."""
    undoing = visit.performed is not None and visit.performed.undoes is not None
    return {
        "kind": "call",
        **_who(visit.caller),
        "operation": visit.operation,
        "performed": visit.performed.operation.name if visit.performed and undoing else None,
        "undoes": visit.performed.undoes if visit.performed else None,
        "task_id": shown(visit.task_id),
        "task_name": shown(visit.trace.task_name),
        **ruling(visit.trace),
        **consent(visit.trace),
        "arguments": without_secrets(visit.arguments),
        "outcome": visit.outcome,
        "changed": visit.changed,
        "found": visit.found,
        "status": visit.status,
        "duration_ms": round((now - visit.began) * 1000),
        "change_id": visit.change_id,
    }


def _who(caller: Caller) -> Mapping[str, Any]:
    return {"principal": caller.identity or caller.name, "client": caller.client}


def what(call: Call) -> Mapping[str, Any]:
    """Return who calls what, on which task."""
    return {
        **_who(call.caller),
        "operation": call.tool,
        "performed": call.operation.name if call.operation.name != call.tool else None,
        "undoes": call.undoes,
        "task_id": shown(getattr(call.args, "task_id", None)),
        "task_name": shown(call.trace.task_name),
    }


def ruling(trace: Trace) -> Mapping[str, Any]:
    """Return what was required, and by which rule."""
    return {"requirement": trace.requirement, "rule": trace.rule}


def consent(trace: Trace) -> Mapping[str, Any]:
    """Return how consent was asked for, and what came of it."""
    return {
        "asked": trace.way or "never",
        "question": trace.question,
        "approval": trace.approval,
        # A token that came back shows that an assistant went on, and not that anybody agreed.
        "answered": _RETURNED if (trace.way, trace.answered) == ("token", Answer.ACCEPTED.value) else trace.answered,
    }


def shown(text: str | None) -> str | None:
    """Return the ID or the name of a task, as a record has it."""
    # Once before, while there are lines by which a secret is known; and once after, for what is invisible splits one.
    return without_secrets_in(clean(without_secrets_in((text or "")[:LOOKED_AT]))) or None


def record(at: float, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record: when, and of the fields those that say something."""
    told = {name: value for name, value in fields.items() if value is not None}
    return {"at": datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds"), **told}
