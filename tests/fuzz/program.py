"""This server as a process on pipes, to which anything can be written."""

import json
import queue
import sqlite3
import subprocess
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

from tests.fuzz.wire import ENVELOPE, LEGACY
from tests.support.serving import COMMAND, PATIENCE, clean_environment


class Program:
    """A server on pipes.

    Args:
        process: The process.
        tasks: The file that holds its tasks.
        log: The file that holds what it said on stderr.
        era: How it is spoken to where that has to be right.
    """

    def __init__(self, process: subprocess.Popen[bytes], tasks: Path, log: Path, era: str) -> None:
        self.process = process
        self.log = log
        self.era = era
        self._tasks = tasks
        self._answers: queue.Queue[bytes] = queue.Queue()
        self._asked = 0
        assert process.stdout is not None
        threading.Thread(target=self._read, args=(process.stdout,), daemon=True).start()

    def write(self, *lines: bytes) -> None:
        """Write lines; what looks like an end of one inside of it is one."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"".join(line + b"\n" for line in lines))
        self.process.stdin.flush()

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Ask as a client should, and return the answer; whatever else comes before it has to be JSON-RPC."""
        self._asked += 1
        asked = f"asked {self._asked}"
        meta = {"_meta": ENVELOPE} if self.era == "modern" else {}
        message = {"jsonrpc": "2.0", "id": asked, "method": method, "params": {**params, **meta}}
        self.write(json.dumps(message).encode())
        while True:
            answer = json.loads(self._answers.get(timeout=PATIENCE))
            assert answer["jsonrpc"] == "2.0"
            assert "Traceback" not in str(answer)
            if answer.get("id") == asked:
                return answer

    def tasks(self) -> list[Any]:
        """Return all that is stored of the tasks."""
        with closing(sqlite3.connect(self._tasks)) as database:
            return database.execute("SELECT * FROM tasks JOIN documents USING (seq) ORDER BY seq").fetchall()

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                self._answers.put(line)


@contextmanager
def program(folder: Path, era: str) -> Generator[Program]:
    """Start a server over a few tasks, and see to it that it ends well."""
    tasks, log = folder / f"{era}.sqlite3", folder / f"{era}.log"
    given = {"WAYLAY_MCP_SANDBOX_DB": str(tasks), "WAYLAY_MCP_SANDBOX_TASKS": "6"}
    state = {"WAYLAY_MCP_STATE_DIR": str(folder / f"{era} state"), "WAYLAY_MCP_APPROVALS": "off"}
    with log.open("wb") as stderr:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [COMMAND], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr,
            env=clean_environment(**given, **state),
        )  # fmt: skip
        started = Program(process, tasks, log, era)
        try:
            if era == "legacy":
                client = {"name": "fuzz", "version": "1"}
                started.ask("initialize", protocolVersion=LEGACY, capabilities={}, clientInfo=client)
                started.write(b'{"jsonrpc": "2.0", "method": "notifications/initialized"}')
            started.ask("tools/list")
            yield started
        finally:
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(PATIENCE) == 0
