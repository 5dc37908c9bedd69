import sqlite3
from dataclasses import replace

import pytest

from server.sandbox.store import NewTask
from tests.support.world import Sandbox


def test_what_cannot_be_stored_whole_is_not_stored_at_all(sandbox: Sandbox) -> None:
    row, document = sandbox.app.state.store.find(sandbox.create())
    new = NewTask(replace(row, id="new"), document, {"site": "ghent"}, ["dice"])
    taken = NewTask(row, document, {}, [])
    with pytest.raises(sqlite3.IntegrityError):
        sandbox.app.state.store.add([new, taken])
    assert sandbox.status("new") is None
    assert sandbox.database.execute("SELECT COUNT(*) FROM tags").fetchone() == (0,)
    sandbox.app.state.store.add([new])
    assert sandbox.status("new") == "running"
