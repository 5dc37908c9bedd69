"""What a block of configuration says, held against what reads it."""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import anyio
import yaml
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from server.settings_sources import load_settings
from server.store.handles import new_key
from tests.documents.blocks import Block
from tests.documents.shell import Shell
from tests.support.serving import PATIENCE

_READERS: Mapping[str, Callable[[str], Any]] = {"json": json.loads, "toml": tomllib.loads, "yaml": yaml.safe_load}
_SERVERS = ("servers", "mcpServers", "context_servers", "mcp_servers")
"""What hosts call the servers in their files."""


def parsed(block: Block) -> Any:
    """Return what is in a block, where its language is one that is read.

    Raises:
        ValueError: it cannot be read.
    """
    read = _READERS.get(block.language)
    return read(block.text) if read else None


def starts(block: Block, shell: Shell) -> None:
    """Start every server that a host's file names, as that host does, and ask which tools there are."""
    whole = cast("Mapping[str, Any]", parsed(block))
    ((key, servers),) = [(key, value) for key, value in whole.items() if key in _SERVERS]
    assert servers, key
    for server in servers.values():
        anyio.run(_asked, server, shell.environment)


async def _asked(server: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    given = {**environment, **server.get("env", {})}
    parameters = StdioServerParameters(command=server["command"], args=server.get("args", []), env=given)
    # A host looks the command up on its own PATH.
    parameters.command = _found(server["command"], environment["PATH"])
    with anyio.fail_after(2 * PATIENCE):
        async with Client(stdio_client(parameters)) as client:
            assert (await client.list_tools()).tools


def _found(command: str, path: str) -> str:
    places = [Path(folder, command) for folder in path.split(":")]
    return str(next(place for place in places if place.is_file()))


def settings_hold(block: Block, folder: Path) -> None:
    """Read lines of settings as `--env-file` does; a word in capitals stands for a key, and dots for anything.

    Raises:
        SettingsError: a server would not start with them.
    """
    others = block.about.removeprefix("with ").split() if block.about else []
    lines = [*others, *block.text.splitlines()]
    file = folder / "settings.env"
    file.write_text("\n".join(map(_filled_in, lines)), "utf-8")
    load_settings(file)


def _filled_in(line: str) -> str:
    name, _, value = line.partition("=")
    keyed = re.sub(r"\b(NEW|OLD)\b", lambda _: new_key(), value)
    return f"{name}={keyed.replace('…', 'anything')}"
