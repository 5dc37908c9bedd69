"""The operations that a policy judges: one that stands for others is judged as what it performs."""

from tools.catalog import OPERATIONS

JUDGED = tuple(operation for operation in OPERATIONS if not operation.performs)
STANDING_FOR = {
    operation.name: tuple(performed.name for performed in operation.performs)
    for operation in OPERATIONS
    if operation.performs
}
"""What an operation that is not judged itself is judged as."""


def judged_as_others(name: str) -> str | None:
    """Return what to name in place of an operation that stands for others; None for any other name."""
    others = STANDING_FOR.get(name)
    return f"{name} is judged as what it performs: name {', '.join(others)}" if others else None
