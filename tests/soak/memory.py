"""How much memory processes have, and whether it grows."""

import math
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression

BAR = 100
"""Kilobytes a minute by which the memory of a process may grow."""

_WARM = 0.5
"""The part of a process's life in which it is not judged: it loads what it needs, and caches and heaps fill."""

_ENOUGH = 600
"""Seconds after that with which it can be judged; in less, a single step of the allocator is a slope."""

Sample = tuple[float, int]
"""A time in seconds, and kilobytes."""


@dataclass(frozen=True, slots=True)
class Growth:
    """How the memory of a process grew after it had warmed up.

    Attributes:
        first: Kilobytes at first.
        last: Kilobytes in the end.
        minutes: For how long it was watched.
        slope: Kilobytes a minute, by least squares.
        error: The standard error of that.
    """

    first: int
    last: int
    minutes: float
    slope: float
    error: float

    @property
    def judgement(self) -> str:
        """`flat`, `GROWS`, or why that cannot be said."""
        if self.minutes * 60 < _ENOUGH:
            return f"not judged in less than {_ENOUGH // 60} min"
        return "GROWS" if self.slope - 2 * self.error > BAR else "flat"

    def __str__(self) -> str:
        size = f"{self.first:,} to {self.last:,} kB in {self.minutes:.1f} min"
        return f"{size}, {self.slope:+.1f} kB/min (standard error {self.error:.1f}): {self.judgement}"


class Memory:
    """Takes samples of processes."""

    def __init__(self) -> None:
        self._samples: defaultdict[int, list[Sample]] = defaultdict(list)

    def sample(self, processes: Iterable[int]) -> None:
        """Take one of each."""
        for process in processes:
            if (size := _resident(process)) is not None:
                self._samples[process].append((time.monotonic(), size))

    def last(self, process: int) -> int:
        """Return the kilobytes that a process had last; 0 before the first sample."""
        return self._samples[process][-1][1] if self._samples[process] else 0

    def growth(self, process: int) -> Growth | None:
        """Return how a process grew; None where there are too few samples to tell."""
        return growth(self._samples[process])


def growth(samples: Sequence[Sample]) -> Growth | None:
    """Return what samples say, without those of the time in which it warmed up; None when they are too few."""
    if not samples:
        return None
    began, ended = samples[0][0], samples[-1][0]
    warm = [(at / 60, size) for at, size in samples if at - began >= _WARM * (ended - began)]
    if len(warm) <= 2:
        return None
    minutes, sizes = [at for at, _ in warm], [size for _, size in warm]
    slope, intercept = linear_regression(minutes, sizes)
    middle = sum(minutes) / len(minutes)
    spread = sum((at - middle) ** 2 for at in minutes)
    left = sum((size - intercept - slope * at) ** 2 for at, size in warm)
    return Growth(sizes[0], sizes[-1], minutes[-1] - minutes[0], slope, math.sqrt(left / (len(warm) - 2) / spread))


def _resident(process: int) -> int | None:
    """Return the kilobytes of a process; None when there is none."""
    try:
        lines = Path(f"/proc/{process}/status").read_text("ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), None)
