"""`install`: show the change to a client's file, ask, write it, and say what comes next."""

import sys
from collections.abc import Mapping
from typing import Any

from server.installing.copies import folder_of_copies
from server.installing.documents import bytes_of
from server.installing.found import Configured, configured_clients
from server.installing.machine import Machine, this_machine
from server.installing.plan import Plan, installation, removal
from server.installing.real_path import check_inside
from server.installing.refused import Refused
from server.installing.showing import alone, difference
from server.installing.telling import afterwards, before_asking, command_line, nothing
from server.installing.wish import Wish, wish_of
from server.installing.writing import replace
from server.printed import show_text
from server.settings import SettingsError
from server.terminal import is_terminal, types_yes
from tools.text import clean

_STATES = {
    "configured": "has this server",
    "absent": "does not have this server",
    "no file": "has no such file yet",
    "unreadable": "cannot be read",
}


def install(own: Mapping[str, Any]) -> int:
    """Do what the command line asks for, and return the exit status: 1 where a person said no.

    Raises:
        SettingsError: it was not done, and nothing was changed.
    """
    machine = this_machine()
    if own["client"] is None:
        return _without_client(own, machine)
    wish = wish_of(own, machine)
    try:
        plan = removal(wish) if own["remove"] else installation(wish)
        if own["print"]:
            return _print_entry(wish, plan)
        return _change(wish, plan, own)
    except Refused as refused:
        raise SettingsError(f"{wish.file}: {refused}. Nothing was changed") from None


def _without_client(own: Mapping[str, Any], machine: Machine) -> int:
    given = [f"--{name.replace('_', '-')}" for name in ("path", "scope", "remove", "print", "yes", "name") if own[name]]
    if given:
        raise SettingsError(f"{given[0]} needs --client, which says whose file it is; nothing was changed")
    found = configured_clients(machine)
    _say("Clients on this machine, and whether this server is in their files:" if found else "No client was found.")
    for state in found:
        _say("", *_state(state))
    _say("", f"To put it into one: {command_line()} --client NAME, for which `{command_line()} --help` has the names.")
    return 0


def _state(state: Configured) -> list[str]:
    entries = ", ".join(clean(entry.name) for entry in state.entries)
    told = f" (as {entries})" if entries else f": {state.why}" if state.why else ""
    return [f"{state.client}  {state.title}, {state.scope}", f"  {state.file}", f"  {_STATES[state.state]}{told}"]


def _print_entry(wish: Wish, plan: Plan) -> int:
    """Print what would be put into the file, or the file without it, as it may be shown."""
    if not wish.server.command:
        _say(*([nothing(wish)] if plan.kind == "none" else difference(wish, plan)))
        return 0
    _say(alone(wish, plan))
    return 0


def _change(wish: Wish, plan: Plan, own: Mapping[str, Any]) -> int:
    _say(f"{wish.client.title}, {wish.scope}: {wish.file}")
    if plan.kind == "none":
        _say(nothing(wish))
        return 0
    _say("", *difference(wish, plan), "", *before_asking(wish, plan))
    if own["yes"]:
        check_inside(wish, plan.found.file)
    elif not _agreed():
        _say("Nothing was changed.")
        return 1
    copies = folder_of_copies(plan.found.file, wish.scope)
    copy = replace(plan.found, bytes_of(plan.after), private=wish.writes_secrets, copies=copies)
    _say(f"{plan.kind.capitalize()}." + (f" The file as it was: {copy}" if copy else ""))
    _say(*afterwards(wish, plan))
    return 0


def _agreed() -> bool:
    """Ask the person at the terminal.

    Raises:
        SettingsError: there is none, so nobody can agree, or what they type cannot be read.
    """
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        raise SettingsError("nobody can be asked here: add --yes to write this, or --print. Nothing was changed")
    try:
        return types_yes("Write this? Type yes: ")
    except KeyboardInterrupt:
        _say("")
        return False
    except (OSError, ValueError):
        raise SettingsError(
            "no answer can be read from this terminal: run this in its foreground, or add --yes. Nothing was changed"
        ) from None


def _say(*lines: str) -> None:
    show_text("".join(f"{line}\n" for line in lines))
