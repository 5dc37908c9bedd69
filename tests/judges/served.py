"""What is judged: the command as anybody starts it, and the server with the conformance suite's fixtures on it."""

import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
from anyio.streams.text import TextReceiveStream

from server.app import build
from server.web.app import http_app
from tests.judges.fixtures.mounted import mount
from tests.support.serving import COMMAND, PATIENCE, clean_environment, serve
from tests.support.world import settings


@asynccontextmanager
async def started(*arguments: str, **environment: str) -> AsyncGenerator[str]:
    """Start the command and yield the address that it says it listens on; end it with its own process id."""
    given = clean_environment(HOME="/nonexistent", **environment)
    command = [COMMAND, *arguments, "--port", "0"]
    async with (
        await anyio.open_process(command, env=given, stdout=subprocess.DEVNULL) as process,
        anyio.create_task_group() as group,
    ):
        assert process.stderr is not None
        said = TextReceiveStream(process.stderr)
        try:
            with anyio.fail_after(PATIENCE):
                address = _address(await said.receive())
            group.start_soon(_pass_on, said)
            yield address
        finally:
            process.terminate()


async def _pass_on(said: TextReceiveStream) -> None:
    """Show what goes wrong in a server; what it refuses is what judges try. A pipe nobody reads would hold it up."""
    async for part in said:
        if "ERROR" in part or "Traceback" in part:
            sys.stderr.write(part)


def _address(said: str) -> str:
    words = said.replace(";", " ").replace(",", " ").split()
    return next(word.removesuffix("/mcp") for word in words if word.startswith("http://"))


@asynccontextmanager
async def with_fixtures() -> AsyncGenerator[str]:
    """Serve this server with the fixtures on it, and yield its address."""
    chosen = settings()
    running = build(chosen)
    mount(running.server)
    try:
        async with serve(http_app(running, chosen)) as address:
            yield address
    finally:
        await running.aclose()
