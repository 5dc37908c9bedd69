"""What is known of a call, from its first moment to its last."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from server.errors import Changed
from server.guard.call import Trace
from server.guard.caller import Caller
from tools.contract import Args, Performed


@dataclass(slots=True)
class Visit:
    """What is known of a call.

    Attributes:
        operation: The tool that was called.
        given: Its arguments as they came.
        args: The same once they were found valid.
        performed: What is carried out; None as long as that is not clear.
        outcome: `done`, `question`, `cut_off` for a call that was given up, or the kind of the refusal or failure.
        changed: Whether anything was changed.
        status: The status that the service gave the change.
        found: What was found when the service was asked about a change that got no answer.
        created: The ID of the task that was made.
    """

    operation: str
    caller: Caller
    given: Mapping[str, Any] = field(repr=False)
    began: float
    trace: Trace = field(default_factory=Trace)
    args: Args | None = None
    performed: Performed | None = None
    outcome: str = "cut_off"
    changed: Changed = "no"
    status: int | None = None
    change_id: str | None = None
    created: str | None = None
    found: str | None = None

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The arguments, as they were understood if they were."""
        return self.given if self.args is None else self.args.model_dump(mode="json", exclude_unset=True)

    @property
    def task_id(self) -> str | None:
        """The task that the call is about, or made."""
        if self.performed is not None:
            return self.created or getattr(self.performed.args, "task_id", None)
        task_id = self.arguments.get("task_id", self.given.get("taskId"))
        return task_id if isinstance(task_id, str) else None
