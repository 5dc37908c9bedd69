"""What an assistant can do to a task, as the model of the approvals sees it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from server.guard.policy import Requirement
from tests.machines.callers import Hand

TASKS = "/rules/v1/tasks"
POLICY = """
[[rule]]
require = "deny"
target.tags.guard = "deny"

[[rule]]
require = "approver"
target.tags.guard = "approver"

[[rule]]
require = "human"
target.tags.guard = "human"

[[rule]]
require = "none"
target.tags.guard = "none"

[[rule]]
operation = "create_task"
require = "approver"
arguments.specification.tags.guard = "approver"

[[rule]]
operation = "create_task"
require = "human"
arguments.specification.tags.guard = "human"
"""
AS_MADE = "as made"
STRICTER = f"""{POLICY.replace('"human"', '"approver"', 1)}
[[rule]]
operation = ["stop_task", "delete_task"]
require = "human"
target.name = "{AS_MADE}"
"""
"""The same, but that somebody else has to approve where a person was enough, and a person where a token was."""


class State(NamedTuple):
    """A task as it is shown; times are to the second."""

    status: str
    document: Mapping[str, Any]
    created: int
    finished: int | None


UNKNOWN = State("unknown", {}, 0, None)
"""A state that no task has."""


@dataclass(frozen=True)
class Act:
    """One operation with its arguments: what consent is given for.

    Attributes:
        arguments: As JSON, all of them spelled out.
    """

    operation: str
    arguments: str

    @property
    def given(self) -> dict[str, Any]:
        """The arguments."""
        return json.loads(self.arguments)

    @property
    def task_id(self) -> str | None:
        """The task that it is about; None when it makes one."""
        return self.given.get("task_id")

    @property
    def write(self) -> tuple[str, str]:
        """Method and address of the request that carries it out."""
        path = f"{TASKS}/{self.task_id}"
        if self.operation == "delete_task":
            return "DELETE", path + ("?forceStop=true" if self.given["force_stop"] else "")
        if self.operation == "replace_task":
            return "PUT", path
        if self.operation == "create_task":
            return "POST", f"{TASKS}?returnWarnings=true"
        return "POST", f"{path}/command/{self.operation.partition('_')[0]}"


def act(operation: str, **arguments: Any) -> Act:
    """Return an act; what is not given is what the server takes it to be."""
    if operation == "delete_task":
        arguments = {"force_stop": False, **arguments}
    elif operation == "create_task":
        arguments = {"fail_on_warning": False, "return_warnings": True, **arguments}
    return Act(operation, json.dumps(arguments, sort_keys=True))


def matter(given: Act) -> tuple[str, str]:
    """Return what refusals are counted by: an act with whichever flags, which only say how."""
    what = {name: value for name, value in given.given.items() if not isinstance(value, bool)}
    return given.operation, json.dumps(what, sort_keys=True)


@dataclass(frozen=True)
class Deed:
    """A call: who calls which tool, and what that comes to.

    Attributes:
        tool: The tool that is called; `undo_change` stands for the act.
        stricter: Whether it reaches a worker with the stricter policy.
    """

    hand: Hand
    tool: str
    act: Act
    stricter: bool = False

    @property
    def call(self) -> tuple[str, Act]:
        """Who does what: what consent is for."""
        return self.hand.identity, self.act

    @property
    def matter(self) -> tuple[str, tuple[str, str]]:
        """What refusals are counted by."""
        return self.hand.identity, matter(self.act)

    @property
    def direct(self) -> "Deed":
        """The same without a detour: what consent was given for, whichever tool asked for it."""
        return Deed(self.hand, self.act.operation, self.act)

    def requirement(self, state: State) -> Requirement:
        """Return what the policy requires of it on a task in this state."""
        guard: Requirement | None = state.document.get("tags", {}).get("guard")
        creates = self.act.operation == "create_task"
        if guard is not None and not (creates and guard in {"deny", "none"}):
            return "approver" if guard == "human" and self.stricter and not creates else guard
        if self.act.operation not in {"stop_task", "delete_task"}:
            return "none"
        return "human" if self.stricter and state.document["name"] == AS_MADE else "confirm"


def hurdle(act: Act, state: State | None) -> str | None:
    """Return what becomes of an act in any case, as the task is; None where it depends on consent."""
    if state is None:
        return "not_found"
    if act.operation == "stop_task":
        return {"failed": "not_possible", "stopped": "answered"}.get(state.status)
    if act.operation == "start_task":
        return "answered" if state.status == "running" else None
    if act.operation == "delete_task" and state.status == "running" and not act.given["force_stop"]:
        return "not_possible"
    if act.operation == "replace_task" and state.status == "running":
        return "not_possible" if act.given["specification"].get("start") is False else None
    return None
