"""Where consents are kept until they are spent or expire, so that each is spent once, whichever worker is asked.

In memory for a single process; in a file that only its owner can read for all workers of one machine. A handle is
128 random bits; the ledger keeps its digest alone, so that reading the file gives nobody a consent.
"""

import hashlib
import secrets
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

import anyio.to_thread

from server.guard.consent import Consent

ResultT = TypeVar("ResultT")

MAX_OPEN = 10_000
"""Consents that may be open at once; beyond that nothing is asked, so that nobody can fill the disk."""

_KEPT_AFTER_EXPIRY = 3600
"""Seconds for which an expired consent can still be told from an unknown one."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS consents (
    handle TEXT PRIMARY KEY,
    consent TEXT NOT NULL,
    outcome TEXT,
    expires REAL NOT NULL
)
"""


class LedgerUnavailable(Exception):
    """A consent cannot be kept or looked up."""


class TooManyOpen(LedgerUnavailable):
    """`MAX_OPEN` consents are open."""


class Entry(NamedTuple):
    """A consent, and what came of it: None while it is open."""

    consent: Consent
    outcome: str | None


class Ledger:
    """All consents that were asked for.

    Args:
        path: The file, None for memory. Its folder is created, for the owner alone.
        clock: Returns epoch seconds.
    """

    def __init__(self, path: Path | None, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None

    async def open(self, consent: Consent) -> str:
        """Keep a new consent and return its handle.

        Raises:
            LedgerUnavailable: it could not be kept.
        """
        handle = secrets.token_urlsafe(16)
        await self._in_thread(lambda db: self._insert(db, handle, consent))
        return handle

    async def read(self, handle: str) -> Entry | None:
        """Return the consent that a handle stands for; None for a handle that is unknown or long expired."""
        select = "SELECT consent, outcome FROM consents WHERE handle = ?"
        row = await self._in_thread(lambda db: db.execute(select, (_digest(handle),)).fetchone())
        return Entry(Consent.model_validate_json(row[0]), row[1]) if row else None

    async def close(self, handle: str, outcome: str) -> bool:
        """Note what came of a consent; true for the one caller who finds it still open and unexpired."""
        update = "UPDATE consents SET outcome = ? WHERE handle = ? AND outcome IS NULL AND expires > ?"
        values = (outcome, _digest(handle), self._clock())
        return await self._in_thread(lambda db: db.execute(update, values).rowcount == 1)

    async def aclose(self) -> None:
        """Close the database."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    def _insert(self, db: sqlite3.Connection, handle: str, consent: Consent) -> None:
        now = self._clock()
        db.execute("DELETE FROM consents WHERE expires < ?", (now - _KEPT_AFTER_EXPIRY,))
        opened = db.execute("SELECT COUNT(*) FROM consents WHERE outcome IS NULL AND expires > ?", (now,)).fetchone()[0]
        if opened >= MAX_OPEN:
            raise TooManyOpen
        values = (_digest(handle), consent.model_dump_json(), consent.expires)
        db.execute("INSERT INTO consents (handle, consent, expires) VALUES (?, ?, ?)", values)

    async def _in_thread(self, work: Callable[[sqlite3.Connection], ResultT]) -> ResultT:
        """Run `work` off the event loop: another process may hold the file for a moment.

        Raises:
            LedgerUnavailable: the file fails.
        """

        def locked() -> ResultT:
            with self._lock:
                return work(self._connection())

        try:
            return await anyio.to_thread.run_sync(locked)
        except (sqlite3.Error, OSError) as error:
            raise LedgerUnavailable from error

    def _connection(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = _connect(self._path)
        return self._db


def _connect(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
        path.chmod(0o600)
    db = sqlite3.connect(path or ":memory:", timeout=5, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(_SCHEMA)
    except sqlite3.Error:
        db.close()
        raise
    return db


def _digest(handle: str) -> str:
    return hashlib.sha256(handle.encode()).hexdigest()
