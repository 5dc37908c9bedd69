"""Files of clients, and the command that changes them."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import json5
import pytest

from server.cli import run
from server.installing.clients import all_clients

FIXTURES = Path(__file__).parent / "fixtures"
CLIENTS = {client.name: client for client in all_clients()}
ENTRY = "waylay-tasks"

every_fixture = pytest.mark.parametrize(
    "fixture",
    sorted(path for path in FIXTURES.glob("*/*") if path.suffix in {".json", ".toml"}),
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)


def copied(fixture: Path, folder: Path) -> Path:
    """Return a copy of a fixture under a name of no meaning."""
    copy = folder / f"config{fixture.suffix}"
    copy.write_bytes(fixture.read_bytes())
    return copy


def install(client: str, file: Path, *more: str) -> int:
    return run(["install", "--client", client, "--path", str(file), "--yes", *more])


def data(file: Path) -> Any:
    """Return what a file says, read by others than those who wrote it."""
    text = file.read_text("utf-8-sig")
    if file.suffix == ".toml":
        return tomllib.loads(text)
    return json5.loads(text) if _says_something(text) else {}


def servers(client: str, file: Path) -> dict[str, Any]:
    node = data(file)
    for name in CLIENTS[client].path:
        node = node.get(name, {})
    return cast("dict[str, Any]", node)


def texts(value: Any) -> Iterator[str]:
    """Yield every text that is a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in cast("dict[str, Any]", value).values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from texts(inner)


def names(value: Any) -> Iterator[str]:
    """Yield every name of a member."""
    if isinstance(value, dict):
        yield from cast("dict[str, Any]", value)
    inner = cast("dict[str, Any]", value).values() if isinstance(value, dict) else value
    for one in cast("list[Any]", inner) if isinstance(value, (dict, list)) else ():
        yield from names(one)


def copies(file: Path) -> list[Path]:
    return sorted(file.parent.glob(f"{file.name}.*.bak"))


def _says_something(text: str) -> bool:
    return "{" in text
