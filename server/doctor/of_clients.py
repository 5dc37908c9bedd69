"""The clients on this machine: which of them start this server, and whether what they start is there."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from server.doctor.check import Finding, fine, problem, warning
from server.doctor.examined import Examined
from server.doctor.in_time import in_time
from server.installing.found import Configured, Entry, configured_clients
from server.settings_checks import check_meant, check_names
from server.settings_sources import NAMES
from server.version import NAME, VERSION
from tools.text import clean

SECONDS = 8
"""How long it may take, with what they start."""

_ONE_START = 3
_ANEW = f"Put it in anew: {NAME} install --client"
_INSTALL = f"Put it into one with: {NAME} install"
_CREDENTIALS = frozenset({"WAYLAY_API_KEY", "WAYLAY_TOKEN", "WAYLAY_PROFILE"})


async def look_at_clients(examined: Examined) -> Finding:
    """Find out which clients there are, and try what they start by asking it for its version."""
    try:
        found = await in_time(configured_clients, SECONDS / 2)
    except RuntimeError:
        # What Python says where there is no home folder, as in containers.
        return fine("There is no home folder here, so there are no clients, either.")
    details = {"clients": [_details(one) for one in found]}
    ours = [(one, entry) for one in found for entry in one.entries]
    starts = await in_time(lambda: _starts(entry for _, entry in ours), SECONDS / 2)
    lines = [_line(one, entry) for one, entry in ours] + [
        _unreadable(one) for one in found if one.state == "unreadable"
    ]
    wrong = [said for one, entry in ours for said in _wrong(one, entry, starts)]
    if wrong:
        (says, cure), others = wrong[0], [said for said, _ in wrong[1:]]
        return problem(says if says.endswith("?") else f"{says}.", cure, *others, *lines, **details)
    return _doubt(found, ours, starts, lines, details) or _well(found, ours, lines, details)


def _doubt(
    found: Sequence[Configured],
    ours: Sequence[tuple[Configured, Entry]],
    starts: Mapping[str, str | None],
    lines: Sequence[str],
    details: Mapping[str, Any],
) -> Finding | None:
    others = [said for one, entry in ours for said in _doubtful(one, entry, starts)]
    if others:
        return warning(f"{others[0]}.", "Correct it in that file.", *others[1:], *lines, **details)
    unreadable = [one for one in found if one.state == "unreadable"]
    if unreadable:
        says = f"The file of {unreadable[0].title} cannot be read, so it is not known what it starts."
        return warning(says, "Mend the file.", *lines, **details)
    return None


def _well(
    found: Sequence[Configured],
    ours: Sequence[tuple[Configured, Entry]],
    lines: Sequence[str],
    details: Mapping[str, Any],
) -> Finding:
    if ours:
        titles = ", ".join(dict.fromkeys(one.title for one, _ in ours))
        return fine(f"This server is in {titles}.", *lines, **details)
    if found:
        titles = ", ".join(dict.fromkeys(one.title for one in found))
        return fine(f"This server is in none of the clients here ({titles}). {_INSTALL}", **details)
    return fine("No client that this server knows of is on this machine.", **details)


def _details(one: Configured) -> dict[str, Any]:
    return {
        "client": one.client,
        "scope": one.scope,
        "file": str(one.file),
        "state": one.state,
        "entries": [{"name": entry.name, "variables": [*entry.variables]} for entry in one.entries],
    }


def _line(one: Configured, entry: Entry) -> str:
    given = ", ".join(clean(name, 60) for name in entry.variables) or "no variables"
    account = " (an account)" if _CREDENTIALS & {*entry.variables} else ""
    return f"{one.title} ({one.scope}): {clean(entry.name, 40)}, with {given}{account}; {clean(one.file, 200)}"


def _unreadable(one: Configured) -> str:
    return f"{one.title} ({one.scope}): {clean(one.file, 200)} cannot be read: {clean(one.why, 200)}"


def _wrong(one: Configured, entry: Entry, starts: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    """Yield why what a client starts cannot work, each with its cure."""
    command, anew = clean(entry.command[0], 200) if entry.command else "", f"{_ANEW} {one.client}"
    if command and _program(entry) is None:
        yield f"{one.title} starts {command}, and there is no such program", anew
    elif command and starts.get(entry.command[0], "") is None:
        yield f"{one.title} starts {command}, which does not start", anew
    for name in entry.variables:
        try:
            check_names({name: "set"}, NAMES)
            check_meant([name] if not _CREDENTIALS & {*entry.variables} else [])
        except ValueError as error:
            said = clean(str(error).partition(" Unset")[0], 150)
            yield f"{one.title} gives it a variable that stops it: {said}", f"Correct it in {clean(one.file, 200)}"


def _doubtful(one: Configured, entry: Entry, starts: Mapping[str, str | None]) -> Iterator[str]:
    version = starts.get(entry.command[0]) if entry.command else None
    if version and version != VERSION:
        yield f"{one.title} starts version {clean(version, 30)}, and this is {VERSION}"


def _program(entry: Entry) -> str | None:
    """Return the program that an entry starts; None where there is none, as far as this terminal's PATH tells."""
    command = os.path.expandvars(os.path.expanduser(entry.command[0]))  # noqa: PTH111 - it need not be a path
    found = shutil.which(command)
    return None if found is None else str(Path(found).absolute())


def _starts(entries: Iterator[Entry]) -> dict[str, str | None]:
    """Return the version of each program of ours that a client starts; None of one that does not start.

    Nothing else is started here: what brings this server along (uvx, docker) may fetch it first.
    """
    found: dict[str, str | None] = {}
    for entry in entries:
        program = _program(entry) if entry.command else None
        if program and PurePath(program).name.removesuffix(".exe") == NAME and entry.command[0] not in found:
            found[entry.command[0]] = _version(program)
    return found


def _version(program: str) -> str | None:
    try:
        asked = subprocess.run(  # noqa: S603 - our own program, as the client starts it
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_ONE_START,
            check=True,
            cwd=Path(program).parent,
        )
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    words = asked.stdout.split()
    return words[-1] if words else None
