"""Memory: what is collected, and how much of what was once needed is kept."""

import gc
import sys
from contextlib import suppress

_ARENA_MAX, _ARENAS = -8, 2
"""glibc's number for the most heaps that there may be, and how many those are."""


def put_off_collecting() -> None:
    """Collect nothing until the server runs: there is nothing to find while modules are loaded, and it looks often."""
    gc.disable()


def take_up_collecting() -> None:
    """Collect again, past what was loaded at start."""
    gc.freeze()
    gc.enable()


def share_heaps() -> None:
    """Have all threads share heaps, where the C library is glibc.

    By default it opens up to eight for each processor, one thread after the other, and each keeps what it needed once:
    with the store's threads, a process grows for an hour without having more in use.
    """
    if sys.platform != "linux":
        return
    import ctypes

    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, _ARENAS)
