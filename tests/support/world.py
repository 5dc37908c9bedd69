"""A server over a sandbox that the test can look into: everything is real but the network between the two."""

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Literal, cast

import httpx
from mcp import Client
from mcp.client.session import ElicitationFnT
from mcp.types import CallToolResult, TextContent
from starlette.types import ASGIApp, Receive, Scope, Send

from server.app import Running, build
from server.guard.page import ApprovalPage
from server.observing.meter import Meter
from server.sandbox.app import build_sandbox
from server.sandbox.engine import Engine
from server.settings import Settings
from server.store.store import Store
from server.upstream.client import Upstream
from server.upstream.connection import Connection
from server.upstream.limits import Limits
from server.upstream.watching import Watcher
from tests.canary.values import API_KEY, API_SECRET

Era = Literal["modern", "legacy"]

NOW = 1_795_000_000.0
"""When tests take place, unless they move the clock."""

NEVER = 1_000_000
"""Failures in a row after which a service is left alone, where that is not what is tested."""


class Clock:
    """A clock that only moves when it is told to."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        """Return epoch seconds."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Move on."""
        self.now += seconds


class Recorder:
    """Passes requests on to an application and notes them, with the status that came back."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.requests: list[tuple[str, str, int]] = []
        self.before: Callable[[str, str], Awaitable[object]] | None = None
        """Awaited with method and path before a request is passed on."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = 0

        async def watch(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        if self.before is not None and scope["type"] == "http":
            await self.before(scope["method"], scope["path"])
        await self.app(scope, receive, watch)
        if scope["type"] == "http":
            query = scope["query_string"].decode()
            self.requests.append((scope["method"], scope["path"] + (f"?{query}" if query else ""), status))

    @property
    def attempts(self) -> list[tuple[str, str, int]]:
        """The requests that would change something, whatever came of them."""
        return [request for request in self.requests if request[0] != "GET"]

    @property
    def writes(self) -> list[tuple[str, str, int]]:
        """The requests that change something, and were let through."""
        return [request for request in self.attempts if request[2] < 400]


class Sandbox:
    """The embedded engine, recorded, with a way into its database."""

    def __init__(self, tasks: int = 0, clock: Clock | None = None, path: Path | None = None) -> None:
        self.clock = clock or Clock()
        # Like a server's own: a file is the same sandbox for every process, what is in memory is this object's.
        self.identity = f"sandbox {path or id(self)}"
        self.app = build_sandbox(path, tasks, clock=self.clock)
        self.recorder = Recorder(self.app)
        self.engine = Engine(self.app.state.store, self.clock)

    def create(self, name: str = "Pump watch", **settings: Any) -> str:
        """Create a task behind the server's back; running unless `start` is false."""
        document = {"name": name, "template": "pumpVibration", "type": "periodic", "frequency": 60_000, **settings}
        return self.engine.create(document, fail_on_warning=False)[0]

    def put(self, task_id: str, status: str, document: dict[str, Any]) -> None:
        """Make a task what it should be, whether it exists or not."""
        if self.status(task_id) is None:
            new_id = self.engine.create(document, fail_on_warning=False)[0]
            self.change(new_id, "id", task_id)
        self.engine.replace(task_id, document)
        self.change(task_id, "status", status)
        self.change(task_id, "started_ms", round(self.clock() * 1000) if status == "running" else None)

    def fail(self, task_id: str) -> None:
        """Make a task a failed one."""
        self.change(task_id, "status", "failed")

    def change(self, task_id: str, column: str, value: object) -> None:
        """Set a column of a task behind everybody's back."""
        self.database.execute(f"UPDATE tasks SET {column} = ? WHERE id = ?", (value, task_id))  # noqa: S608

    def status(self, task_id: str) -> str | None:
        """Return a task's status in the database; None when there is no such task."""
        row = self.database.execute("SELECT status FROM tasks WHERE id = ?", (task_id,)).fetchone()
        return row[0] if row else None

    @property
    def database(self) -> sqlite3.Connection:
        """The engine's own connection."""
        return self.app.state.store._db  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]

    def connection(self, *, total_timeout: float = 10, failures: int = NEVER) -> Connection:
        """Return the way to this sandbox for a server in the same process."""

        def open_client(watcher: Watcher) -> Upstream:
            transport = httpx.ASGITransport(self.recorder, raise_app_exceptions=False)
            client = httpx.AsyncClient(transport=transport, base_url="http://sandbox", auth=(API_KEY, API_SECRET))
            # It hardly pauses, and is never left alone: what has to pass is what a test makes of it, not time.
            return Upstream(client, Limits(total_timeout, pause=0.001, failures=failures), watcher)

        return Connection(open_client, "sandbox", self.identity)

    def close(self) -> None:
        """Close the database."""
        self.app.state.store.close()


class World:
    """A sandbox and a server over it."""

    def __init__(
        self,
        sandbox: Sandbox,
        settings: Settings,
        *,
        url: str = "sqlite://",
        store: Store | None = None,
        page: ApprovalPage | None = None,
        meter: Meter | None = None,
        failures: int = NEVER,
    ) -> None:
        self.sandbox = sandbox
        self.settings = settings
        self.clock = sandbox.clock
        self.store = store or Store(url, self.clock, settings.confirm_seconds, settings.retention_days)
        self.running: Running = build(
            settings,
            connection=sandbox.connection(failures=failures),
            store=self.store,
            page=page,
            meter=meter,
            clock=self.clock,
        )

    def client(self, era: Era = "modern", ask: ElicitationFnT | None = None) -> Client:
        """Return a client to enter; one that can ask its user when `ask` answers for that user."""
        return Client(
            self.running.server, mode="auto" if era == "modern" else "legacy", elicitation_callback=ask, cache=None
        )

    async def call(self, tool: str, **arguments: Any) -> CallToolResult:
        """Call a tool with a client that cannot ask."""
        async with self.client() as client:
            return await client.call_tool(tool, arguments)


def settings(**given: Any) -> Settings:
    """Return settings by their field names, whatever the environment says; a call does not look around for long."""
    aliases = {name: field.alias or name for name, field in Settings.model_fields.items()}
    return Settings.model_validate({aliases[name]: value for name, value in {"settle_seconds": 0.02, **given}.items()})


def text(result: CallToolResult) -> str:
    """Return a result's text, without the mark of the sandbox that every text has."""
    shown = "\n".join(part.text for part in result.content if isinstance(part, TextContent))
    assert shown.startswith("[sandbox] ")
    return shown.removeprefix("[sandbox] ")


def said(result: CallToolResult) -> str:
    """Return a result's text without the line that tells which change was made."""
    return "\n".join(line for line in text(result).splitlines() if not line.startswith("Change "))


def data(result: CallToolResult) -> dict[str, Any]:
    """Return a result's data."""
    return cast("dict[str, Any]", result.structured_content)


def error(result: CallToolResult) -> dict[str, Any]:
    """Return a failed result's error, which the text has to say too."""
    assert result.is_error
    found = data(result)["error"]
    assert found["message"] in "\n".join(part.text for part in result.content if isinstance(part, TextContent))
    return found


def ids(result: CallToolResult) -> Sequence[str]:
    """Return the IDs of a page."""
    return [task["id"] for task in data(result)["tasks"]]
