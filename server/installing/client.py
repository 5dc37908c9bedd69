"""What is known of a client: where its configuration is, how it is written, and what to do afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from server.installing.machine import Machine

Scope = Literal["user", "project"]
Format = Literal["json", "toml"]

ENTRY_NAME = "waylay-tasks"
"""What this server is called in a client's file, unless `--name` says otherwise."""

STDIO = {"type": "stdio"}
"""What an entry says besides where a client wants to be told how the server is spoken to."""


@dataclass(frozen=True)
class Server:
    """How a client is to start this server.

    Attributes:
        command: The program.
        arguments: What it is started with.
        variables: Environment variables that it gets; values may be secrets, so they are not in `repr`.
    """

    command: str
    arguments: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


@dataclass(frozen=True)
class Client:
    """A client of MCP that keeps its servers in a file.

    Attributes:
        name: What `--client` takes.
        title: What people call it.
        files: Where its file is, for each scope that it has.
        path: The names that lead to its servers in the file.
        next_step: What to do there once the file is written.
        extra: What its entries have besides command, arguments and variables.
        format: How the file is written.
        asks: Whether it can ask its user for a secret when it starts a server.
        caution: What a person should know before their own file is written.
    """

    name: str
    title: str
    files: Mapping[Scope, Callable[[Machine], Path]]
    path: tuple[str, ...]
    next_step: str
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    format: Format = "json"
    asks: bool = False
    caution: str = ""

    def entry(self, server: Server) -> dict[str, Any]:
        """Return what stands in the file for a server."""
        entry: dict[str, Any] = {key: value for key, value in self.extra.items() if key == "type"}
        entry["command"] = server.command
        if server.arguments:
            entry["args"] = list(server.arguments)
        if server.variables:
            entry["env"] = dict(server.variables)
        return entry | {key: value for key, value in self.extra.items() if key != "type"}
