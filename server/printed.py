"""What is printed for a person or a program, who may have stopped reading."""

import os
import sys


def show_text(text: str) -> None:
    """Print to stdout in UTF-8; where nobody reads it, that is no failure of what was done."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still in the buffer would fail once more at the end of the process.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
