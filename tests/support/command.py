"""The command, run to its end the way a program runs it."""

import os
import subprocess
from pathlib import Path

from tests.support.serving import COMMAND, PATIENCE, clean_environment


def ran(*arguments: str, cwd: Path | str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command with an environment of its own and nothing on stdin."""
    return subprocess.run(  # noqa: S603 - our own command
        [COMMAND, *arguments],
        env=clean_environment(**environment),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def ran_unread(*arguments: str, **environment: str) -> tuple[int, str]:
    """Run the command with an output that nobody reads, and return its status and what it says on stderr."""
    ours, theirs = os.pipe()
    os.close(ours)
    ended = subprocess.run(  # noqa: S603 - our own command
        [COMMAND, *arguments],
        env=clean_environment(**environment),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    os.close(theirs)
    return ended.returncode, ended.stderr


def ran_redirected(redirection: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command with streams that a shell leads elsewhere or closes, as `>&-`."""
    return subprocess.run(  # noqa: S603 - our own command
        ["/bin/sh", "-c", f'exec "$@" {redirection}', "sh", COMMAND, *arguments],
        env=clean_environment(**environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
