"""The person at the terminal: is shown the server's question, and types yes or no."""

import sys

from server.printed import show_beside
from server.terminal import forget_what_was_typed, interrupted_at_once, is_terminal
from tools.text import without_invisible

_PROMPT = "Agree to exactly this? Type yes: "
_UNREADABLE = "\nNothing could be asked or read at this terminal: that counts as no answer."


class AtTheTerminal:
    """Asks on stderr and reads from stdin: stdout is for what comes of the call.

    Attributes:
        interrupted: Whether a question was answered with Ctrl-C.
    """

    def __init__(self) -> None:
        self.interrupted = False

    def is_there(self) -> bool:
        """Tell whether somebody can see a question and answer it."""
        return is_terminal(sys.stdin) and is_terminal(sys.stderr)

    def say(self, line: str) -> None:
        """Tell the person something; where that cannot be, the call goes on."""
        show_beside(f"{safe(line)}\n")

    def agrees(self, question: str) -> bool | None:
        """Ask, and return whether the person typed yes or no; None where they gave no answer."""
        if not self.is_there():
            # They were at the beginning. What is not seen is not agreed to.
            return None
        answer = ""
        try:
            with interrupted_at_once():
                answer = _answer(question)
        except KeyboardInterrupt:
            answer, self.interrupted = "", True
        except (OSError, ValueError):
            # They have not seen the question, or what they typed cannot be read.
            self.say(_UNREADABLE)
            return None
        if answer.endswith("\n"):
            return self._understood(answer.strip().lower())
        self.say("")
        return None

    def _understood(self, answer: str) -> bool | None:
        """Return what a line says; what is neither a yes nor a no is no answer, and counts as no refusal either."""
        if answer not in ("yes", "no", "n"):
            self.say("That is neither yes nor no, so nothing is done.")
            return None
        return answer == "yes"


def _answer(question: str) -> str:
    """Ask, and return the line that is typed then.

    Raises:
        KeyboardInterrupt: it is Ctrl-C.
        OSError: the terminal is gone.
        ValueError: it is no text.
    """
    forget_what_was_typed()
    # Not by `say`, which would hide that nobody has seen it.
    sys.stderr.write(f"\n{safe(question)}\n\n{_PROMPT}")
    sys.stderr.flush()
    return sys.stdin.readline()


def safe(text: str) -> str:
    """Return a text without what could steer a terminal, or hide something in it; its lines stay lines."""
    return "\n".join(without_invisible(line) for line in text.split("\n"))
