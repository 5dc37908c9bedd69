"""What a store keeps, made up."""

from typing import Any

from server.guard.consent import Consent, Way
from server.store.changes import NewChange
from tests.support.world import Clock

SHOWN = {
    "operation": "stop_task",
    "title": "Stop task",
    "question": "Stop this task?",
    "facts": [["name", '"Cold store 4"']],
    "difference": [],
    "consequence": "It stops.",
    "where": "sandbox",
    "caller": "alice",
    "identity": "",
    "client": "tests",
    "requirement": "human",
    "rule": "the default",
    "page": "desk",
}
"""What a person is shown of a request for approval."""


def consent(clock: Clock, seconds: float = 300, way: Way = "token", call: str = "c") -> Consent:
    """Return a consent that is asked for now."""
    return Consent(
        way=way, audience="a", principal="p", caller="p", call=call, operation="stop_task", arguments="d", state={},
        status="running", salt="s", expires=clock.now + seconds,
    )  # fmt: skip


def change(**given: Any) -> NewChange:
    """Return a change that is about to be sent."""
    plain: dict[str, Any] = {
        "audience": "a",
        "identity": "alice",
        "caller": "alice",
        "client": "tests",
        "operation": "stop_task",
        "destroys": True,
        "task_id": "t",
        "task_name": "Cold store 4",
        "before": {"status": "running", "specification": {"name": "Cold store 4"}},
        "sent": None,
    }
    return NewChange(**{**plain, **given})
