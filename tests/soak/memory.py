"""How much memory processes have, and whether it grows."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import linear_regression

_WARM = 30
"""Seconds of a process in which it loads what it needs."""

_ENOUGH = 10
"""Samples with which there is something to say."""


class Memory:
    """Takes samples of processes."""

    def __init__(self) -> None:
        self._samples: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)

    def sample(self, processes: Iterable[int]) -> None:
        """Take one of each."""
        for process in processes:
            if (size := _resident(process)) is not None:
                self._samples[process].append((time.monotonic(), size))

    def slopes(self) -> Iterator[str]:
        """Yield a line for each process that lived long enough: by how much it grew, by least squares."""
        for process, samples in self._samples.items():
            warm = [sample for sample in samples if sample[0] - samples[0][0] > _WARM]
            if len(warm) >= _ENOUGH:
                minutes = [at / 60 for at, _ in warm]
                slope = linear_regression(minutes, [size for _, size in warm]).slope
                lived = minutes[-1] - minutes[0]
                yield f"process {process}: {warm[0][1]:,} to {warm[-1][1]:,} kB in {lived:.1f} min: {slope:+.0f} kB/min"


def _resident(process: int) -> int | None:
    """Return the kilobytes of a process; None when there is none."""
    try:
        lines = Path(f"/proc/{process}/status").read_text("ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), None)
