"""The journal and the audit as they are in the store, read without the server."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tests.soak.deed import Row, deed, document_of

_CHANGES = "SELECT id, operation, task_id, task_name, sent, outcome FROM changes ORDER BY number"
_AUDIT = "SELECT record FROM audit ORDER BY number"
_OPEN = "SELECT id, task_id, task_name FROM changes WHERE outcome IS NULL OR outcome = 'unknown' ORDER BY number"
_OF_TASK = """SELECT id, operation, task_id, task_name, outcome, began, ended, looked, undoes FROM changes
WHERE task_id = ? OR task_name = ? ORDER BY number"""


def rows(store: Path) -> list[Row]:
    """Return the changes in a store."""
    with closing(sqlite3.connect(store)) as database:
        answers = dict(_answers(database))
        return [
            Row(deed(operation, task_id, _named(sent, name)), change_id, outcome, answers.get(change_id))
            for change_id, operation, task_id, name, sent, outcome in database.execute(_CHANGES)
        ]


def histories(store: Path) -> Iterator[str]:
    """Yield of each change that has no outcome what the journal and the audit have of its task."""
    with closing(sqlite3.connect(store)) as database:
        records = [text for (text,) in database.execute(_AUDIT)]
        for change_id, task_id, name in database.execute(_OPEN).fetchall():
            yield f"{change_id} has no outcome:"
            changes = database.execute(_OF_TASK, (task_id, name)).fetchall()
            yield from (f"    {change}" for change in changes)
            known = {str(part) for change in changes for part in (change[0], change[2]) if part}
            yield from (f"    {text}" for text in records if any(part in text for part in known))


def _named(sent: str | None, name: str) -> dict[str, str]:
    document = document_of(json.loads(sent) if sent else None)
    return {"name": str(document.get("name", name))}


def _answers(database: sqlite3.Connection) -> Iterator[tuple[str, str | None]]:
    """Yield what was answered before each change began."""
    for (text,) in database.execute(_AUDIT):
        record = document_of(json.loads(text))
        if record.get("kind") == "begun":
            yield record["change_id"], record.get("answered")
