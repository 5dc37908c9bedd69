"""What a text could become."""

from collections.abc import Iterable
from dataclasses import dataclass

from mcp.types import Completion

MOST = 100
"""Values that a completion may have, by the protocol."""


@dataclass(frozen=True, slots=True)
class Found:
    """Values that fit.

    Attributes:
        values: They, each once.
        total: How many there are; None where that is not known, since not all that there is was looked through.
    """

    values: tuple[str, ...] = ()
    total: int | None = 0

    @property
    def completion(self) -> Completion:
        """What goes out. Where the total is not known there may be more."""
        shown = [*self.values[:MOST]]
        return Completion(values=shown, total=self.total, has_more=self.total is None or self.total > len(shown))


def all_of(values: Iterable[str]) -> Found:
    """Return values that are all that there are."""
    once = tuple(dict.fromkeys(values))
    return Found(once, len(once))


def some_of(values: Iterable[str]) -> Found:
    """Return values of which there may be more."""
    return Found(tuple(dict.fromkeys(values)), None)
