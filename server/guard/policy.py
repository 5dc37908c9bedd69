"""Which operations need consent, and which ways of giving it count."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from tools.contract import AnyOperation, Effect, Target

Requirement = Literal["none", "confirm", "human", "approver", "deny"]
"""What a call has to wait for: nothing; a yes, or the token; a person's yes; somebody else's yes; it is refused."""

STRICTNESS: tuple[Requirement, ...] = ("none", "confirm", "human", "approver", "deny")
"""The requirements, each stricter than the one before it."""

UNCONFIRMED = frozenset({"replace_task"})
"""Operations that destroy and are carried out without asking all the same. What is not named here is asked about."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a policy says about a call.

    Attributes:
        requirement: What the call has to wait for.
        rule: Which rule says so, in words for people.
    """

    requirement: Requirement
    rule: str


class Policy(Protocol):
    """Says what a call has to wait for."""

    def judge(self, operation: AnyOperation, target: Target | None, arguments: Mapping[str, Any]) -> Ruling:
        """Return the ruling on a call.

        Args:
            operation: What is to be done.
            target: The task as it was just fetched; None for an operation that is not about a task.
            arguments: The validated arguments with their defaults, as JSON values.
        """
        ...

    def possible(self, operation: AnyOperation) -> frozenset[Requirement]:
        """Return everything that `judge` could require of `operation`, whatever its target and arguments."""
        ...


class DefaultPolicy:
    """Holds where no policy file says otherwise: what destroys is confirmed, unless it is exempt by name."""

    def judge(self, operation: AnyOperation, target: Target | None, arguments: Mapping[str, Any]) -> Ruling:
        """Return the default's ruling, which depends on nothing but the operation."""
        asked = operation.effect is Effect.DESTROY and operation.name not in UNCONFIRMED
        return Ruling("confirm" if asked else "none", "the default")

    def possible(self, operation: AnyOperation) -> frozenset[Requirement]:
        """Return the one requirement that there is."""
        return frozenset({self.judge(operation, None, {}).requirement})


class OpenPolicy:
    """Lets everything through: nobody is to be asked."""

    def judge(self, operation: AnyOperation, target: Target | None, arguments: Mapping[str, Any]) -> Ruling:
        """Return that nothing is required."""
        return Ruling("none", "confirmation is off")

    def possible(self, operation: AnyOperation) -> frozenset[Requirement]:
        """Return that nothing is required."""
        return frozenset({"none"})


def tightened(policy: Policy, floor: Requirement) -> Policy:
    """Return `policy` with whatever it asks for being at least `floor`; where it asks for nothing, that stays so."""
    return _Tightened(policy, floor)


@dataclass(frozen=True, slots=True)
class _Tightened:
    policy: Policy
    floor: Requirement

    def judge(self, operation: AnyOperation, target: Target | None, arguments: Mapping[str, Any]) -> Ruling:
        ruling = self.policy.judge(operation, target, arguments)
        required = self._raised(ruling.requirement)
        return ruling if required == ruling.requirement else Ruling(required, f"{ruling.rule}, tightened to {required}")

    def possible(self, operation: AnyOperation) -> frozenset[Requirement]:
        raised: set[Requirement] = {self._raised(requirement) for requirement in self.policy.possible(operation)}
        return frozenset(raised)

    def _raised(self, requirement: Requirement) -> Requirement:
        if requirement == "none" or STRICTNESS.index(requirement) > STRICTNESS.index(self.floor):
            return requirement
        return self.floor
