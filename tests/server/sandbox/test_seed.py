from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from server.sandbox.app import build_sandbox
from server.sandbox.engine import Engine
from server.sandbox.specification import read_document
from tests.support.world import Clock, Sandbox

HOUR = 3_600_000


def estate(seed: int) -> list[tuple[object, ...]]:
    app = build_sandbox(tasks=200, seed=seed, clock=Clock())
    database = app.state.store._db  # noqa: SLF001
    rows = database.execute("SELECT id, name, status, runs, document FROM tasks JOIN documents USING (seq)").fetchall()
    app.state.store.close()
    return rows


def test_the_same_seed_gives_the_same_estate_and_another_one_another() -> None:
    assert estate(7) == estate(7)
    assert estate(7) != estate(8)


def test_the_estate_is_worth_looking_at() -> None:
    statuses = [str(row[2]) for row in estate(7)]
    assert statuses.count("running") > 100
    assert min(statuses.count(status) for status in ("failed", "stopped", "pending")) >= 1
    names = " ".join(str(row[1]) for row in estate(8))
    for word in ("Cold store 4 Ghent: door alarm", "Pump", "Meter", "AHU", "Compressor"):
        assert word in names


def test_every_task_of_the_estate_could_have_been_posted() -> None:
    sandbox = Sandbox(tasks=300)
    for row in sandbox.database.execute("SELECT id FROM tasks"):
        read_document(sandbox.engine.configuration(row[0]))
    sandbox.close()


def test_a_file_keeps_the_tasks(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.sqlite3"
    first = build_sandbox(path, tasks=5)
    task_id = Engine(first.state.store, Clock()).create(
        {"name": "Mine", "template": "internet.json"}, fail_on_warning=False
    )[0]
    first.state.store.close()
    second = build_sandbox(path, tasks=5)
    assert second.state.store.find(task_id) is not None
    second.state.store.close()


def test_a_task_that_does_not_run_any_more_ran_last_when_its_schedule_says() -> None:
    sandbox = Sandbox(tasks=3000)
    query = "SELECT id FROM tasks WHERE status IN ('failed', 'stopped')"
    kinds: list[str] = []
    for (task_id,) in sandbox.database.execute(query).fetchall():
        task = sandbox.engine.get(task_id, "bn")
        kinds.append(kind_checked(task))
        assert task["createTime"] <= task.get("lastExecutionTime", task["createTime"]) <= task["finishedTime"]
        assert (task["invocationCount"] > 0) == ("lastExecutionTime" in task)
        assert task["invocationCount"] > 0 or task["status"] == "stopped"
    assert {"cron", "rrule", "periodic", "onetime", "reactive"} <= set(kinds)
    sandbox.close()


def kind_checked(task: dict[str, Any]) -> str:
    """Check a task's last run against what its kind says; return the kind."""
    last, end = task.get("lastExecutionTime"), task["finishedTime"]
    kind = next((name for name in ("cron", "rrule") if name in task), task["type"])
    if last is None:
        return "not run"
    if kind == "cron":
        local = datetime.fromtimestamp(last / 1000, ZoneInfo(task["timeZone"]))
        assert (local.second, local.minute, local.hour) == (0, int(task["cron"].split()[1]), 6)
        assert end - last < 25 * HOUR
    elif kind == "rrule":
        local = datetime.fromtimestamp(last / 1000, UTC)
        assert (local.second, local.minute, local.hour, local.day) == (0, 0, 7, 1)
        assert end - last < 31 * 24 * HOUR
    elif kind == "periodic":
        assert (last - task["createTime"]) == task["invocationCount"] * task["frequency"]
        assert end - last < task["frequency"]
    elif kind == "onetime":
        assert (last, end) == (task["createTime"], task["createTime"] + 2000)
    return kind
