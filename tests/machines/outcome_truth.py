"""Whether what was said of changes is true, by what the service has carried out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mcp.types import CallToolResult

from tests.machines.faulty_service import Write
from tests.support.world import data

SEEN = 2
"""Seconds before a change began within which its task was looked at."""


@dataclass
class Told:
    """A call that may change something, and what was said of that.

    Attributes:
        began: When it began, in epoch seconds.
        excused: Whether it could not find out what became of its change, whatever others did.
        before: The status and the specification that its task had when it began.
        write: The request by which it was to change something.
        over: Whether it was told for good what became of it.
        not_done: Whether that was that it was not done.
    """

    number: int
    began: float
    excused: bool
    before: tuple[str, Mapping[str, Any]] | None = None
    write: Write | None = None
    over: bool = False
    not_done: bool = False


class Truth:
    """Everything that was done, and by whom.

    Args:
        writes: All requests that were to change something, whether they arrived or not.
    """

    def __init__(self, writes: Sequence[Write]) -> None:
        self._writes = writes
        self.calls: dict[int, Told] = {}
        self.names: dict[str, set[str]] = {}
        """The names that a task has had."""
        self.strangers: set[str] = set()
        """Tasks that were not created by calls."""
        self.touched: dict[str, float] = {}
        """When a stranger last changed a task."""

    def note_names(self) -> None:
        """Note which tasks have which names by now."""
        for write in self._writes:
            if write.carried is not None and write.body:
                self.names.setdefault(write.task_id or "", set()).add(name_of(write))

    def hear(self, call: Told, result: CallToolResult) -> str:
        """Hold a result against what was done, and return what it said."""
        told = data(result)
        if not result.is_error:
            return self._of_success(call, told)
        error = told["error"]
        said = error["changed"]
        assert said == "no" or not error["retryable"]
        if said == "no":
            return self._of_a_no(call, error)
        assert call.write is not None
        assert call.write.carried is not None if said == "yes" else self.may_be_unknown(call), error
        return said

    def _of_success(self, call: Told, told: Mapping[str, Any]) -> str:
        if "change_id" not in told:
            assert call.write is None
            return "nothing to do"
        assert call.write is not None
        assert self.came_about(call)
        assert call.write.carried is not None or "found_out" in told
        assert not call.write.creates or told["task_id"] == call.write.made
        call.over = call.over or "found_out" not in told
        return "found done" if "found_out" in told else "done"

    def _of_a_no(self, call: Told, error: Mapping[str, Any]) -> str:
        if call.write is None:
            return "refused"
        if "as_of" not in error:
            call.over = call.not_done = True
            assert call.write.carried is None
            return "not done"
        assert call.write.carried is None or call.write.carried >= datetime.fromisoformat(error["as_of"]).timestamp()
        assert not error["retryable"]
        return "not done so far"

    def in_the_journal(self, call: Told, row: Mapping[str, Any], *, at_last: bool) -> str:
        """Hold what the journal has against what was done, and return that; at last it has to know."""
        outcome = row["outcome"] or "open"
        if call.write is None:
            assert outcome in ("not_done", "unknown")
            assert outcome == "not_done" or not at_last
        elif outcome in ("unknown", "open"):
            assert not at_last or (outcome == "unknown" and self.may_be_unknown(call)), (call, row)
        elif not self.was_touched(call):
            assert self.came_about(call) if outcome == "done" else call.write.carried is None, (call, row)
            assert outcome != "done" or not call.write.creates or row["task_id"] == call.write.made
        call.over = call.over or outcome in ("done", "not_done")
        return outcome

    def what_was_said_for_good_holds(self) -> None:
        """Check that no call sent two changes, and that nothing came about later that was not done for good."""
        senders = [write.call for write in self._writes]
        assert len(senders) == len(set(senders)), "a change was sent twice"
        for call in self.calls.values():
            assert call.write is None or not call.not_done or call.write.carried is None

    def came_about(self, call: Told) -> bool:
        """Tell whether a change was made by its call, or had been made before."""
        assert call.write is not None
        mine = call.write
        if call.before is not None and mine.method == "PUT":
            status, document = call.before
            if json.loads(mine.body) == document and (status == "running" or document.get("start") is False):
                return True
        return mine.carried is not None and mine.carried >= call.began

    def was_touched(self, call: Told) -> bool:
        """Tell whether a stranger has changed the task since."""
        assert call.write is not None
        return any(self.touched.get(task_id, 0) >= call.began for task_id in self._tasks_of(call.write))

    def may_be_unknown(self, call: Told) -> bool:
        """Tell whether there is a reason for which it cannot be told what became of a change."""
        assert call.write is not None
        tasks, mine = self._tasks_of(call.write), call.write
        others = [one for one in self._writes if one is not mine]
        crossed = any(
            self._may_cross(one, call)
            for one in others
            if tasks & self._tasks_of(one) or (one.creates and mine.creates and name_of(one) == name_of(mine))
        )
        return call.excused or crossed or self.was_touched(call) or self._has_an_older_twin(call)

    def _has_an_older_twin(self, call: Told) -> bool:
        """Tell whether the service may have a task like the one to be created, from shortly before."""
        assert call.write is not None
        return call.write.creates and bool(self._tasks_of(call.write) & self.strangers)

    def _may_cross(self, other: Write, call: Told) -> bool:
        # What sets a task to what it is counts as made, whether it arrived or not.
        seen = call.began - SEEN
        believed = other.sent >= seen and self.came_about(self.calls[other.call])
        carried = other.carried is not None and other.carried >= seen
        return carried or believed or not self.calls[other.call].over

    def _tasks_of(self, write: Write) -> set[str]:
        """Return the tasks that a change may be about: of one that creates, all that ever had that name."""
        if not write.creates:
            return {write.task_id or ""}
        return {task_id for task_id, names in self.names.items() if name_of(write) in names}


def name_of(write: Write) -> str:
    """Return the name that a change gives its task."""
    return str(json.loads(write.body or b"{}").get("name", ""))
