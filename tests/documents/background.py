"""Servers that a page starts: they go on while it is read. Each gets a free port in place of the one that is shown."""

import re
import signal
import socket
import subprocess
import time
from contextlib import ExitStack, closing

import httpx

from tests.documents.shell import Shell
from tests.support.serving import PATIENCE

_PORT = re.compile(r"--port (\d+)")
_OFTEN = 0.05


class Background:
    """What runs in the background of a page.

    Args:
        shell: The page's shell.
        ending: Ends it all.
    """

    def __init__(self, shell: Shell, ending: ExitStack) -> None:
        self._shell = shell
        self._ending = ending
        self._ports: dict[str, str] = {}

    def start(self, command: str, address: str) -> None:
        """Start a server and wait until it answers.

        Raises:
            AssertionError: it ends, or does not answer.
        """
        shown = _PORT.search(command)
        assert shown, command
        self._ports[shown[1]] = _free_port()
        process = subprocess.Popen(  # noqa: S603 - what the page says
            ["bash", "--noprofile", "--norc", "-c", f"exec {self.in_command(command)}"],  # noqa: S607
            cwd=self._shell.folder,
            env=self._shell.environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._ending.callback(_end, process)
        _wait(process, self.in_command(address))

    def in_command(self, command: str) -> str:
        """Return a command of the page with the ports of now."""
        for shown, now in self._ports.items():
            command = re.sub(rf"(--port |127\.0\.0\.1:|localhost:){shown}\b", rf"\g<1>{now}", command)
        return command

    def in_output(self, said: str) -> str:
        """Return what was said with the ports of the page."""
        for shown, now in self._ports.items():
            said = re.sub(rf"(?<=:){now}\b", shown, said)
        return said


def _free_port() -> str:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return str(listener.getsockname()[1])


def _wait(process: "subprocess.Popen[str]", address: str) -> None:
    for _ in range(round(2 * PATIENCE / _OFTEN)):
        assert process.poll() is None, f"it ended: {process.stderr.read() if process.stderr else ''}"
        try:
            httpx.get(address)
        except httpx.TransportError:
            time.sleep(_OFTEN)  # another process: nothing here could be waited for
        else:
            return
    raise AssertionError(f"nothing answers at {address}")


def _end(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.communicate(timeout=2 * PATIENCE)
    finally:
        process.kill()
