"""What can be completed, and what prompt arguments are."""

from typing import get_args

from prompts.catalog import Argument
from tools.models.queries import TaskStatus, TaskType

WORDS = {"status": get_args(TaskStatus), "type": get_args(TaskType)}
"""What is one of a few words."""

KINDS = frozenset({"task", "template", "tag", "scope", *WORDS})
"""What can be completed: a scope is a tag or a template, all others are what they are called."""

_BY_NAME = {"task_id": "task"}


def kind_of(argument: Argument) -> str | None:
    """Return what a prompt's argument completes to: what its head says, else what it is called; None for free text."""
    kind = argument.complete or _BY_NAME.get(argument.name, argument.name)
    return kind if kind in KINDS else None
