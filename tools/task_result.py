"""The result that an operation on one task ends with: what the service says the task is now."""

from collections.abc import Iterable

from tools.facts import TaskFacts, fact_lines, facts_of
from tools.models.entity import Task
from tools.models.lazy import Lazy
from tools.outcomes import Statement
from tools.text import plain, quoted


class TaskResult(Lazy):
    """The task as the service reports it after the call."""

    task: TaskFacts


def task_statement(done: str, task: Task, *more: str) -> Statement:
    """Return `done` with the task's name, ID and status, and what else there is to say."""
    facts = facts_of(task)
    lines = (f"{done} {quoted(facts.name)} (ID {plain(facts.id)}). Status: {plain(facts.status)}.", *more)
    return Statement("\n".join(lines), TaskResult(task=facts))


def task_description(facts: TaskFacts, timing: Iterable[tuple[str, str]] = ()) -> str:
    """Return all facts of a task, one on a line; `timing` are those that follow its schedule."""
    lines: list[tuple[str, str]] = []
    for fact in fact_lines(facts):
        lines += [fact, *timing] if fact[0] == "schedule" else [fact]
    return "\n".join(f"{label}: {value}" for label, value in lines)
