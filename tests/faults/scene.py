"""What each operation is called with, and how the sandbox's database tells whether it was carried out."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.world import Sandbox

_NAMES = ("Cold store 4: door alarm", "Pumpe Süd: Überdruck", "=cmd()|alarm", "冷蔵庫 3", "Meter, 'north' \"7\"")


@dataclass(frozen=True, slots=True)
class Scene:
    """A call that is about to be made.

    Attributes:
        tool: What is called.
        arguments: With what.
        made: Returns how often the database shows that it was carried out.
        shows: Returns whether a good result says what the database has.
        bystander: A task that the call is not about.
    """

    tool: str
    arguments: Mapping[str, Any]
    made: Callable[[], int]
    shows: Callable[[Mapping[str, Any]], bool]
    bystander: str


def set_up(tool: str, sandbox: Sandbox, rng: random.Random) -> Scene:
    """Return a scene for an operation, whose tasks are in the sandbox."""
    bystander = sandbox.create("Bystander")
    return _SCENES[tool](sandbox, rng, bystander)


def _document(rng: random.Random) -> dict[str, Any]:
    return {
        "name": f"{rng.choice(_NAMES)} {rng.randrange(1000)}",
        "template": "pumpVibration",
        "type": "periodic",
        "frequency": rng.randrange(1, 100) * 60_000,
        "tags": {"site": rng.choice(("ghent", "antwerp"))},
    }


def _new(sandbox: Sandbox, rng: random.Random, **settings: Any) -> str:
    return sandbox.create(**{**_document(rng), **settings})


def _count(sandbox: Sandbox, name: str) -> int:
    return sandbox.database.execute("SELECT COUNT(*) FROM tasks WHERE name = ?", (name,)).fetchone()[0]


def _stored(sandbox: Sandbox, task_id: str) -> dict[str, Any] | None:
    query = "SELECT document FROM documents JOIN tasks USING (seq) WHERE id = ?"
    row = sandbox.database.execute(query, (task_id,)).fetchone()
    return json.loads(row[0]) if row else None


def _create(sandbox: Sandbox, rng: random.Random, bystander: str) -> Scene:
    document = _document(rng)

    def shows(found: Mapping[str, Any]) -> bool:
        return (_stored(sandbox, found["task_id"]) or {}).get("name") == document["name"]

    return Scene(
        "create_task", {"specification": document}, lambda: _count(sandbox, document["name"]), shows, bystander
    )


def _replace(sandbox: Sandbox, rng: random.Random, bystander: str) -> Scene:
    task_id, document = _new(sandbox, rng), _document(rng) | {"frequency": 1_000_000}
    return Scene(
        "replace_task",
        {"task_id": task_id, "specification": document},
        lambda: int(_stored(sandbox, task_id) == document),
        lambda found: found["task"]["id"] == task_id and found["task"]["name"] == document["name"],
        bystander,
    )


def _command(tool: str, status: str) -> Callable[[Sandbox, random.Random, str], Scene]:
    def make(sandbox: Sandbox, rng: random.Random, bystander: str) -> Scene:
        task_id = _new(sandbox, rng, start=tool != "start_task")
        return Scene(
            tool,
            {"task_id": task_id},
            lambda: int(sandbox.status(task_id) == status),
            lambda found: (found["task"]["id"], found["task"]["status"]) == (task_id, status),
            bystander,
        )

    return make


def _delete(sandbox: Sandbox, rng: random.Random, bystander: str) -> Scene:
    runs = rng.random() < 1 / 2
    task_id = _new(sandbox, rng, start=runs)
    return Scene(
        "delete_task",
        {"task_id": task_id, **({"force_stop": True} if runs else {})},
        lambda: int(sandbox.status(task_id) is None),
        lambda found: found["deleted"] == task_id,
        bystander,
    )


def _list(sandbox: Sandbox, rng: random.Random, bystander: str) -> Scene:
    there = {bystander, *(_new(sandbox, rng) for _ in range(rng.randrange(1, 4)))}

    def shows(found: Mapping[str, Any]) -> bool:
        return {task["id"] for task in found["tasks"]} == there and found.get("total") in (None, len(there))

    return Scene("list_tasks", {}, lambda: 0, shows, bystander)


def _get(sandbox: Sandbox, rng: random.Random, bystander: str) -> Scene:
    task_id = _new(sandbox, rng)
    name = (_stored(sandbox, task_id) or {})["name"]

    def shows(found: Mapping[str, Any]) -> bool:
        task = found["task"]
        return (task["id"], task["status"]) == (task_id, "running") and task["name"] == name

    return Scene("get_task", {"task_id": task_id}, lambda: 0, shows, bystander)


def _get_configuration(sandbox: Sandbox, rng: random.Random, bystander: str) -> Scene:
    task_id = _new(sandbox, rng)
    return Scene(
        "get_task_configuration",
        {"task_id": task_id},
        lambda: 0,
        lambda found: found["specification"] == _stored(sandbox, task_id),
        bystander,
    )


_SCENES: Mapping[str, Callable[[Sandbox, random.Random, str], Scene]] = {
    "list_tasks": _list,
    "get_task": _get,
    "get_task_configuration": _get_configuration,
    "create_task": _create,
    "replace_task": _replace,
    "start_task": _command("start_task", "running"),
    "stop_task": _command("stop_task", "stopped"),
    "delete_task": _delete,
}

TOOLS = tuple(_SCENES)
"""The eight operations."""
