"""What wording a schedule needs of English."""

from collections.abc import Sequence

_TEENS = range(11, 14)
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def listed(items: Sequence[str], last: str = "and") -> str:
    """Return items as a sentence lists them: `a, b and c`."""
    *most, end = items
    return f"{', '.join(most)} {last} {end}" if most else end


def ordinal(number: int) -> str:
    """Return a number as `1st`, `2nd`; one below zero counts from the end: `last`, `2nd to last`."""
    if number == -1:
        return "last"
    size = abs(number)
    ending = "th" if size % 100 in _TEENS else _ENDINGS.get(size % 10, "th")
    return f"{size}{ending}" + (" to last" if number < 0 else "")
