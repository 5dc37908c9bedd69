"""In which ways a tool's calls can come to be admitted: what its schema and its description have to say of it."""

from server.guard.policy import Policy, Requirement
from tools.contract import AnyOperation

CONFIRMATION = "confirmation"
"""The argument in which a caller who cannot ask its user passes the token back."""


def possible(policy: Policy, operation: AnyOperation) -> frozenset[Requirement]:
    """Return everything that the policy could require of `operation`, or of those that it can stand for."""
    return frozenset[Requirement]().union(*map(policy.possible, operation.performs or (operation,)))


def accepts_tokens(policy: Policy, operation: AnyOperation) -> bool:
    """Tell whether a caller who cannot ask its user may pass a token back instead, at least for some targets."""
    return "confirm" in possible(policy, operation)


def is_offered(policy: Policy, operation: AnyOperation) -> bool:
    """Tell whether the tool is of any use: not when the policy refuses whatever it is called with."""
    return not possible(policy, operation) <= {"deny"}
