"""The terminal at which a person is asked."""

import sys


def forget_what_was_typed() -> None:
    """Drop what was typed before the question could be read: it is no answer to it."""
    if sys.platform == "win32":
        import msvcrt

        while msvcrt.kbhit():
            msvcrt.getwch()
        return
    import termios

    termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
