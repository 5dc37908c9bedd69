"""Ctrl-C while a call is under way, and until everything is put away behind it."""

import asyncio
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from types import FrameType


@contextmanager
def interrupts_held() -> Generator[None]:
    """Have Ctrl-C do at the end what it did before, whatever it is made to do meanwhile."""
    held = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, held)


def on_interrupt(stop: Callable[[], None], leave: Callable[[], None]) -> None:
    """Have the first Ctrl-C call `stop` inside the event loop, and the next one `leave` wherever the process is."""
    loop = asyncio.get_running_loop()

    def interrupt(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, lambda number, frame: leave())
        # A loop that is closed has nothing left that could be stopped.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(stop)

    signal.signal(signal.SIGINT, interrupt)
