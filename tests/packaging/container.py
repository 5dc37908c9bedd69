"""The container as it would run, without an engine: its user, its server, its health check, its end."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import Process

from tests.judges.environments import Failed
from tests.packaging.container_file import Image, play
from tests.packaging.routes import VERSIONS
from tests.packaging.work import Work, expect, of_this_machine, said
from tests.support.serving import PATIENCE, free_port

_NOBODY_HERE = 10001
_TOKENS = f'ci = {{ sha256 = "{"0" * 64}", scopes = ["tasks:read"] }}\n'


async def played(work: Work) -> str:
    """Build what the container file says, run it as its user, and hold its health check to what it says."""
    if os.geteuid() != 0:
        expect(not os.environ.get("CI"), "only root can become the container's user, and CI has to play it")
        return "not played: only root can become its user"
    # Its user has to come this far.
    work.folder.chmod(0o755)
    image = await play(Image(work.room("image"), await _python(work)))
    expect(image.user == _NOBODY_HERE, f"its user is {image.user}")
    container = _Container(image, _settings(work, image), work.folder / "container.log")
    async with container.started() as process:
        await container.becomes_healthy(process)
        process.terminate()
        ended = await container.ended(process)
        expect(ended == 0, f"told to end, it ends with {ended}")
    expect(await container.health() == 1, "its health check is content with no server")
    return f"user {image.user}, healthy, ends when it is told to, and then unhealthy"


async def _python(work: Work) -> Path:
    """Return the commands of an environment whose Python everybody on this machine may run."""
    for python in _pythons():
        if await _for_everybody(python):
            await said([python, "-m", "venv", work.folder / "python"], of_this_machine())
            return work.folder / "python" / "bin"
    raise Failed("there is no Python on this machine that another user may run: install python3 and python3-venv")


async def _for_everybody(python: Path) -> bool:
    try:
        tried = await anyio.run_process([python, "-c", "import ensurepip, venv"], check=False, user=_NOBODY_HERE)
    except PermissionError:
        return False
    return tried.returncode == 0


def _pythons() -> Iterator[Path]:
    yield Path(os.path.realpath(sys.executable))
    for version in reversed(VERSIONS):
        for folder in ("/usr/local/bin", "/usr/bin"):
            if (python := Path(folder) / f"python{version}").exists():
                yield python


def _settings(work: Work, image: Image) -> dict[str, str]:
    """Return what the container is given: callers' tokens, as without them it does not serve, and an account."""
    tokens = work.folder / "tokens.toml"
    tokens.write_text(_TOKENS, "utf-8")
    listener, address = free_port()
    listener.close()
    return {
        **image.variables,
        "WAYLAY_MCP_AUTH_TOKENS": str(tokens),
        "WAYLAY_MCP_ALLOWED_HOSTS": "localhost",
        "WAYLAY_MCP_PORT": address.rpartition(":")[2],
        # With an account there is a store, and its file is where the image has a place for it.
        "WAYLAY_API_KEY": "key",
        "WAYLAY_API_SECRET": "secret",
        "WAYLAY_GATEWAY_URL": "http://127.0.0.1:9",
        # What an engine gives a user who has no home.
        "HOME": "/",
    }


@dataclass
class _Container:
    image: Image
    variables: dict[str, str]
    log: Path

    @asynccontextmanager
    async def started(self) -> AsyncGenerator[Process]:
        """Start it as an engine would, and end it in any case."""
        command = [*self.image.entry, *self.image.command]
        command[0] = shutil.which(command[0], path=self.variables["PATH"]) or command[0]
        with self.log.open("w") as errors:
            given: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": errors, **self._user()}
            async with await anyio.open_process(command, env=self.variables, cwd="/", **given) as process:
                try:
                    yield process
                finally:
                    if process.returncode is None:
                        process.kill()

    async def becomes_healthy(self, process: Process) -> None:
        """Ask its health until it is well, for half a minute."""
        with anyio.move_on_after(PATIENCE):
            while process.returncode is None:
                if await self.health() == 0:
                    return
        ended = "" if process.returncode is None else f"; it ended with {process.returncode}"
        raise Failed(f"it has not become healthy within {PATIENCE} s{ended}\n{self.log.read_text('utf-8')}")

    async def health(self) -> int:
        """Run its health check, and return what that says."""
        command = [*self.image.health]
        command[0] = shutil.which(command[0], path=self.variables["PATH"]) or command[0]
        result = await anyio.run_process(command, check=False, env=self.variables, cwd="/", **self._user())
        return result.returncode

    def _user(self) -> dict[str, Any]:
        return {"user": self.image.user, "group": self.image.user, "extra_groups": []}

    async def ended(self, process: Process) -> int:
        """Wait for its end, as an engine does."""
        with anyio.fail_after(PATIENCE):
            return await process.wait()
