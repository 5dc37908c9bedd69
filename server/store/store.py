"""The one store: consents, requests for approval, the journal of changes, the audit, and open approval pages.

SQLAlchemy takes its time to load, so the parts are made when they are first used, and the database is opened by the
first piece of work.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from importlib import import_module
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from server.store.seals import Seals
from server.store.unavailable import StoreUnavailable

if TYPE_CHECKING:
    from server.store.approvals import Approvals
    from server.store.audit import AuditRows
    from server.store.changes import Changes
    from server.store.consents import Consents
    from server.store.database import Database
    from server.store.pruning import Pruning
    from server.store.sessions import Sessions


_DAY = 86_400


class Store:
    """Everything that outlives a call.

    Args:
        url: Where it is: `sqlite://` is in memory, `sqlite:///file`, `postgresql://…`.
        clock: Returns epoch seconds.
        grace: Seconds for which an approval holds at least.
        keep_days: Days for which what is over is kept.
        keys: What consents are sealed with, and their seals checked; the first one seals.
        logs: Whether it is logged what is the matter with it; else whoever asks says so.

    Attributes:
        seals: Made with the keys.
    """

    def __init__(
        self,
        url: str,
        clock: Callable[[], float],
        grace: float,
        keep_days: float = 90,
        *,
        keys: Sequence[str] = (),
        logs: bool = True,
    ) -> None:
        self._url = url
        self._clock = clock
        self._grace = grace
        self._keep = keep_days * _DAY
        self._logs = logs
        self.seals = Seals(keys, logs=logs)
        # The check at the start and the first call may both want it first.
        self._making = threading.RLock()
        self._database: Database | None = None
        self._pruning: Pruning | None = None
        self._ahead: threading.Thread | None = None
        self.watching: Callable[[str], AbstractContextManager[object]] = nullcontext
        """What work is done in: see `Database`."""

    def load_ahead(self, seconds: float) -> None:
        """Load what takes long to load, in the background, in so many seconds, unless that is done already."""
        if self._ahead is None:
            self._ahead = threading.Timer(seconds, _load)
            self._ahead.daemon = True
            self._ahead.start()

    def check_ahead(self) -> None:
        """Open the database in the background, so that it is logged now where it cannot be used."""
        if self._url != "sqlite://":
            threading.Thread(target=self._check, daemon=True).start()

    @property
    def database(self) -> "Database":
        """The database."""
        with self._making:
            if self._database is None:
                from server.store.database import Database

                self._database = Database(self._url, logs=self._logs)
                self._database.afterwards = self.pruning.when_due
                self._database.watching = self._watched
            return self._database

    @property
    def pruning(self) -> "Pruning":
        """What removes what is past its time."""
        with self._making:
            database = self.database
            if self._pruning is None:
                from server.store.pruning import Pruning

                self._pruning = Pruning(database, self._clock, self._keep)
            return self._pruning

    @property
    def consents(self) -> "Consents":
        """The guard's ledger."""
        from server.store.consents import Consents

        return Consents(self.database, self._clock, self.seals)

    @property
    def approvals(self) -> "Approvals":
        """Requests for approval."""
        from server.store.approvals import Approvals

        return Approvals(self.database, self._clock, self._grace, self.seals)

    @property
    def changes(self) -> "Changes":
        """The journal."""
        from server.store.changes import Changes

        return Changes(self.database, self._clock, self.seals)

    @property
    def audit(self) -> "AuditRows":
        """The audit."""
        from server.store.audit import AuditRows

        return AuditRows(self.database)

    @property
    def sessions(self) -> "Sessions":
        """Who has the approval page open."""
        from server.store.sessions import Sessions

        return Sessions(self.database, self._clock, self.seals)

    async def aclose(self) -> None:
        """Close the database, if it was opened."""
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self.close)

    def close(self) -> None:
        """Close the database here, if it was opened."""
        if self._database is not None:
            self.pruning.stop()
            self._database.close()

    def check_now(self) -> None:
        """Look whether the database can be used, here; that may take some seconds.

        Raises:
            StoreUnavailable: it cannot.
        """
        from sqlalchemy import select

        from server.store.tables import CONSENTS

        self.database.run_now(lambda connection: connection.execute(select(CONSENTS.c.id).limit(1)).first())

    def _check(self) -> None:
        with suppress(StoreUnavailable):
            self.check_now()

    def _watched(self, work: str) -> AbstractContextManager[object]:
        return self.watching(work)


def _load() -> None:
    for name in ("audit", "changes", "consents"):
        import_module(f"server.store.{name}")
