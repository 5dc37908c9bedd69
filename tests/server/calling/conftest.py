"""A sandbox in a file, which the command and the test look into."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from server.cli import run
from server.settings import Settings
from tests.support.command import ran
from tests.support.world import Sandbox


class Called(NamedTuple):
    """How a call ended."""

    returncode: int
    stdout: str
    stderr: str


class Shell:
    """Runs `call` the way a script does: without a terminal.

    Args:
        folder: Where sandbox and store are.
        sandbox: The sandbox.
        monkeypatch: Sets the environment of this process.
        capsys: Catches what this process prints.
    """

    def __init__(
        self, folder: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.sandbox = sandbox
        self.environment = {
            "WAYLAY_MCP_SANDBOX_DB": str(folder / "tasks.sqlite3"),
            "WAYLAY_MCP_STATE_DIR": str(folder / "state"),
        }
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def call(self, *arguments: str, **environment: str) -> Called:
        """Call in a process of its own, with something more in its environment."""
        done = ran("call", *arguments, **self.environment, **environment)
        return Called(done.returncode, done.stdout, done.stderr)

    def call_here(self, *arguments: str) -> Called:
        """Call in this process, which takes a tenth of the time."""
        with self._monkeypatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            status = run(["call", *arguments])
        printed = self._capsys.readouterr()
        return Called(status, printed.out, printed.err)

    def task(self, **settings: Any) -> str:
        """Make a task and return its ID."""
        return self.sandbox.create("Cold store 4: door", **settings)


@pytest.fixture(autouse=True)
def _this_process_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what a process is told for its whole life from this one."""

    def no_log(settings: Settings) -> None:
        """Leave the log as it is."""

    monkeypatch.setattr("server.calling.running.log_to_stderr", no_log)
    monkeypatch.setattr("server.calling.running.take_up_collecting", lambda: None)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    """A shell over an empty sandbox."""
    sandbox = Sandbox(path=tmp_path / "tasks.sqlite3")
    # A sandbox without tasks would be filled by the first who opens it.
    sandbox.create("Another")
    yield Shell(tmp_path, sandbox, monkeypatch, capsys)
    sandbox.close()
