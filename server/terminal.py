"""The terminal at which a person is asked."""

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO

from server.printed import show_text


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a stream is one; where it was closed from the start, there is none."""
    return stream is not None and not stream.closed and stream.isatty()


def forget_what_was_typed() -> None:
    """Drop what was typed before the question could be read: it is no answer to it.

    Raises:
        OSError: nothing can be read there, as in the background of a terminal.
    """
    if sys.platform == "win32":
        import msvcrt

        while msvcrt.kbhit():
            msvcrt.getwch()
        return
    import termios

    try:
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
    except termios.error as error:
        # It is none by its class, but holds the same.
        raise OSError(*error.args) from None


@contextmanager
def interrupted_at_once() -> Generator[None]:
    """Have Ctrl-C at a prompt come through at once: asyncio holds it back until its loop turns, which stands still."""
    held = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, held)


def types_yes(prompt: str) -> bool:
    """Ask on stdout, and return whether the line that is typed then is a yes: what is not seen is not agreed to.

    Raises:
        KeyboardInterrupt: it is Ctrl-C.
        OSError: nothing can be read there.
        ValueError: it is no text.
    """
    with interrupted_at_once():
        forget_what_was_typed()
        return show_text(prompt) and sys.stdin.readline().strip().lower() == "yes"
