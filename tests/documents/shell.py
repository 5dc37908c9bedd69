"""A reader's shell: a folder and a home of its own, and what is exported stays."""

import os
import pty
import re
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.support.serving import COMMAND, PATIENCE, clean_environment

_PIECE = 4096
_PATIENCE = 2 * PATIENCE


class Shell:
    """A shell in an empty folder, without what whoever runs the tests has in theirs.

    Args:
        below: The folder in which its own is made.
        environment: What is set besides.
    """

    def __init__(self, below: Path, **environment: str) -> None:
        self.folder, home = below / "work", below / "home"
        self.folder.mkdir()
        home.mkdir()
        path = f"{Path(COMMAND).parent}{os.pathsep}{os.defpath}"
        own = {"HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "PATH": path, "LANG": "C.UTF-8"}
        # Nobody's browser is opened, and lines are as wide as a page.
        self.environment = clean_environment(**own, COLUMNS="100", NO_COLOR="1", BROWSER="false", **environment)
        self._state = shlex.quote(str(below / "state.sh"))

    def run(self, command: str, typed: Sequence[tuple[str, str]] = ()) -> tuple[int, str]:
        """Run a command; return its exit status, and what it said.

        Args:
            command: As a person types it.
            typed: What stands there when it waits for a person at a terminal, as a pattern, and what that person types
                then; without any there is no terminal.
        """
        keep = f"trap 'declare -px > {self._state}; echo cd \"$PWD\" >> {self._state}' EXIT"
        script = f"[ -f {self._state} ] && . {self._state}\n{keep}\n{command}"
        shell = ["bash", "--noprofile", "--norc", "-c", script]
        status, said = self._at_a_terminal(shell, typed) if typed else self._without_one(shell)
        return status, said.replace("\r\n", "\n")

    def _without_one(self, shell: list[str]) -> tuple[int, str]:
        done = subprocess.run(  # noqa: S603 - what the page says
            shell,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        return done.returncode, done.stdout

    def _at_a_terminal(self, shell: list[str], typed: Sequence[tuple[str, str]]) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(  # noqa: S603 - what the page says
            shell, cwd=self.folder, env=self.environment, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        try:
            said = _talk(ours, list(typed))
            return process.wait(_PATIENCE), said
        finally:
            process.kill()
            process.wait()
            os.close(ours)


def _talk(terminal: int, typed: list[tuple[str, str]]) -> str:
    """Read what is said until nobody is left to say anything, and type where something is waited for."""
    said = ""
    while piece := _read(terminal):
        said += piece
        if typed and re.search(rf"(?:^|\n){typed[0][0]}$", said):
            os.write(terminal, f"{typed.pop(0)[1]}\n".encode())
    return said


def _read(terminal: int) -> str:
    try:
        return os.read(terminal, _PIECE).decode(errors="replace")
    except OSError:  # how Linux says that the other side is closed
        return ""
