"""The person at the terminal: is shown the server's question, and types yes, or anything else."""

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager

from tools.text import without_invisible

_PROMPT = "Agree to exactly this? Type yes: "


class AtTheTerminal:
    """Asks on stderr and reads from stdin: stdout is for what comes of the call.

    Attributes:
        interrupted: Whether a question was answered with Ctrl-C.
    """

    def __init__(self) -> None:
        self.interrupted = False

    def is_there(self) -> bool:
        """Tell whether somebody can see a question and answer it."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    def say(self, line: str) -> None:
        """Tell the person something."""
        sys.stderr.write(f"{safe(line)}\n")
        sys.stderr.flush()

    def agrees(self, question: str) -> bool | None:
        """Ask, and return whether the person typed yes; None where they left without an answer."""
        answer = ""
        # The event loop stands still meanwhile, so an interrupt has to come through at once.
        with _interrupted_at_once():
            try:
                answer = self._answer(question)
            except KeyboardInterrupt:
                self.interrupted = True
        if answer.endswith("\n"):
            return answer.strip().lower() == "yes"
        self.say("")
        return None

    def _answer(self, question: str) -> str:
        _forget_what_was_typed()
        self.say(f"\n{question}\n")
        sys.stderr.write(_PROMPT)
        sys.stderr.flush()
        return sys.stdin.readline()


def safe(text: str) -> str:
    """Return a text without what could steer a terminal, or hide something in it; its lines stay lines."""
    return "\n".join(without_invisible(line) for line in text.split("\n"))


@contextmanager
def _interrupted_at_once() -> Generator[None]:
    held = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, held)


def _forget_what_was_typed() -> None:
    """Drop what was typed before the question could be read: it is no answer to it."""
    if sys.platform == "win32":
        import msvcrt

        while msvcrt.kbhit():
            msvcrt.getwch()
        return
    import termios

    termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
