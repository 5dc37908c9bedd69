"""What a token can allow, and what of it an operation needs."""

from collections.abc import Collection, Iterable
from typing import Literal, get_args

from tools.contract import AnyOperation, Effect

Scope = Literal["tasks:read", "tasks:write", "tasks:delete"]

SCOPES: tuple[Scope, ...] = get_args(Scope)
READ, WRITE, _ = SCOPES

_DELETES = "delete"


def needed(operation: AnyOperation) -> tuple[str, ...]:
    """Return the scopes that an operation needs, all of them: none implies another.

    What changes a task shows it, too, to whoever is asked and in its result: so it needs to read as well. Of an
    operation that stands for others this is what calling it needs; what it performs is judged once that is known.
    """
    if operation.effect is Effect.READ:
        return (READ,)
    verb = operation.name.partition("_")[0]
    return SCOPES if verb == _DELETES else (READ, WRITE)


def missing(operation: AnyOperation, granted: Collection[str]) -> tuple[str, ...]:
    """Return the scopes that an operation needs and that were not granted."""
    return tuple(scope for scope in needed(operation) if scope not in granted)


def in_use(operations: Iterable[AnyOperation]) -> tuple[str, ...]:
    """Return the scopes that some of the operations need, in their order."""
    used = {scope for operation in operations for scope in needed(operation)}
    return tuple(scope for scope in SCOPES if scope in used)
