"""The engine's tasks in SQLite. Documents lie apart from the columns, so that scanning the columns stays fast."""

import json
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from dataclasses import fields
from operator import attrgetter
from pathlib import Path

from server.sandbox.document import Document
from server.sandbox.tables import SCHEMA, NewTask, TaskRow, tag_text

_SAMPLE, _COMMON = 1000, 20
"""How many tasks are looked at to judge a scan, and how many of them must match for it to be common."""

_PATIENCE_SECONDS, _SEEDING_SECONDS = 5, 300
"""How long to wait for another process that writes to the same file; at the start it may be storing a whole estate."""

_ATTEMPTS, _PAUSE_SECONDS = 250, 0.02
"""How often, and after how long each time, the one step is tried that SQLite does not wait for."""

_COLUMNS = [column.name for column in fields(TaskRow)]
_values = attrgetter(*_COLUMNS)
_INSERT = f"INSERT INTO tasks ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
_UPDATE = f"UPDATE tasks SET {', '.join(f'{column} = ?' for column in _COLUMNS)} WHERE id = ?"


class Store:
    """All tasks, in a file or in memory."""

    def __init__(self, path: Path | None = None) -> None:
        self._db = sqlite3.connect(
            path or ":memory:", timeout=_SEEDING_SECONDS, check_same_thread=False, isolation_level=None
        )
        self._write_ahead()
        self._db.executescript(f"PRAGMA synchronous=NORMAL; BEGIN IMMEDIATE; {SCHEMA} COMMIT;")

    def fill(self, tasks: Iterable[NewTask]) -> None:
        """Store tasks where there are none yet. Of several processes that start at once, one does so."""
        with self._transaction():
            if self._db.execute("SELECT 1 FROM tasks LIMIT 1").fetchone() is None:
                self._insert(tasks)
        self._db.execute(f"PRAGMA busy_timeout={_PATIENCE_SECONDS * 1000}")

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
            self._insert(tasks)

    def replace(self, task: NewTask) -> None:
        """Store a task's new columns, document, tags and plug-ins in place of the old ones, if it is still there."""
        with self._transaction():
            seq = self._seq(task.row.id)
            if seq is None:
                return
            self._db.execute(_UPDATE, (*_values(task.row), task.row.id))
            self._forget(seq, ("documents", "tags", "plugins"))
            self._describe(seq, task)

    def update(self, row: TaskRow) -> None:
        """Store a task's columns."""
        self._db.execute(_UPDATE, (*_values(row), row.id))

    def delete(self, task_id: str) -> None:
        """Forget a task."""
        with self._transaction():
            self._forget(self._seq(task_id), ("documents", "tags", "plugins", "tasks"))

    def finish(self, now_ms: int) -> None:
        """End the one-time tasks whose time is over: nothing else does, and nobody sees the difference.

        Their run was a good one, and pushes one of the 64 that health is about out.
        """
        if self._db.execute("SELECT 1 FROM tasks WHERE finish_ms <= ? LIMIT 1", (now_ms,)).fetchone():
            self._db.execute(
                "UPDATE tasks SET status = 'stopped', finished_ms = finish_ms, last_run_ms = started_ms, "
                "error_rate = error_rate * MIN(runs, 63) / (MIN(runs, 63) + 1), runs = runs + 1, "
                "started_ms = NULL, finish_ms = NULL WHERE finish_ms <= ?",
                (now_ms,),
            )

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def _write_ahead(self) -> None:
        """Let readers and the writer not wait for each other, if the file system can do that.

        Processes that ask for it at the same time get in each other's way.
        """
        for _ in range(_ATTEMPTS):
            try:
                self._db.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                if not error.sqlite_errorname.startswith("SQLITE_BUSY"):
                    return
                time.sleep(_PAUSE_SECONDS)
            else:
                return

    def _insert(self, tasks: Iterable[NewTask]) -> None:
        for task in tasks:
            seq = self._db.execute(_INSERT, _values(task.row)).lastrowid
            self._describe(seq, task)

    def _count(self, select: str, values: Sequence[object]) -> int:
        return self._db.execute(f"SELECT COUNT(*) FROM ({select})", values).fetchone()[0]

    def _read(self, where: str, values: Sequence[object]) -> list[tuple[TaskRow, Document]]:
        columns = ", ".join(_COLUMNS)
        rows = self._db.execute(
            f"SELECT {columns}, document FROM tasks JOIN documents USING (seq) WHERE {where} ORDER BY seq", values
        )
        return [(TaskRow(*row[:-1]), json.loads(row[-1])) for row in rows]

    def _seq(self, task_id: str) -> int | None:
        found = self._db.execute("SELECT seq FROM tasks WHERE id = ?", (task_id,)).fetchone()
        return found[0] if found else None

    def _describe(self, seq: int | None, task: NewTask) -> None:
        self._db.execute("INSERT INTO documents VALUES (?, ?)", (seq, json.dumps(task.document)))
        self._db.executemany("INSERT INTO tags VALUES (?, ?, ?)", [(k, tag_text(v), seq) for k, v in task.tags.items()])
        self._db.executemany("INSERT INTO plugins VALUES (?, ?)", [(plugin, seq) for plugin in task.plugins])

    def _forget(self, seq: int | None, tables: Sequence[str]) -> None:
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
