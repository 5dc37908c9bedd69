"""A rule of a policy: which calls it is about, and what it requires of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.guard.policy import STRICTNESS, Requirement
from server.policy.conditions import Condition
from server.policy.glob import Glob
from tools.contract import AnyOperation, Effect


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        number: Its place among the rules, from 1.
        line: Where it starts in its file.
        name: What people call it.
        operations: Patterns for the operations that it is about; none for every one that changes something.
        requirement: What it requires.
        conditions: What must all hold for it to apply.
    """

    number: int
    line: int
    name: str | None
    operations: tuple[Glob, ...]
    requirement: Requirement
    conditions: tuple[Condition, ...]

    @property
    def on_target(self) -> bool:
        """Whether it has conditions on the task."""
        return any(condition.on_target for condition in self.conditions)

    def names(self, operation: AnyOperation) -> bool:
        """Tell whether it is about `operation` by name. Wildcards are about what changes something only."""
        if operation.effect is Effect.READ:
            return any(glob.is_literal and glob.matches(operation.name) for glob in self.operations)
        return not self.operations or any(glob.matches(operation.name) for glob in self.operations)

    def covers(self, operation: AnyOperation) -> bool:
        """Tell whether it could apply to a call of `operation`: it names it, and finds there what it asks about."""
        return self.names(operation) and (has_target(operation) or not self.on_target)

    def failing(self, facts: Mapping[str, Any], *, blind: bool = False) -> Condition | None:
        """Return the first condition that `facts` do not meet; with `blind`, those on the task count as met."""
        for condition in self.conditions:
            if not (blind and condition.on_target) and not condition.holds(facts):
                return condition
        return None

    def __str__(self) -> str:
        return f"rule {self.number}, line {self.line}" + (f" ({self.name})" if self.name else "")


def has_target(operation: AnyOperation) -> bool:
    """Tell whether a call of `operation` is judged with the task that it is about: it changes one, and names it."""
    return operation.effect is not Effect.READ and "task_id" in operation.args.model_fields


def overruling(rule: Rule, earlier: Sequence[Rule], operations: Iterable[AnyOperation]) -> Rule | None:
    """Return the laxer one of the rules before `rule` that leave it nothing to decide; None where all is well."""
    reached = [operation for operation in operations if rule.covers(operation)]
    final = [one for one in earlier if not one.conditions]
    deciding = [next((one for one in final if one.covers(operation)), None) for operation in reached]
    if None in deciding:
        return None
    return next((one for one in deciding if one and _strictness(one) < _strictness(rule)), None)


def _strictness(rule: Rule) -> int:
    return STRICTNESS.index(rule.requirement)
