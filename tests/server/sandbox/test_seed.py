from pathlib import Path

from server.sandbox.app import build_sandbox
from server.sandbox.engine import Engine
from server.sandbox.specification import read_settings
from tests.support.world import Clock, Sandbox


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
        read_settings(sandbox.engine.configuration(row[0]))
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
