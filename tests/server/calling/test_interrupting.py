"""Ctrl-C while a call is on its way to a service over a real socket."""

import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import anyio
import pytest
from anyio import to_thread

from tests.server.calling.conftest import Shell
from tests.support.at_a_terminal import CTRL_C, AtATerminal, Ended
from tests.support.serving import PATIENCE, serve
from tests.support.world import Sandbox

PROMPT = "Agree to exactly this? Type yes: "


class Service:
    """The service, which presses Ctrl-C when a request comes.

    Args:
        sandbox: What it serves.
        folder: Where the store is.
    """

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self._sandbox = sandbox
        self._folder = folder
        self._pid = 0
        self._met = anyio.Event()

    async def ended(self, method: str, *arguments: str, carried_out: bool, twice: bool = False) -> Ended:
        """Call, interrupt the first request of a method, and return how that ended.

        Args:
            method: The method.
            arguments: What is called.
            carried_out: Whether that request is carried out, before anybody asks what became of it.
            twice: Whether the request behind it is interrupted too, and gets no answer.
        """

        over = anyio.Event()

        async def before(asked: str, path: str) -> None:
            if self._met.is_set() and twice:
                os.kill(self._pid, signal.SIGINT)
                await over.wait()
            elif not self._met.is_set() and asked == method and "/tasks" in path:
                self._met.set()
                os.kill(self._pid, signal.SIGINT)
                if not carried_out:
                    await over.wait()

        self._sandbox.recorder.before = before
        async with serve(self._sandbox.recorder) as gateway:
            try:
                return await to_thread.run_sync(partial(self._run, gateway, *arguments))
            finally:
                over.set()

    def _run(self, gateway: str, *arguments: str) -> Ended:
        given = {
            "WAYLAY_GATEWAY_URL": gateway,
            "WAYLAY_API_KEY": "key",
            "WAYLAY_API_SECRET": "secret",
            "WAYLAY_MCP_STATE_DIR": str(self._folder),
            "WAYLAY_MCP_SETTLE_SECONDS": "0.2",
        }
        with AtATerminal("call", *arguments, environment=given) as person:
            self._pid = person.process.pid
            return person.ends()


@pytest.fixture
def service(sandbox: Sandbox, tmp_path: Path) -> Service:
    return Service(sandbox, tmp_path)


async def test_a_change_that_was_made_is_told_with_how_to_undo_it(service: Service, sandbox: Sandbox) -> None:
    task_id = sandbox.create("Cold store 4: door", start=False)
    ended = await service.ended("POST", "start_task", f"task_id={task_id}", carried_out=True)
    assert (ended.status, ended.stdout, sandbox.status(task_id)) == (130, "", "running")
    assert f'start_task of "Cold store 4: door" (ID {task_id}) is done.' in ended.screen
    assert "To undo: waylay-tasks-mcp call undo_change change_id=" in ended.screen


async def test_a_change_that_may_still_be_made_is_not_called_undone(service: Service, sandbox: Sandbox) -> None:
    task_id = sandbox.create("Cold store 4: door", start=False)
    ended = await service.ended("POST", "start_task", f"task_id={task_id}", "--json", carried_out=False)
    error = json.loads(ended.stdout)["error"]
    assert (ended.status, error["kind"], error["changed"]) == (130, "interrupted", "unknown")
    assert "list_changes finds out what became of it" in error["hint"]


async def test_who_cannot_wait_for_that_either_is_told_where_to_look(service: Service, sandbox: Sandbox) -> None:
    task_id = sandbox.create("Cold store 4: door", start=False)
    ended = await service.ended("POST", "start_task", f"task_id={task_id}", carried_out=False, twice=True)
    assert (ended.status, ended.stdout) == (130, ""), ended.screen
    assert ended.screen == (
        "Interrupted. Finding out whether anything was changed; Ctrl-C again leaves at once.\n"
        "Interrupted, before it was known what became of the call.\n"
        "Whether anything was changed is not known.\n"
        "waylay-tasks-mcp call list_changes finds out what became of it.\n"
    )


async def test_before_anything_was_sent_nothing_was_changed(service: Service, sandbox: Sandbox) -> None:
    task_id = sandbox.create("Cold store 4: door")
    ended = await service.ended("GET", "stop_task", f"task_id={task_id}", "--json", carried_out=False)
    error = json.loads(ended.stdout)["error"]
    assert (ended.status, error["kind"], error["changed"]) == (130, "interrupted", "no")
    assert sandbox.status(task_id) == "running"


async def test_reading_is_given_up_at_once(service: Service) -> None:
    ended = await service.ended("GET", "list_tasks", carried_out=False)
    assert (ended.status, ended.stdout) == (130, "")
    assert ended.screen == "Interrupted.\nNothing was changed.\n"


@pytest.mark.parametrize("times", [1, 2])
def test_what_is_done_is_said_before_the_last_spans_are_sent(shell: Shell, times: int) -> None:
    task_id = shell.task()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE)
        given = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{silent.getsockname()[1]}",
            "OTEL_BSP_SCHEDULE_DELAY": "600000",
        }
        arguments = ("call", "stop_task", f"task_id={task_id}")
        with AtATerminal(*arguments, environment={**shell.environment, **given}) as person:
            person.sees(PROMPT)
            person.types("yes\n")
            taken, _ = silent.accept()
            person.types(CTRL_C * times)
            ended = person.ends()
            taken.close()
    assert (ended.status, shell.sandbox.status(task_id)) == (0, "stopped")
    assert ended.stdout.startswith('[sandbox] Stopped "Cold store 4: door"')


def test_who_does_not_wait_until_the_output_is_read_is_still_told_what_it_says(shell: Shell) -> None:
    for number in range(40):
        shell.sandbox.create(f"Cold store {number}: {'door ' * 20}")
    with AtATerminal("call", "list_tasks", "hits=100", environment=shell.environment) as person:
        output = person.process.stdout
        assert output is not None
        fcntl.fcntl(output, fcntl.F_SETPIPE_SZ, 4096)
        assert select.select([output], [], [], PATIENCE)[0]
        deadline = time.monotonic() + PATIENCE
        # Ctrl-C that is pressed twice before the process has seen it once counts once.
        while person.process.poll() is None and time.monotonic() < deadline:
            person.types(CTRL_C)
            with suppress(subprocess.TimeoutExpired):
                person.process.wait(0.05)
        ended = person.ends()
    assert (ended.status, len(ended.stdout)) == (0, 4096)
    assert ended.stdout[:1000] in ended.screen
    assert "Cold store 39: door" in ended.screen
