"""Ctrl-C while a call is under way."""

import asyncio
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interrupts(stop: Callable[[], None], leave: Callable[[], None]) -> Generator[None]:
    """Have the first Ctrl-C call `stop` inside the event loop, and the next one `leave` wherever the process is."""
    loop = asyncio.get_running_loop()

    def interrupt(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, lambda number, frame: leave())
        loop.call_soon_threadsafe(stop)

    held = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, held)
