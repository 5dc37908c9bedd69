"""What two conditions on the same thing have to do with each other, as far as that can be told without a task.

Where it cannot be told, neither follows from the other, and both can hold.
"""

from collections.abc import Sequence

from server.policy.conditions import Condition, Exactly, Pattern, Present, Wanted
from server.policy.glob import Glob

_SINGLE = (
    *(("target", fact) for fact in ("name", "status", "type", "template", "protected")),
    ("arguments", "task_id"),
)
"""What has one value only; of anything else two conditions can find different values."""


def follows(condition: Condition, given: Sequence[Condition]) -> bool:
    """Tell whether a condition certainly holds where all of `given` do."""
    return any(
        all(any(_within(one, wide) for wide in condition.wanted) for one in known.wanted)
        for known in given
        if known.path == condition.path
    )


def excludes(condition: Condition, given: Sequence[Condition]) -> bool:
    """Tell whether a condition certainly does not hold where all of `given` do."""
    single = condition.path in _SINGLE
    return any(
        all(_apart(one, other, single=single) for one in known.wanted for other in condition.wanted)
        for known in given
        if known.path == condition.path
    )


def _within(one: Wanted, wide: Wanted) -> bool:
    """Tell whether everything that `one` accepts, `wide` accepts too."""
    if isinstance(wide, Present):
        return wide.wanted is _wants_something(one)
    if isinstance(one, Exactly):
        return wide.accepts([one.value])
    return isinstance(one, Pattern) and isinstance(wide, Pattern) and _narrower(one.glob, wide.glob)


def _narrower(one: Glob, wide: Glob) -> bool:
    same = one.text.casefold() == wide.text.casefold()
    return same or wide.text == "*" or (one.is_literal and wide.matches(one.text))


def _apart(one: Wanted, other: Wanted, *, single: bool) -> bool:
    """Tell whether nothing can be accepted by both; `single` is whether there is one value only."""
    if isinstance(one, Present) or isinstance(other, Present):
        return _wants_something(one) is not _wants_something(other)
    if not single:
        return False
    if isinstance(one, Exactly) and isinstance(other, Exactly):
        return not one.accepts([other.value])
    return isinstance(one, Pattern) and isinstance(other, Pattern) and _never_both(one.glob, other.glob)


def _never_both(one: Glob, other: Glob) -> bool:
    return any(a.is_literal and not b.matches(a.text) for a, b in ((one, other), (other, one)))


def _wants_something(wanted: Wanted) -> bool:
    return not isinstance(wanted, Present) or wanted.wanted
