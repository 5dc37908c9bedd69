"""What is printed for a person or a program, who may have stopped reading, or never have begun.

Where something cannot be printed, that is no failure of what was done: nothing is raised here.
"""

import os
import sys
from contextlib import suppress
from typing import TextIO


def show_text(text: str) -> bool:
    """Print to stdout in UTF-8, and return whether that could be; why not is said on stderr, unless nobody reads."""
    try:
        _write(sys.stdout, text, encoding="utf-8")
    except BrokenPipeError:
        return False
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "it is closed"
        show_beside(f"stdout cannot be written ({why}): the result is not shown, or not all of it.\n")
        return False
    return True


def show_beside(text: str) -> None:
    """Print to stderr, if that can be."""
    with suppress(OSError, ValueError):
        _write(sys.stderr, text)


def show_at_once(stream: TextIO | None, text: str) -> None:
    """Print past a stream's buffer, as a signal's handler has to: it may have interrupted a write to that.

    Args:
        stream: stdout or stderr; None where that is closed.
        text: What.
    """
    if stream is not None:
        with suppress(OSError, ValueError):
            os.write(stream.fileno(), text.encode("utf-8", "backslashreplace"))


def _write(stream: TextIO | None, text: str, encoding: str | None = None) -> None:
    """Write to a stream, of which no more is tried once it failed.

    Raises:
        OSError: it cannot be written.
        ValueError: it is closed.
    """
    if stream is None:
        raise ValueError("there is none")
    reconfigure = getattr(stream, "reconfigure", None)
    try:
        if reconfigure is not None and encoding is not None:
            reconfigure(encoding=encoding, errors="backslashreplace")
        stream.write(text)
        stream.flush()
    except OSError:
        _give_up(stream)
        raise


def _give_up(stream: TextIO) -> None:
    """Lead a stream nowhere: what is still in its buffer would fail once more at the end of the process."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
