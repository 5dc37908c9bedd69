"""The way from nothing to a first answer, taken as a stranger takes it, and timed.

It clones this repository into an empty folder and runs the two commands of the README there. Then it does what an
editor does: it reads the configuration that was written, starts exactly the command that it names, and asks for tasks.
`python -m tests.first_answer`; what is not committed yet comes along.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mcp import Client
from mcp.client.stdio import StdioServerParameters

ROOT = Path(__file__).parent.parent
COMMANDS = (("make", "demo"), ("make", "install", "CLIENT=vscode", "ARGS=--yes"))
QUESTION: Mapping[str, Any] = {"status": "failed", "tags": {"site": "antwerp"}}
PATIENCE = 900
"""Seconds for each command: the first one fetches all that this server needs."""


def main() -> None:
    """Take the way and print how long each part of it took."""
    with TemporaryDirectory(prefix="first-answer-") as name:
        home, clone = Path(name), Path(name) / "clone"
        environment = _environment(home)
        started = time.monotonic()
        with _timed("git clone"):
            _clone(clone)
        for command in COMMANDS:
            with _timed(" ".join(command)):
                _run(command, clone, environment)
        entry = json.loads((home / "config" / "Code" / "User" / "mcp.json").read_text("utf-8"))["servers"]
        with _timed("a first answer, from the start of the server on"):
            answer = asyncio.run(_asked(entry["waylay-tasks"], home))
        _say(f"{time.monotonic() - started:7.1f} s  all of it", "", answer)


def _environment(home: Path) -> dict[str, str]:
    """Return an environment in which VS Code's configuration is nobody's, and pip still finds its indexes."""
    pip = Path.home() / ".config" / "pip" / "pip.conf"
    kept = {"PIP_CONFIG_FILE": str(pip)} if pip.exists() else {}
    unwanted = ("VIRTUAL_ENV", "PYTHONPATH", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "WAYLAY_", "COVERAGE")
    own = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return {**kept, **own, "XDG_CONFIG_HOME": str(home / "config"), "XDG_STATE_HOME": str(home / "state")}


def _clone(folder: Path) -> None:
    """Clone the repository, and add what is not committed yet."""
    _run(("git", "clone", "--quiet", str(ROOT), str(folder)), ROOT, os.environ)
    changed = _run(
        ("git", "ls-files", "-z", "--modified", "--others", "--deleted", "--exclude-standard"), ROOT, os.environ
    )
    for name in filter(None, changed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
        else:
            (folder / name).unlink(missing_ok=True)


def _run(command: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> str:
    """Run a command and return what it printed; end with that where it fails."""
    result = subprocess.run(  # noqa: S603 - commands of this file
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=PATIENCE, check=False,
    )  # fmt: skip
    if result.returncode:
        _say(result.stdout, result.stderr)
        sys.exit(f"`{' '.join(command)}` failed")
    return result.stdout


async def _asked(entry: Mapping[str, Any], home: Path) -> str:
    """Start what an entry says, as an editor does that a desktop has started, and return its first answer."""
    environment = {"HOME": str(home), "PATH": os.defpath}
    server = StdioServerParameters(
        command=entry["command"], args=entry.get("args", []), env={**environment, **entry.get("env", {})}, cwd=home
    )
    async with asyncio.timeout(60), Client(server) as client:
        result = await client.call_tool("list_tasks", dict(QUESTION))
    found: Any = result.structured_content
    if result.is_error or not found or not found["tasks"]:
        sys.exit(f"no answer: {result}")
    return "\n".join(part.text for part in result.content if part.type == "text")


@contextmanager
def _timed(what: str) -> Generator[None]:
    started = time.monotonic()
    yield
    _say(f"{time.monotonic() - started:7.1f} s  {what}")


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
