"""One cell of the matrix: an operation, a fault, and when it hits."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tests.faults.fault import READS, Fate, Fault
from tests.faults.faults import FAULTS
from tests.faults.scene import TOOLS

Hit = Literal["once", "lasting", "before"]
"""`once`: the request that counts is hit, and then it is over. `lasting`: that one and whatever comes after it.
`before`: what is read before anything is asked or changed."""

Came = Literal["done", "not done", "not yet", "unknown", "right", "failed", "wrong"]
"""What a call says that it came to.

The first four of a change: `not yet` was not done when it was looked up, and may still be. The others of reading, where
`wrong` is also what a change came to that tells of something else than was done.
"""

HITS: tuple[Hit, ...] = ("once", "lasting", "before")


@dataclass(frozen=True, slots=True)
class Cell:
    """An operation, a fault, and when it hits."""

    tool: str
    fault: Fault
    hit: Hit

    def __reduce__(self) -> tuple[Callable[[str, str, Hit], "Cell"], tuple[str, str, Hit]]:
        """Go to other processes by name: what a fault does cannot."""
        return _named, (self.tool, self.fault.name, self.hit)

    def __str__(self) -> str:
        return f"{self.tool} / {self.fault.name} / {self.hit}"

    @property
    def expected(self) -> frozenset[Came]:
        """What the call may come to: one thing, unless chance decides who is first."""
        if self.tool in READS:
            good = self.fault.fate == "made" or (self.hit == "once" and self.fault.again)
            return frozenset({"right" if good else "failed"})
        if self.hit == "before":
            return frozenset({"done" if self.fault.fate == "made" else "not done"})
        if self.hit == "once" and self.fault.sent_again:
            return frozenset({"done"})
        return (_FOUND_OUT if self.hit == "once" else _NOT_FOUND_OUT)[self.fault.fate]

    @property
    def aims_at_reads(self) -> bool:
        """Whether what only reads is hit."""
        return self.tool in READS or self.hit == "before"

    def rng(self, seed: int) -> random.Random:
        """Return where this cell's chances come from."""
        return random.Random(f"{seed} {self}")  # noqa: S311 - tests that can be repeated


_DONE, _NOT_DONE, _NOT_YET, _UNKNOWN = (frozenset[Came]({came}) for came in ("done", "not done", "not yet", "unknown"))

_FOUND_OUT: dict[Fate, frozenset[Came]] = {
    "made": _DONE,
    "told": _DONE,
    "not sent": _NOT_DONE,
    "refused": _NOT_DONE,
    # Not there yet is not never: only where the service had the last word can it not be done later.
    "lost before": _NOT_YET,
    "failed before": _NOT_DONE,
    "lost after": _DONE,
    "late": _NOT_YET | _DONE,
}
"""Where the fault is over when the server looks."""

_NOT_FOUND_OUT: dict[Fate, frozenset[Came]] = {
    **_FOUND_OUT,
    "told": _DONE | _UNKNOWN,
    "lost before": _UNKNOWN,
    "failed before": _UNKNOWN,
    "lost after": _UNKNOWN,
    "late": _UNKNOWN,
}
"""Where it is not."""

_LOOKS_FIRST = frozenset(TOOLS) - READS - {"create_task"}


def _named(tool: str, fault: str, hit: Hit) -> Cell:
    return Cell(tool, next(known for known in FAULTS if known.name == fault), hit)


def cells() -> list[Cell]:
    """Return the whole matrix."""
    return [
        Cell(tool, fault, hit)
        for fault in FAULTS
        for tool in TOOLS
        if tool not in fault.leaves_out
        for hit in HITS
        if (hit != "before" or tool in _LOOKS_FIRST) and not (fault.everywhere and hit != "once")
    ]
