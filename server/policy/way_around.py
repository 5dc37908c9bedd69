"""Where a policy protects tasks from being stopped or deleted, and leaves a way around: `replace_task`.

A task that is replaced keeps its ID and goes on running, but may do nothing of what it did. Whoever may not stop it
could make it useless instead.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from server.guard.policy import STRICTNESS, Requirement
from server.policy.file_policy import FilePolicy
from server.policy.judged import JUDGED
from server.policy.overlap import excludes, follows
from server.policy.rules import Rule
from tools.contract import AnyOperation

_BY_NAME = {operation.name: operation for operation in JUDGED}
_ENDING = (_BY_NAME["stop_task"], _BY_NAME["delete_task"])
_REPLACE = _BY_NAME["replace_task"]
_PROTECTS = STRICTNESS.index("human")


@dataclass(frozen=True, slots=True)
class WayAround:
    """A rule that can be gone around.

    Attributes:
        rule: Which.
        operations: What it protects its tasks from.
        requirement: What replacing one of them can come to.
        through: The rule that says so; None for the default.
    """

    rule: Rule
    operations: tuple[AnyOperation, ...]
    requirement: Requirement
    through: Rule | None

    def told(self) -> Iterator[str]:
        """Yield lines that say which rule it is, why that matters, and what to write."""
        protected = " and ".join(operation.name for operation in self.operations)
        why = self.through or "the default"
        yield (
            f"warning: {self.rule} requires {self.rule.requirement} for {protected}, but replace_task of the same "
            f"tasks can come to {self.requirement}, by {why}."
        )
        unasked = ", and nobody is asked" if self.requirement == "none" else ""
        yield f"  A task that is replaced can be left running with nothing to do: that goes around the rule{unasked}."
        yield f"  {self._mended()}"

    def _mended(self) -> str:
        number, through = self.rule.number, self.through
        first = f"put it before rule {through.number}" if through and through.number < number else ""
        if self.rule.names(_REPLACE):
            return f"Rule {number} names replace_task, but comes too late: {first}."
        names = ", ".join(f'"{name}"' for name in (*(glob.text for glob in self.rule.operations), _REPLACE.name))
        return f"Write in rule {number}: operation = [{names}]{f', and {first}' if first else ''}."


def ways_around(policy: FilePolicy) -> Iterator[WayAround]:
    """Yield a finding for each rule that requires a person, or denies, where replacing the task comes to less.

    A rule about how a call is made, as one with `arguments.force_stop`, protects no task and is left out.
    """
    for rule in policy.rules:
        if STRICTNESS.index(rule.requirement) < _PROTECTS or not _is_on_task(rule):
            continue
        found = [(operation, least) for operation in _ENDING if (least := _least(policy, rule, operation))]
        if found:
            _, (requirement, through) = min(found, key=lambda one: STRICTNESS.index(one[1][0]))
            yield WayAround(rule, tuple(operation for operation, _ in found), requirement, through)


def _least(policy: FilePolicy, rule: Rule, operation: AnyOperation) -> tuple[Requirement, Rule | None] | None:
    """Return the least that replacing a task can come to where `rule` decides about `operation`; None if no less."""
    if not rule.covers(operation) or any(_certain(one, rule) for one in _earlier(policy, rule, operation)):
        return None
    possible: list[tuple[Requirement, Rule | None]] = []
    passed_by = [one for one in _earlier(policy, rule, operation) if _is_on_task(one)]
    for one in policy.rules:
        # What decides about `operation` before the rule does, is not about a task for which the rule decides.
        if not one.covers(_REPLACE) or one in passed_by or _excluded(one, rule):
            continue
        possible.append((one.requirement, one))
        if _certain(one, rule):
            break
    else:
        possible.append((policy.default.judge(_REPLACE, None, {}).requirement, None))
    least = min(possible, key=lambda one: STRICTNESS.index(one[0]))
    return least if STRICTNESS.index(least[0]) < STRICTNESS.index(rule.requirement) else None


def _earlier(policy: FilePolicy, rule: Rule, operation: AnyOperation) -> list[Rule]:
    return [one for one in policy.rules if one.number < rule.number and one.covers(operation)]


def _is_on_task(rule: Rule) -> bool:
    """Tell whether it asks about the task only, and so holds of every call on it or of none."""
    return all(condition.on_target or condition.path == ("arguments", "task_id") for condition in rule.conditions)


def _certain(one: Rule, rule: Rule) -> bool:
    """Tell whether `one` applies wherever `rule` does."""
    return all(follows(condition, rule.conditions) for condition in one.conditions)


def _excluded(one: Rule, rule: Rule) -> bool:
    """Tell whether `one` applies nowhere where `rule` does."""
    return any(excludes(condition, rule.conditions) for condition in one.conditions)
