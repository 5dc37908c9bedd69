"""Policies, tasks and operations, for tests that judge."""

from pathlib import Path
from typing import Any

from server.policy.file_policy import FilePolicy
from server.policy.judged import JUDGED
from server.policy.reading import read_policy
from tools.contract import AnyOperation, Target

BY_NAME: dict[str, AnyOperation] = {operation.name: operation for operation in JUDGED}


def policy(folder: Path, text: str) -> FilePolicy:
    """Return the policy that a file with this text holds."""
    file = folder / "policy.toml"
    file.write_bytes(text.encode())
    return read_policy(file)


def task(**facts: Any) -> Target:
    """Return a task with these facts, and otherwise a plain one."""
    plain: dict[str, Any] = {
        "id": "t1",
        "name": "Cold store 4",
        "status": "running",
        "type": "periodic",
        "template": None,
        "resources": (),
        "tags": {},
        "protected": False,
    }
    return Target(**{**plain, **facts})
