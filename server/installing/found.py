"""Which clients are on this machine, and in which of them this server is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any, Literal, cast

from server.installing.client import ENTRY_NAME, Client, Scope
from server.installing.clients import all_clients
from server.installing.documents import servers_of, text_of
from server.installing.machine import Machine, this_machine
from server.installing.refused import Refused
from server.installing.writing import look
from server.version import NAME

State = Literal["configured", "absent", "no file", "unreadable"]


@dataclass(frozen=True)
class Entry:
    """How a client starts this server.

    Attributes:
        name: What the client calls it.
        command: The command and its arguments.
        variables: The names of the variables that it is given; never their values.
        empty: Those of them that are set to nothing.
        reads_a_file: Whether the client gives it what is in a file of variables, besides.
    """

    name: str
    command: tuple[str, ...] = field(repr=False)
    variables: tuple[str, ...]
    empty: tuple[str, ...] = ()
    reads_a_file: bool = False


@dataclass(frozen=True)
class Configured:
    """A client's file.

    Attributes:
        client: Which client, as `--client` takes it.
        title: What people call it.
        scope: Whether it is the person's file or the project's.
        file: Where it is; it may not be there yet.
        state: Whether this server is in it.
        why: What is wrong with it where it cannot be read.
        entries: The entries that start this server.
    """

    client: str
    title: str
    scope: Scope
    file: Path
    state: State
    why: str = ""
    entries: tuple[Entry, ...] = ()


def configured_clients(machine: Machine | None = None) -> list[Configured]:
    """Return the files of the clients that are on this machine, and of those that this project has files for.

    A client is taken to be there when the folder is that it keeps its files in. Nothing is written.
    """
    machine = machine or this_machine()
    return [
        state_of(client, scope, file)
        for client in all_clients()
        for scope, file in _files(client, machine)
        if file.exists() or (scope == "user" and _is_here(file, machine))
    ]


def state_of(client: Client, scope: Scope, file: Path) -> Configured:
    """Return whether this server is in a client's file."""
    try:
        content = look(file).content
        if content is None:
            return Configured(client.name, client.title, scope, file, "no file")
        entries = tuple(entries_of(servers_of(client, text_of(content))))
    except Refused as refused:
        return Configured(client.name, client.title, scope, file, "unreadable", str(refused))
    return Configured(client.name, client.title, scope, file, "configured" if entries else "absent", entries=entries)


def entries_of(servers: Mapping[str, Any]) -> Iterator[Entry]:
    """Yield the entries that start this server, by their command, or by its usual name."""
    for name, entry in servers.items():
        fields = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
        command = tuple(part for part in (fields.get("command"), *_texts(fields.get("args"))) if isinstance(part, str))
        if name == ENTRY_NAME or any(_is_ours(part) for part in command):
            given = fields.get("env")
            variables = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
            empty = tuple(key for key, value in variables.items() if isinstance(value, str) and not value.strip())
            yield Entry(name, command, tuple(variables), empty, reads_a_file="envFile" in fields)


def _files(client: Client, machine: Machine) -> Iterator[tuple[Scope, Path]]:
    """Yield a client's files; in the home folder itself, a project's is the person's own."""
    known = set[Path]()
    for scope, where in client.files.items():
        file = where(machine)
        if file not in known:
            yield scope, file
        known.add(file)


def _is_here(file: Path, machine: Machine) -> bool:
    """Tell whether a client left traces: a folder of its own, and not only the one that all have."""
    return file.parent.is_dir() and file.parent != machine.home


def _texts(value: Any) -> Sequence[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else ()


def _is_ours(part: str) -> bool:
    return PurePath(part.replace("\\", "/")).name.removesuffix(".exe") == NAME
