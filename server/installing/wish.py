"""What is asked for on the command line: into which file goes what."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from server.installing.client import ENTRY_NAME, Client, Scope, Server
from server.installing.clients import all_clients
from server.installing.launching import launch
from server.installing.machine import Machine
from server.installing.signing_in import check_ways, variables_of
from server.settings import Settings, SettingsError
from server.version import NAME

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
"""Names that every client takes: some put them before the names of tools."""

FLAGS = {
    "WAYLAY_PROFILE": "--profile",
    "WAYLAY_MCP_CONFIRM": "--confirm",
    "WAYLAY_MCP_POLICY": "--policy",
    "WAYLAY_MCP_READ_ONLY": "--read-only",
    "WAYLAY_MCP_OUTPUT_LIMIT": "--output-limit",
    "WAYLAY_MCP_LOG_LEVEL": "--log-level",
}


@dataclass(frozen=True)
class Wish:
    """What is to go into which file.

    Attributes:
        client: Whose file it is.
        scope: Whether it is the person's or the project's.
        file: Where it is.
        usual_file: Where it usually is.
        name: What the entry is called.
        server: What it says.
        inputs: What VS Code is to ask its user for.
        signs_in: Whether the entry says how to sign in.
        writes_secrets: Whether credentials go into the file.
        project: The folder of the project.
    """

    client: Client
    scope: Scope
    file: Path
    usual_file: Path
    name: str
    server: Server = field(repr=False)
    inputs: tuple[Mapping[str, Any], ...] = ()
    signs_in: bool = False
    writes_secrets: bool = False
    project: Path = Path()

    @property
    def known_texts(self) -> frozenset[str]:
        """What this program writes into an entry, apart from the values of variables."""
        entry = self.client.entry(self.server)
        lists = (cast("list[Any]", value) if isinstance(value, list) else [value] for value in entry.values())
        texts = (one for values in lists for one in values if isinstance(one, str))
        return frozenset((*launch(), NAME, "--env-file", *FLAGS.values(), *texts))


def wish_of(own: Mapping[str, Any], machine: Machine) -> Wish:
    """Return what the command line asks for.

    Raises:
        SettingsError: it contradicts itself, or what it names is not there.
    """
    client = client_named(own["client"])
    scope = _scope(client, own["scope"])
    usual = client.files[scope](machine)
    file, name = (machine.project / own["path"] if own["path"] else usual), own["name"] or ENTRY_NAME
    if own["remove"]:
        return Wish(client, scope, file, usual, name, Server(""), project=machine.project)
    if not _NAME.fullmatch(name):
        raise SettingsError("--name: expected letters, digits, - and _, at most 40; nothing was changed")
    check_ways(client, scope, own)
    _check_flags(own["flags"])
    variables, inputs = variables_of(own, name)
    command, *first = launch()
    server = Server(command, (*first, *_arguments(own["flags"], own["env_file"], machine)), variables)
    signs_in = bool(variables or own["env_file"] or "WAYLAY_PROFILE" in own["flags"])
    return Wish(client, scope, file, usual, name, server, inputs, signs_in, own["write_credentials"], machine.project)


def client_named(name: str) -> Client:
    """Return a client by the name that `--client` takes."""
    return next(client for client in all_clients() if client.name == name)


def _scope(client: Client, wanted: Scope | None) -> Scope:
    if wanted is not None and wanted not in client.files:
        raise SettingsError(f"--scope: {client.title} has no file for a {wanted}; nothing was changed")
    return wanted or "user"


def _arguments(flags: Mapping[str, Any], env_file: Path | None, machine: Machine) -> tuple[str, ...]:
    """Return the arguments of the command; files by their full path, since a client starts it anywhere.

    Raises:
        SettingsError: a file is not there, or is no policy.
    """
    arguments: list[str] = []
    if env_file is not None:
        arguments += ["--env-file", _existing("--env-file", machine.project / env_file)]
    for setting, flag in FLAGS.items():
        value = flags.get(setting)
        if setting == "WAYLAY_MCP_POLICY" and value is not None:
            value = _existing(flag, machine.project / value)
            _check_policy(value)
        if value is not None and value is not False:
            arguments += [flag] if value is True else [flag, str(value)]
    return tuple(arguments)


def _check_flags(flags: Mapping[str, Any]) -> None:
    """Refuse flags with which the server would not start.

    Raises:
        SettingsError: which one, and what was expected.
    """
    from pydantic import ValidationError

    from server.settings_sources import wrong_values

    try:
        Settings.model_validate(dict(flags))
    except ValidationError as error:
        name, colon, why = wrong_values(error)[0].partition(":")
        raise SettingsError(f"{FLAGS.get(name, name)}{colon}{why}; nothing was changed") from None


def _existing(flag: str, file: Path) -> str:
    from server.settings_sources import is_file

    try:
        is_there = is_file(file)
    except OSError as error:
        raise SettingsError(f"{flag}: {file} cannot be read ({error.strerror}); nothing was changed") from None
    if not is_there:
        raise SettingsError(f"{flag}: there is no file {file}; nothing was changed")
    return str(file)


def _check_policy(file: str) -> None:
    """Refuse a policy with a mistake in it: the server would not start.

    Raises:
        SettingsError: which mistake.
    """
    from server.policy.check import check

    try:
        check(Path(file), None, [], [])
    except SettingsError as error:
        raise SettingsError(f"--policy: {error}; nothing was changed") from None
