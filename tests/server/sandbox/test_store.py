import sqlite3
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE, Popen

import httpx
import pytest

from server.sandbox.tables import NewTask
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


@pytest.mark.parametrize("action", ["get", "listing", "configuration", "start", "stop"])
async def test_a_request_asks_once_what_is_over_and_writes_only_what_it_changes(
    api: httpx.AsyncClient, sandbox: Sandbox, action: str
) -> None:
    task_id = sandbox.create(start=action == "stop")
    method, path, most = {
        "get": ("GET", f"/{task_id}", 1),
        "listing": ("GET", "", 1),
        "configuration": ("GET", f"/{task_id}/conf", 0),
        "start": ("POST", f"/{task_id}/command/start", 1),
        "stop": ("POST", f"/{task_id}/command/stop", 1),
    }[action]
    statements: list[str] = []
    sandbox.database.set_trace_callback(statements.append)
    assert (await api.request(method, f"/rules/v1/tasks{path}")).status_code == 200
    sandbox.database.set_trace_callback(None)
    assert sum("finish_ms <=" in statement for statement in statements) == most
    assert sum(statement.startswith("UPDATE") for statement in statements) == (method == "POST")


def test_looking_for_what_is_over_needs_no_scan(sandbox: Sandbox) -> None:
    plan = sandbox.database.execute("EXPLAIN QUERY PLAN SELECT 1 FROM tasks WHERE finish_ms <= 5 LIMIT 1").fetchall()
    assert "INDEX tasks_to_finish" in plan[0][-1]


START = """
import sys
from pathlib import Path
from server.sandbox.app import build_sandbox
sys.stdin.read()
store = build_sandbox(Path(sys.argv[1]), tasks=400).state.store
print(store.page("SELECT seq FROM tasks WHERE 1", [], 1, 0, scans=False)[1])
"""


def test_of_processes_that_start_at_once_on_a_new_file_one_fills_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", START, str(tmp_path / "sandbox.sqlite3")]
    with ExitStack() as stack:
        processes = [
            stack.enter_context(Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True))  # noqa: S603 - ours
            for _ in range(4)
        ]
        for process in processes:
            assert process.stdin is not None
            process.stdin.close()
        said = [
            (process.stdout.read(), process.stderr.read()) for process in processes if process.stdout and process.stderr
        ]
    assert said == [("400\n", "")] * 4


def test_what_another_process_deleted_is_not_brought_back(sandbox: Sandbox) -> None:
    row, document = sandbox.app.state.store.find(sandbox.create())
    sandbox.app.state.store.delete(row.id)
    sandbox.app.state.store.replace(NewTask(row, document, {}, []))
    sandbox.app.state.store.delete(row.id)
    for table in ("tasks", "documents"):
        assert sandbox.database.execute(f"SELECT COUNT(*) FROM {table}").fetchone() == (0,)  # noqa: S608
