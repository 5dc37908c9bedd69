"""The time as it is, and what a test adds to it."""

import time

from tests.support.world import Clock


class WallClock(Clock):
    """A clock that goes, and can be put forward."""

    def __init__(self) -> None:
        super().__init__(0)

    def __call__(self) -> float:
        """Return epoch seconds."""
        return time.time() + self.now
