"""`serve --http` as a process, with whatever processes it has itself."""

import os
import signal
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import anyio

from tests.support.serving import COMMAND, PATIENCE, clean_environment

_SOON = 0.05


class Served:
    """A server that runs.

    Args:
        process: The process that was started.
        address: Where it listens.
    """

    def __init__(self, process: "subprocess.Popen[str]", address: str) -> None:
        self.process = process
        self.address = address

    @property
    def workers(self) -> set[int]:
        """The process ids of those that serve, if it has any."""
        return {child for child in _children(self.process.pid) if b"spawn_main" in _command(child)}

    async def workers_are(self, number: int, *, without: Sequence[int] = ()) -> set[int]:
        """Wait until there are so many workers, and none of those."""
        with anyio.fail_after(PATIENCE):
            while len(self.workers) != number or self.workers & set(without):  # noqa: ASYNC110 - other processes
                await anyio.sleep(_SOON)
        return self.workers

    async def ends(self) -> tuple[int, str]:
        """Wait until it ends; return its exit status and what it said."""
        said = await anyio.to_thread.run_sync(lambda: self.process.communicate(timeout=PATIENCE)[1])
        return self.process.returncode, said


async def is_gone(process: int) -> None:
    """Wait until a process is no more, or nobody's but the system's to bury."""
    with anyio.fail_after(PATIENCE):
        while _state(process) not in ("", "Z"):  # noqa: ASYNC110 - another process
            await anyio.sleep(_SOON)


@contextmanager
def served(*arguments: str, **environment: str) -> Generator[Served]:
    """Start `serve --http` on a free port and yield it once it listens; it is ended, unless it was."""
    process = subprocess.Popen(  # noqa: S603 - our own command
        [COMMAND, "serve", "--http", "--port", "0", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(**environment),
    )
    try:
        assert process.stderr is not None
        words = process.stderr.readline().replace(",", " ").split()
        yield Served(process, next(word.removesuffix("/mcp") for word in words if word.endswith("/mcp")))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)


def _children(process: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()]
    except OSError:
        return []


def _command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def _state(process: int) -> str:
    try:
        return Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except OSError:
        return ""


def kill(process: int) -> None:
    """Kill a process, so that it can do nothing more."""
    os.kill(process, signal.SIGKILL)
