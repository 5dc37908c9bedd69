"""This server's command with somebody at a terminal: stdin and stderr are it, and stdout if wanted."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import NamedTuple, Self

from tests.support.serving import COMMAND, PATIENCE, clean_environment

CTRL_C, CTRL_D = "\x03", "\x04"

_IN_FRONT = (
    "import fcntl, os, sys, termios\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"  # so that Ctrl-C is a signal
    "os.execv(sys.argv[1], sys.argv[1:])"
)
_ORPHANED = (
    "import fcntl, os, socket, subprocess, sys, termios\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    "ours, theirs = socket.socketpair()\n"
    "if os.fork():\n"
    "    theirs.close()\n"
    "    os.wait()\n"
    "    ours.send(b'.')\n"  # now nobody in front is its parent
    "    sys.exit(ours.recv(1)[0])\n"
    "if os.fork():\n"
    "    os._exit(0)\n"
    "ours.close()\n"
    "os.setpgid(0, 0)\n"
    "theirs.recv(1)\n"
    "theirs.send(bytes([subprocess.call(sys.argv[1:]) & 255]))\n"
)


class Ended(NamedTuple):
    """How the command ended."""

    status: int
    stdout: str
    screen: str


class AtATerminal:
    """Runs the command.

    Args:
        arguments: Its arguments.
        environment: Its environment.
        errors_elsewhere: Whether stderr is no terminal.
        output_too: Whether stdout is one.
        orphaned: Whether it is in the background, and whoever started it there is gone: the terminal gives it errors.
    """

    def __init__(
        self,
        *arguments: str,
        environment: Mapping[str, str],
        errors_elsewhere: bool = False,
        output_too: bool = False,
        orphaned: bool = False,
    ) -> None:
        self._ours, theirs = pty.openpty()
        self._screen = ""
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-ISc", _ORPHANED if orphaned else _IN_FRONT, COMMAND, *arguments],
            env=clean_environment(**environment),
            stdin=theirs,
            stdout=theirs if output_too else subprocess.PIPE,
            stderr=subprocess.DEVNULL if errors_elsewhere else theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.communicate()
        os.close(self._ours)

    def types(self, text: str) -> None:
        """Type something."""
        os.write(self._ours, text.encode())

    def sees(self, text: str) -> str:
        """Wait until something is on the screen, and return all that is."""
        deadline = time.monotonic() + PATIENCE
        while text not in self._screen:
            assert self._read(deadline - time.monotonic()), f"{text!r} never came, but: {self._screen}"
        return self._screen

    def ends(self) -> Ended:
        """Wait for the end."""
        deadline = time.monotonic() + PATIENCE
        while self._read(deadline - time.monotonic()):
            pass
        output, _ = self.process.communicate(timeout=PATIENCE)
        return Ended(self.process.returncode, (output or b"").decode(), self._screen)

    def _read(self, seconds: float) -> bool:
        """Read what comes next; false when nothing comes any more."""
        if not select.select([self._ours], [], [], max(0, seconds))[0]:
            return False
        part = b""
        # Linux says that nobody has the other end open any more with an error.
        with suppress(OSError):
            part = os.read(self._ours, 65_536)
        self._screen += part.decode().replace("\r\n", "\n")
        return bool(part)
