"""`install`: show the change to a client's file, ask, write it, and say what comes next."""

import json
import shlex
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from server.installing.documents import with_entry
from server.installing.found import ENTRY_NAME, Configured, configured_clients
from server.installing.launching import typed
from server.installing.masking import shown_value
from server.installing.places import Machine, this_machine
from server.installing.plan import Plan, installation, removal
from server.installing.refused import Refused
from server.installing.showing import difference
from server.installing.wish import Wish, wish_of
from server.installing.writing import replace
from server.settings import SettingsError
from server.version import NAME
from tools.text import clean

_QUESTION = "Then ask: Which tasks have failed in Antwerp, and since when?"
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
    _say("", f"To put it into one: {_command()} --client NAME, for which `{_command()} --help` has the names.")
    return 0


def _state(state: Configured) -> list[str]:
    entries = ", ".join(clean(entry.name) for entry in state.entries)
    told = f" (as {entries})" if entries else f": {state.why}" if state.why else ""
    return [f"{state.client}  {state.title}, {state.scope}", f"  {state.file}", f"  {_STATES[state.state]}{told}"]


def _print_entry(wish: Wish, plan: Plan) -> int:
    """Print what would be put into the file, or the file without it, as it may be shown."""
    if not wish.server.command:
        _say(*([_nothing(wish)] if plan.kind == "none" else difference(wish, plan)))
        return 0
    if wish.client.format == "toml":
        _say(with_entry(wish.client, "", wish.name, shown_value(plan.entry)).rstrip())
        return 0
    inner: dict[str, Any] = {wish.name: shown_value(plan.entry)}
    for name in reversed(wish.client.path):
        inner = {name: inner}
    whole = {"inputs": list(wish.inputs), **inner} if wish.inputs else inner
    _say(json.dumps(whole, indent=2, ensure_ascii=False))
    return 0


def _change(wish: Wish, plan: Plan, own: Mapping[str, Any]) -> int:
    _say(f"{wish.client.title}, {wish.scope}: {wish.file}")
    if plan.kind == "none":
        _say(_nothing(wish))
        return 0
    _say("", *difference(wish, plan), "", *_before_asking(wish, plan))
    if not own["yes"] and not _agreed():
        _say("Nothing was changed.")
        return 1
    copy = replace(plan.found, plan.after.encode("utf-8"), private=wish.writes_secrets)
    _say(f"{plan.kind.capitalize()}." + (f" The file as it was: {copy}" if copy else ""))
    _say(*_afterwards(wish, plan))
    return 0


def _nothing(wish: Wish) -> str:
    return f"Nothing to do: {wish.name} is {'in it already, just so' if wish.server.command else 'not in it'}."


def _before_asking(wish: Wish, plan: Plan) -> list[str]:
    """Return what else a person should know before they agree."""
    said: list[str] = []
    if plan.before:
        said.append("What others wrote in the file is hidden here (…), and stays as it is.")
    if wish.client.caution and wish.scope == "user":
        said.append(wish.client.caution)
    if wish.file.is_symlink():
        said.append(f"It is a link to {plan.found.file}.")
    if plan.kind == "replaced":
        said.append(f"This replaces the entry that {wish.name} has now.")
    if wish.writes_secrets:
        others = " Others on this machine can read it." if plan.before and plan.found.mode & 0o077 else ""
        said.append(f"Your credentials go into this file as they are.{others} With --env-file they stay out of it.")
    said += [f"The folder {folder} is made for it." for folder in plan.found.new_folders[-1:]]
    return [*said, ""] if said else []


def _agreed() -> bool:
    """Ask the person at the terminal.

    Raises:
        SettingsError: there is none, so nobody can agree.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise SettingsError("nobody can be asked here: add --yes to write this, or --print. Nothing was changed")
    try:
        sys.stdout.write("Write this? Type yes: ")
        sys.stdout.flush()
        return sys.stdin.readline().strip().lower() in ("yes", "y")
    except KeyboardInterrupt:
        _say("")
        return False


def _afterwards(wish: Wish, plan: Plan) -> list[str]:
    if plan.kind == "removed":
        return [f"{wish.client.title} forgets it when it is started anew."]
    said = [
        f"Next: {wish.client.next_step.replace(ENTRY_NAME, wish.name)}",
        "Then ask: Which tasks have failed in Antwerp, and since when?",
    ]
    if not wish.signs_in and "env" not in plan.entry:
        said.append(_sandbox(wish))
    if wish.scope == "project" and wish.server.command != NAME:
        said.append("The entry has the path of this machine; others who use the project's file need their own.")
    return [*said, f"If it does not work: {_typed('doctor')}", f"To undo: {_command(wish)} --remove"]


def _sandbox(wish: Wish) -> str:
    ways = "--ask-for-credentials, or --env-file FILE" if wish.client.asks else "--env-file FILE"
    return (
        f"It works on the built-in sandbox, with no account. For your tenant, run this again with {ways}"
        " (WAYLAY_API_KEY and WAYLAY_API_SECRET, a line each)."
    )


def _command(wish: Wish | None = None) -> str:
    """Return the command line that does this again."""
    words = ["install"]
    if wish is not None:
        words += ["--client", wish.client.name]
        words += ["--scope", wish.scope] if wish.scope != "user" else []
        words += ["--path", str(wish.file)] if wish.file != wish.usual_file else []
        words += ["--name", wish.name] if wish.name != ENTRY_NAME else []
    return _typed(*words)


def _typed(*words: str) -> str:
    """Return a command of this program as a person types it."""
    whole = [*typed(), *words]
    return subprocess.list2cmdline(whole) if sys.platform == "win32" else shlex.join(whole)


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()
