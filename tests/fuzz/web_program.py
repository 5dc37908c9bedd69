"""This server as a process that speaks HTTP, to which anything can be sent."""

import contextlib
import errno
import json
import signal
import socket
import sqlite3
import subprocess
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.fuzz.wire import ENVELOPE, LEGACY, MODERN
from tests.support.serving import COMMAND, PATIENCE, clean_environment

JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
HELLO = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "fuzz", "version": "1"}}


class WebProgram:
    """A server on a port.

    Args:
        port: Its port on loopback.
        tasks: The file that holds its tasks.
        said: What it said on stderr, line by line.
    """

    def __init__(self, port: int, tasks: Path, said: list[str]) -> None:
        self.said = said
        self._port = port
        self._tasks = tasks

    def heard(self) -> str:
        """Return what was said since the last time."""
        lines = [*self.said]
        self.said[:] = []
        return "".join(lines)

    def send(self, request: bytes, *, ends: bool) -> bytes:
        """Send bytes and return what comes back first; nothing, where the server only closes the connection.

        Args:
            request: The bytes.
            ends: Whether nothing more can follow them, so that the server need not wait for it.
        """
        with socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE) as connection:
            try:
                connection.sendall(request)
                if ends:
                    connection.shutdown(socket.SHUT_WR)
                return connection.recv(65_536)
            except OSError as error:
                if isinstance(error, ConnectionError) or error.errno == errno.ENOTCONN:  # it had heard enough
                    return b""
                raise

    def post(self, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """Post a message as a client should, and return status, headers and body of the whole answer."""
        lines = {"Host": f"127.0.0.1:{self._port}", "Connection": "close", "Content-Length": str(len(body)), **headers}
        head = "POST /mcp HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
        with socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE) as connection:
            connection.sendall(head.encode() + body)
            answer = b"".join(iter(lambda: connection.recv(65_536), b""))
        first, _, rest = answer.partition(b"\r\n\r\n")
        status, *pairs = first.decode().splitlines()
        found = dict(pair.lower().split(": ", 1) for pair in pairs)
        return int(status.split()[1]), found, rest

    def tools(self) -> int:
        """Return how many tools there are, as the server says when it is asked properly."""
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": ENVELOPE}}
        routing = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/list"}
        status, _, body = self.post(json.dumps(message).encode(), {**JSON, **routing})
        assert status == 200
        return len(json.loads(body[body.index(b"{") : body.rindex(b"}") + 1])["result"]["tools"])

    def session(self) -> str:
        """Begin a session as older clients do, and return its ID."""
        message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO}
        return self.post(json.dumps(message).encode(), JSON)[1]["mcp-session-id"]

    def tasks(self) -> list[Any]:
        """Return all that is stored of the tasks."""
        with closing(sqlite3.connect(self._tasks)) as database:
            return database.execute("SELECT * FROM tasks JOIN documents USING (seq) ORDER BY seq").fetchall()


@contextmanager
def web_program(folder: Path) -> Generator[WebProgram]:
    """Start a server over a few tasks, and see to it that it ends well."""
    tasks = folder / "tasks.sqlite3"
    given = {"WAYLAY_MCP_SANDBOX_DB": str(tasks), "WAYLAY_MCP_SANDBOX_TASKS": "6", "WAYLAY_MCP_APPROVALS": "off"}
    given |= {"WAYLAY_MCP_STATE_DIR": str(folder / "state"), "WAYLAY_MCP_DRAIN_SECONDS": "1"}
    process = subprocess.Popen(  # noqa: S603 - our own command
        [COMMAND, "serve", "--http", "--port", "0"],
        stderr=subprocess.PIPE,
        env=clean_environment(HOME="/nonexistent", **given),
    )
    assert process.stderr is not None
    said = [process.stderr.readline().decode()]
    stream = process.stderr

    def listen() -> None:
        with stream:
            said.extend(line.decode("utf-8", "replace") for line in stream)

    listening = threading.Thread(target=listen, daemon=True)
    listening.start()
    try:
        yield WebProgram(int(said[0].split("127.0.0.1:")[1].split("/")[0]), tasks, said)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        listening.join(PATIENCE)
