"""Makes tool calls in processes that kill themselves at a step: a program that is told what to do line by line.

A step lies before, in and after each transaction of the store, before each request to the service, between its being
carried out and anybody hearing of that, and after the result. Each call has a process of its own, forked from this
one, which has loaded everything.
"""

import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from mcp.client.session import ClientSession
from mcp.types import CallToolResult
from sqlalchemy import Connection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.guard.consent import Consent
from server.store.consents import Consents
from server.store.database import Database, ResultT
from tests.support.answers import ACCEPT, User
from tests.support.approvals import Desk
from tests.support.world import Recorder, Sandbox, World, settings

TASKS, STATE, HANDLE, RESULT = "tasks.sqlite3", "state.sqlite3", "handle", "result.json"


def world_in(folder: Path, given: dict[str, Any]) -> World:
    """Return a server over the two files in a folder."""
    sandbox = Sandbox(path=folder / TASKS)
    sandbox.identity = "sandbox of a test"
    page = Desk() if given.get("confirm") == "human" else None
    world = World(sandbox, settings(**given), url=f"sqlite:///{folder / STATE}", page=page)
    # What goes on in the background would take steps between those of the call.
    world.store.database.afterwards = None
    return world


class Steps:
    """Counts, and kills this process at a number; 0 never comes."""

    def __init__(self, last: int) -> None:
        self._left = last

    def __call__(self) -> None:
        """Take a step."""
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class InSteps:
    """The service: what it answers is delivered a step after it has done what it was asked to."""

    def __init__(self, app: ASGIApp, step: Steps) -> None:
        self._app = app
        self._step = step

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)

        self._step()
        await self._app(scope, receive, hold)
        self._step()
        for message in held:
            await send(message)


def run_in_steps(step: Steps) -> None:
    """Make each transaction of the store three steps."""
    run_now = Database.run_now

    def stepwise(self: Database, work: Callable[[Connection], ResultT]) -> ResultT:
        def work_and_step(connection: Connection) -> ResultT:
            done = work(connection)
            step()
            return done

        step()
        result = run_now(self, work_and_step)
        step()
        return result

    Database.run_now = stepwise


def tell_handles(folder: Path) -> None:
    """Write the handle of a question to a file, as a client would know it."""
    opened = Consents.open

    async def open_and_tell(self: Consents, consent: Consent, record: Mapping[str, Any] | None = None) -> str:
        handle = await opened(self, consent, record)
        (folder / HANDLE).write_text(handle)
        return handle

    Consents.open = open_and_tell


async def call(world: World, job: dict[str, Any]) -> dict[str, Any]:
    """Make the call and return its result."""
    async with world.client(job["era"], User(ACCEPT) if job["asks"] else None) as client:
        result = await client.call_tool(job["tool"], job["arguments"])
    return {"is_error": result.is_error, **cast("dict[str, Any]", result.structured_content)}


async def carry_out(job: dict[str, Any]) -> None:
    """Make the call, in steps."""
    folder, step = Path(job["folder"]), Steps(job["step"])
    world = world_in(folder, job["settings"])
    world.sandbox.recorder = Recorder(InSteps(world.sandbox.app, step))
    run_in_steps(step)
    tell_handles(folder)
    result = await call(world, job)
    step()
    (folder / RESULT).write_text(json.dumps(result))


def in_a_process(job: dict[str, Any]) -> bool:
    """Make the call in a process of its own; true when that was killed.

    Raises:
        RuntimeError: it failed.
    """
    assert threading.active_count() == 1
    child = os.fork()
    if child == 0:
        failed = 1
        try:
            asyncio.run(carry_out(job))
            failed = 0
        finally:
            sys.stderr.flush()
            os._exit(failed)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status) == signal.SIGKILL
    if os.WEXITSTATUS(status):
        raise RuntimeError
    return False


async def _unchecked(self: ClientSession, name: str, result: CallToolResult) -> None:
    """Spare what takes most of a call's time."""


async def warm_up() -> None:
    """Make a call here, so that everything is loaded that one needs."""
    with TemporaryDirectory() as folder:
        world = world_in(Path(folder), {})
        task_id = world.sandbox.create()
        await call(world, {"era": "modern", "asks": True, "tool": "stop_task", "arguments": {"task_id": task_id}})
        await world.running.aclose()
        world.sandbox.close()


def main() -> None:
    """Carry out the jobs that come in, and answer each with whether it was killed."""
    ClientSession.validate_tool_result = _unchecked
    asyncio.run(warm_up())
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(in_a_process(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
