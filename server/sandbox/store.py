"""The engine's tasks in SQLite. Documents lie apart from the columns, so that scanning the columns stays fast."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

_SCHEMA = """
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

Document = dict[str, Any]


@dataclass(slots=True)
class TaskRow:
    """A task's columns; times are epoch milliseconds.

    `started_ms` is set while it runs, and what it has run since then is derived from the clock: `runs` and
    `last_run_ms` say what was before.
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


_SAMPLE, _COMMON = 1000, 20
"""How many tasks are looked at to judge a scan, and how many of them must match for it to be common."""

_COLUMNS = [column.name for column in fields(TaskRow)]
_INSERT = f"INSERT INTO tasks ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
_UPDATE = f"UPDATE tasks SET {', '.join(f'{column} = ?' for column in _COLUMNS)} WHERE id = ?"


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to be stored, with what it is found by."""

    row: TaskRow
    document: Document
    tags: Document
    plugins: Iterable[str]


class Store:
    """All tasks, in a file or in memory."""

    def __init__(self, path: Path | None = None) -> None:
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _SCHEMA)

    def is_empty(self) -> bool:
        """Tell whether no task is stored."""
        return self._db.execute("SELECT 1 FROM tasks LIMIT 1").fetchone() is None

    def page(
        self, select: str, values: Sequence[object], limit: int, offset: int, *, scans: bool
    ) -> tuple[list[tuple[TaskRow, Document]], int]:
        """Return a page of the tasks whose `seq` an SQL select yields, oldest entry first, and how many there are.

        A select that `scans` for something rare is run once and cut here: in order it would scan for long, and once
        more to be counted. Where matches are common, or there is an index, SQL counts and cuts faster.
        """
        if scans and self._count(f"{select} AND seq <= {_SAMPLE}", values) < _COMMON:
            found = sorted(seq for (seq,) in self._db.execute(select, values))
            total, wanted = len(found), found[offset : offset + limit]
        else:
            page = self._db.execute(f"{select} ORDER BY seq LIMIT ? OFFSET ?", (*values, limit, offset))
            total, wanted = self._count(select, values), [seq for (seq,) in page]
        return self._read(f"seq IN ({', '.join('?' * len(wanted))})", wanted), total

    def find(self, task_id: str) -> tuple[TaskRow, Document] | None:
        """Return one task with its document."""
        found = self._read("id = ?", (task_id,))
        return found[0] if found else None

    def add(self, tasks: Iterable[NewTask]) -> None:
        """Store new tasks in one transaction."""
        with self._transaction():
            for task in tasks:
                seq = self._db.execute(_INSERT, astuple(task.row)).lastrowid
                self._describe(seq, task)

    def replace(self, task: NewTask) -> None:
        """Store a task's new columns, document, tags and plug-ins in place of the old ones."""
        with self._transaction():
            seq = self._seq(task.row.id)
            self._db.execute(_UPDATE, (*astuple(task.row), task.row.id))
            self._forget(seq, ("documents", "tags", "plugins"))
            self._describe(seq, task)

    def update(self, row: TaskRow) -> None:
        """Store a task's columns."""
        self._db.execute(_UPDATE, (*astuple(row), row.id))

    def delete(self, task_id: str) -> None:
        """Forget a task."""
        with self._transaction():
            self._forget(self._seq(task_id), ("documents", "tags", "plugins", "tasks"))

    def finish(self, now_ms: int) -> None:
        """End the one-time tasks whose time is over: nothing else does, and nobody sees the difference."""
        self._db.execute(
            "UPDATE tasks SET status = 'stopped', finished_ms = finish_ms, last_run_ms = started_ms, runs = runs + 1, "
            "started_ms = NULL, finish_ms = NULL WHERE finish_ms <= ?",
            (now_ms,),
        )

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def _count(self, select: str, values: Sequence[object]) -> int:
        return self._db.execute(f"SELECT COUNT(*) FROM ({select})", values).fetchone()[0]

    def _read(self, where: str, values: Sequence[object]) -> list[tuple[TaskRow, Document]]:
        columns = ", ".join(_COLUMNS)
        rows = self._db.execute(
            f"SELECT {columns}, document FROM tasks JOIN documents USING (seq) WHERE {where} ORDER BY seq", values
        )
        return [(TaskRow(*row[:-1]), json.loads(row[-1])) for row in rows]

    def _seq(self, task_id: str) -> int:
        return self._db.execute("SELECT seq FROM tasks WHERE id = ?", (task_id,)).fetchone()[0]

    def _describe(self, seq: int | None, task: NewTask) -> None:
        self._db.execute("INSERT INTO documents VALUES (?, ?)", (seq, json.dumps(task.document)))
        self._db.executemany("INSERT INTO tags VALUES (?, ?, ?)", [(k, tag_text(v), seq) for k, v in task.tags.items()])
        self._db.executemany("INSERT INTO plugins VALUES (?, ?)", [(plugin, seq) for plugin in task.plugins])

    def _forget(self, seq: int, tables: Sequence[str]) -> None:
        for table in tables:
            self._db.execute(f"DELETE FROM {table} WHERE seq = ?", (seq,))

    @contextmanager
    def _transaction(self):  # noqa: ANN202
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def tag_text(value: object) -> str:
    """Return a tag's value as text, the way it is written in a query."""
    return str(value).lower() if isinstance(value, bool) else str(value)
