"""A policy that a file holds: its rules in order, the first that applies decides."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from server.guard.policy import STRICTNESS, DefaultPolicy, Policy, Requirement, Ruling
from server.policy.conditions import facts_of
from server.policy.rules import Rule, has_target
from tools.contract import AnyOperation, Target


@dataclass(frozen=True, slots=True)
class FilePolicy:
    """The rules of a file, and the default where none of them applies.

    Attributes:
        name: The file's name, as rulings call it.
        rules: Its rules, in order.
        default: What holds where no rule applies.
    """

    name: str
    rules: tuple[Rule, ...]
    default: Policy = field(default_factory=DefaultPolicy)

    def judge(self, operation: AnyOperation, target: Target | None, arguments: Mapping[str, Any]) -> Ruling:
        """Return the ruling on a call.

        Without the task that an operation is about, the strictest of what could apply holds.

        Args:
            operation: What is to be done.
            target: The task as it was just fetched; None for an operation that is not about a task.
            arguments: The validated arguments with their defaults, as JSON values.
        """
        rulings = self._could_apply(operation, target, arguments)
        return max(rulings, key=lambda ruling: STRICTNESS.index(ruling.requirement))

    def possible(self, operation: AnyOperation) -> frozenset[Requirement]:
        """Return everything that `judge` could require of `operation`, whatever its target and arguments."""
        found: set[Requirement] = set()
        for rule in self.rules:
            if rule.covers(operation):
                found.add(rule.requirement)
                if not rule.conditions:
                    return frozenset(found)
        return self.default.possible(operation) | found

    def ruling(self, rule: Rule) -> Ruling:
        """Return what one of the rules says, with where it stands."""
        named = f": {rule.name}" if rule.name else ""
        return Ruling(rule.requirement, f"rule {rule.number} of {self.name}, line {rule.line}{named}")

    def _could_apply(
        self, operation: AnyOperation, target: Target | None, arguments: Mapping[str, Any]
    ) -> Iterator[Ruling]:
        """Yield the ruling of the first rule that applies, and before it those of which that cannot be told."""
        facts = facts_of(target, arguments)
        blind = target is None and has_target(operation)
        for rule in self.rules:
            if rule.covers(operation) and rule.failing(facts, blind=blind) is None:
                yield self.ruling(rule)
                if not (blind and rule.on_target):
                    return
        yield self.default.judge(operation, target, arguments)
