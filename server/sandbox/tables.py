"""What the engine stores, and the tables that it is stored in."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.sandbox.document import Document

SCHEMA = """
CREATE TABLE IF NOT EXISTS tasks (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL COLLATE NOCASE,
    status TEXT NOT NULL,
    type TEXT NOT NULL,
    template TEXT,
    resource TEXT,
    resource_type TEXT,
    user TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    started_ms INTEGER,
    finish_ms INTEGER,
    finished_ms INTEGER,
    interval_ms INTEGER,
    runs INTEGER NOT NULL,
    last_run_ms INTEGER,
    error_rate REAL NOT NULL,
    protected INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS tasks_by_status ON tasks (status);
CREATE INDEX IF NOT EXISTS tasks_by_name ON tasks (name);
CREATE INDEX IF NOT EXISTS tasks_by_template ON tasks (template);
CREATE INDEX IF NOT EXISTS tasks_by_resource ON tasks (resource);
CREATE INDEX IF NOT EXISTS tasks_to_finish ON tasks (finish_ms) WHERE finish_ms IS NOT NULL;
CREATE TABLE IF NOT EXISTS documents (seq INTEGER PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tags (key TEXT, value TEXT, seq INTEGER, PRIMARY KEY (key, value, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS plugins (plugin TEXT, seq INTEGER, PRIMARY KEY (plugin, seq)) WITHOUT ROWID;
"""


@dataclass(slots=True)
class TaskRow:
    """A task's columns; times are epoch milliseconds.

    `started_ms` is set while it runs, and what it has run since then is derived from the clock: `runs` and
    `last_run_ms` say what was before. `error_rate` is that of the last runs before, or of all where none were before.
    """

    id: str
    name: str
    status: str
    type: str
    template: str | None
    resource: str | None
    resource_type: str | None
    user: str
    created_ms: int
    started_ms: int | None
    finish_ms: int | None
    finished_ms: int | None
    interval_ms: int | None
    runs: int
    last_run_ms: int | None
    error_rate: float
    protected: int


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to be stored, with what it is found by."""

    row: TaskRow
    document: Document
    tags: Document
    plugins: Iterable[str]


def tag_text(value: object) -> str:
    """Return a tag's value as text, the way it is written in a query."""
    return str(value).lower() if isinstance(value, bool) else str(value)
