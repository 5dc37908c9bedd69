"""A judge that calls tools and compares what became of the tasks with the hints that the tools give."""

import asyncio
import json
import sqlite3
import time
from pathlib import Path
from typing import Any, cast

from server.sandbox.app import build_sandbox
from tests.judges.environments import Environment, alone, run
from tests.judges.verdict import Verdict
from tests.support.serving import COMMAND

HINTS = Environment("mcp-groundtruth", ("mcp-groundtruth>=0.3,<0.4",))
_RUNNING, _STOPPED = "d23f0824-128b-4f33-8c5c-7fd0a6a3a450", "113db17d-30cb-497d-8fef-792866836886"
_DOCUMENT = {"name": "Replaced", "template": "pumpVibration", "type": "periodic", "frequency": 60_000}
_TOOLS: dict[str, dict[str, Any]] = {
    "list_tasks": {"hits": 5},
    "start_task": {"task_id": _STOPPED},
    "stop_task": {"task_id": _RUNNING},
    "replace_task": {"task_id": _STOPPED, "specification": _DOCUMENT},
}
_TASKS = 20
# The clock goes on between two runs, and the sandbox derives times and runs from it.
_BY_THE_CLOCK = ("created_ms", "started_ms", "finished_ms", "last_run_ms", "runs")


async def judge_hints(folder: Path) -> Verdict:
    """Call each tool once, twice, and twice at the same time, from the same state each time."""
    began, target = time.monotonic(), folder / "hints"
    target.mkdir()
    await asyncio.to_thread(_seed, target)
    (target / "target.toml").write_text(_definition(), "utf-8")
    words = ("run", target, "--audit", "--concurrent-attempts", "1", "--runs-dir", folder / "runs")
    await run([HINTS.commands / "mcpgt", *words], alone(HINTS, folder), folder, check=False)
    reports = list((folder / "runs").glob("*/report.json"))
    verdicts = [verdict for tool in json.loads(reports[0].read_text("utf-8"))["tools"] for verdict in tool["verdicts"]]
    details = {
        f"{verdict['tool']}:{verdict['test']}": f"{verdict['outcome']} {verdict['reason']}"
        for verdict in verdicts
        if verdict["outcome"] in ("VIOLATION", "INCONCLUSIVE")
    }
    passed = sum(verdict["outcome"] == "PASS" for verdict in verdicts)
    return Verdict(HINTS.name, passed, list(details), details, time.monotonic() - began)


def _seed(target: Path) -> None:
    tasks = target / "tasks.sqlite3"
    build_sandbox(tasks, _TASKS).state.store.close()
    database = sqlite3.connect(tasks)
    (target / "seed.sql").write_text("\n".join(database.iterdump()), "utf-8")
    database.close()


def _definition() -> str:
    environment = {
        "WAYLAY_MCP_SANDBOX_DB": "{state}/tasks.sqlite3",
        "WAYLAY_MCP_STATE_DIR": "{state}/own",
        "WAYLAY_MCP_CONFIRM": "off",
    }
    masks = [{"region": "tasks", "column": column, "kind": "timestamp"} for column in _BY_THE_CLOCK]
    tools = "".join(
        f"[[tools]]\nname = {json.dumps(name)}\narguments = {_toml(given)}\n" for name, given in _TOOLS.items()
    )
    return f"""
[target]
name = "waylay-tasks-mcp"
description = "This server over the sandbox's tasks in a file."
command = [{json.dumps(COMMAND)}]
env = {_toml(environment)}

[state]
locations = ["sqlite:tasks.sqlite3"]

[[adapters]]
kind = "sqlite"
label = "tasks.sqlite3"
seed = "seed.sql"
business = ["tasks", "documents", "tags", "plugins"]
append_only = []
mask = {_toml(masks)}

{tools}"""


def _toml(value: Any) -> str:
    """Return a value as TOML in one line."""
    if isinstance(value, dict):
        pairs = cast("dict[str, Any]", value).items()
        return "{" + ", ".join(f"{key} = {_toml(it)}" for key, it in pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, cast("list[Any]", value))) + "]"
    return json.dumps(value)
