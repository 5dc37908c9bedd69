"""What a conversation looks like in a terminal."""

import os
import sys
from textwrap import indent

from server.printed import show_text
from server.terminal import is_terminal

_COLOURS = {"user": "36", "assistant": "33", "question": "35", "note": "2"}
_MAX_LINES, _MAX_WIDTH = 16, 200


class Screen:
    """Writes a conversation to stdout; coloured where that is a terminal and NO_COLOR is not set."""

    def __init__(self) -> None:
        self._coloured = is_terminal(sys.stdout) and not os.environ.get("NO_COLOR")
        self._is_read = True

    def title(self, text: str) -> None:
        """Start a scene."""
        self._write(f"\n--- {text} {'-' * max(0, 96 - len(text))}\n", "note")

    def user(self, text: str) -> None:
        """The user says something."""
        self._write(f"User       {text}", "user")

    def call(self, tool: str, arguments: str) -> None:
        """The assistant calls a tool."""
        self._write(f"Assistant  {tool} {arguments}", "assistant")

    def result(self, text: str) -> None:
        """The tool answers; a long answer is shortened here and not by the server."""
        lines = [_clipped(line) for line in text.splitlines()]
        shown = lines[:_MAX_LINES]
        left_out = [f"({len(lines) - len(shown)} more lines)"] if len(lines) > len(shown) else []
        self._write(indent("\n".join([*shown, *left_out]), "  "))

    def question(self, text: str, label: str, answer: str) -> None:
        """The client asks its user, who answers."""
        box = indent(f"{text}\n\n[ ] {label}", "  | ", lambda _: True)
        self._write(f"\n  The client asks the user:\n{box}\n  The user answers: {answer}\n", "question")

    def note(self, text: str) -> None:
        """Say something beside the conversation."""
        self._write(text, "note")

    def plain(self, text: str) -> None:
        """Write text as it is."""
        self._write(text)

    def _write(self, text: str, style: str = "") -> None:
        code = _COLOURS.get(style)
        line = f"\x1b[{code}m{text}\x1b[0m\n" if code and self._coloured else f"{text}\n"
        self._is_read = self._is_read and show_text(line)


def _clipped(line: str) -> str:
    left_out = len(line) - _MAX_WIDTH
    return line if left_out <= 0 else f"{line[:_MAX_WIDTH]}… ({left_out} more characters)"
