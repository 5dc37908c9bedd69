"""Workers of one server, and what they share: a sandbox, a store in a file, and somebody at the approval page."""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from mcp.types import CallToolRequestParams, ElicitResult
from sqlalchemy import Connection

from server.app import build
from server.settings import Settings
from server.store.database import Database
from server.store.store import Store
from tests.machines.callers import Result, Session, context_of
from tests.support.approvals import Desk
from tests.support.world import Clock, Sandbox

ResultT = TypeVar("ResultT")


class StepwiseDatabase(Database):
    """Works without threads, and lets others go first: so that what interleaves does so again the next time."""

    async def run(self, work: Callable[[Connection], ResultT]) -> ResultT:
        """Run `work` in a transaction when it is this task's turn again."""
        await asyncio.sleep(0)
        return self.run_now(work)


class StepwiseStore(Store):
    """A store over such a database."""

    def __init__(self, url: str, clock: Callable[[], float], grace: float) -> None:
        super().__init__(url, clock, grace)
        self._database = StepwiseDatabase(url)

    async def aclose(self) -> None:
        """Close the database, here."""
        self.close()


class Page(Desk):
    """The approval page; it has handles that only browsers may see."""

    def __init__(self) -> None:
        super().__init__()
        self.handles: list[str] = []


class Worker:
    """One worker: settings of its own, everything else shared."""

    def __init__(self, sandbox: Sandbox, given: Settings, file: Path, page: Page) -> None:
        self.store = StepwiseStore(f"sqlite:///{file}", sandbox.clock, given.confirm_seconds)
        self.running = build(given, connection=sandbox.connection(), store=self.store, page=page, clock=sandbox.clock)

    async def call(
        self,
        session: Session,
        tool: str,
        arguments: Mapping[str, Any],
        *,
        state: str | None = None,
        answer: ElicitResult | None = None,
    ) -> Result:
        """Carry out a call as the SDK would hand it over."""
        params = CallToolRequestParams(
            name=tool,
            arguments=dict(arguments),
            request_state=state,
            input_responses={"confirm": answer} if answer else None,
        )
        return await self.running.calls.call(context_of(session), params)

    async def aclose(self) -> None:
        """End."""
        await self.running.aclose()


class Records:
    """What the store holds, read behind everybody's back."""

    def __init__(self, file: Path, clock: Clock) -> None:
        self._db = sqlite3.connect(file)
        self._db.row_factory = sqlite3.Row
        self._clock = clock

    def requests(self) -> list[sqlite3.Row]:
        """Return all requests for approval."""
        return self._db.execute("SELECT * FROM consents WHERE way = 'page' ORDER BY rowid").fetchall()

    def waiting(self) -> list[tuple[str, ...]]:
        """Return identity, client, call with its flags, and requirement of every request that waits."""
        query = """
            SELECT json_extract(shown, '$.identity'), json_extract(shown, '$.client'), call,
                   json_extract(bound, '$.arguments'),
                   json_extract(shown, '$.requirement')
            FROM consents WHERE way = 'page' AND outcome IS NULL AND expires > ?
        """
        return [tuple(row) for row in self._db.execute(query, (self._clock.now,))]

    def changes(self, after: int) -> list[sqlite3.Row]:
        """Return the journal's rows behind a number."""
        return self._db.execute("SELECT * FROM changes WHERE number > ? ORDER BY number", (after,)).fetchall()

    def led_to(self) -> list[str]:
        """Return the changes that requests for approval say they led to."""
        query = "SELECT change_id FROM consents WHERE change_id IS NOT NULL"
        return [row[0] for row in self._db.execute(query)]

    def close(self) -> None:
        """Close the file."""
        self._db.close()
